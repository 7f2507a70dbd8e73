"""Whose cases a list shows: everybody's, those of the reader's view, or of one constituency that the reader chose."""

from dataclasses import dataclass

from esos.station.constituencies import constituencies_of
from esos.station.directory import Directory
from esos.station.sight import view_of

NONE_OF_THEM = "-"
"""What is asked for to see callers of no constituency: no constituency has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """``view`` are the names of the constituencies that limit the reader, ``choices`` what it can choose from.

    A station without constituencies has neither, and its pages show nothing of them.
    """

    directory: Directory
    view: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    chosen: str

    def holds(self, caller: str) -> bool:
        """Whether a caller is of the constituency that was chosen, if any."""
        if not self.chosen:
            return True
        theirs = self.directory.constituencies.of(caller)
        return not theirs if self.chosen == NONE_OF_THEM else self.chosen in theirs

    @property
    def query(self) -> str:
        """What an address carries on, so that the next page shows the same."""
        return f"&of={self.chosen}" if self.chosen else ""


def whose_view(directory: Directory, officer: str, chosen: str) -> Whose:
    """Whose cases somebody is shown; a choice that is not there is none."""
    view = view_of(directory, officer)
    groups = constituencies_of(directory, only=view)
    choices = tuple((one.constituency, one.name) for one in groups)
    known = {one for one, _ in choices} | ({NONE_OF_THEM} if choices and view is None else set())
    return Whose(
        directory=directory,
        view=tuple(one.name for one in groups) if view is not None else (),
        choices=choices if view is None or len(choices) > 1 else (),
        chosen=chosen if chosen in known else "",
    )
