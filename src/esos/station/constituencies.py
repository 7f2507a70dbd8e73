"""Constituencies as the register has them: which members each holds, and to which an officer's view is limited.

A station without any has one: everybody. What is said here is checked before it is kept, and folded in journal order.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from esos.errors import Conflict, Unknown
from esos.message.bodies import ConstituencyNamed, MembersPlaced, OfficerAdded, ViewLimited
from esos.message.body import Body
from esos.message.card import MemberCard
from esos.words.language import later

CONSTITUENCIES_MAX = 100
"""How many constituencies one station has at most."""
WHOLE_ROLES = frozenset({"registrar", "auditor"})
"""Roles that answer for the whole station, and so see it whole."""
DIVIDING = ("constituency_named", "members_placed", "view_limited")
"""The kinds of statement that are folded here."""
_LIST = later("See esos constituency list.")


class Constituency(msgspec.Struct, frozen=True, kw_only=True):
    """A constituency as it is shown: its members by name, and the officers whose view is limited to it and others."""

    constituency: str
    name: str
    members: tuple[str, ...]
    officers: tuple[str, ...]


class People(Protocol):
    """What is read of the register to check what is said here."""

    officers: dict[str, OfficerAdded]

    @property
    def everybody(self) -> Mapping[str, MemberCard]:
        """Every member."""
        ...


class Constituencies:
    """The constituencies by id with their names, who is in which, and whose view is limited to which."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.views: dict[str, frozenset[str]] = {}
        self._of: dict[str, frozenset[str]] = {}

    def of(self, member: str) -> frozenset[str]:
        """The constituencies that a party belongs to; none for whoever nobody knows."""
        return self._of.get(member, frozenset())

    def members_of(self, constituency: str) -> tuple[str, ...]:
        """Who belongs to one."""
        return tuple(member for member, those in self._of.items() if constituency in those)

    def check(self, body: Body, people: People) -> None:
        """Raise ``Unknown`` (``constituency.unknown``, ``member.unknown``, ``officer.unknown``) for what is not there.

        And ``Conflict`` (``constituency.too_many``, ``view.whole``) for what cannot be.
        """
        match body:
            case ConstituencyNamed():
                if body.constituency not in self.names and len(self.names) >= CONSTITUENCIES_MAX:
                    raise Conflict("constituency.too_many", f"A station has at most {CONSTITUENCIES_MAX} of them.")
            case MembersPlaced():
                self._need((body.constituency,))
                _need_members(body, people)
            case ViewLimited():
                self._need(body.constituencies)
                _need_limitable(body, people)
            case _:
                pass

    def _need(self, named: tuple[str, ...]) -> None:
        for one in named:
            if one not in self.names:
                raise Unknown("constituency.unknown", f"This station has no constituency {one!r}.", hint=_LIST)

    def take(self, body: Body) -> None:
        """Fold one statement of the register."""
        match body:
            case ConstituencyNamed(ended=True):
                self.names.pop(body.constituency, None)
                self._place(body.constituency, tuple(self._of), placed=False)
            case ConstituencyNamed():
                self.names[body.constituency] = body.name
            case MembersPlaced() if body.constituency in self.names:
                self._place(body.constituency, body.members, placed=body.placed)
            case ViewLimited() if body.constituencies:
                self.views[body.officer] = frozenset(body.constituencies)
            case ViewLimited():
                self.views.pop(body.officer, None)
            case _:
                pass

    def _place(self, constituency: str, members: tuple[str, ...], *, placed: bool) -> None:
        for member in members:
            those = self.of(member)
            changed = those | {constituency} if placed else those - {constituency}
            if changed:
                self._of[member] = changed
            else:
                self._of.pop(member, None)


def _need_members(body: MembersPlaced, people: People) -> None:
    for member in body.members:
        if member not in people.everybody:
            raise Unknown("member.unknown", f"This station knows no member {member!r}.", hint="See esos member list.")


def _need_limitable(body: ViewLimited, people: People) -> None:
    row = people.officers.get(body.officer)
    if row is None:
        raise Unknown(
            "officer.unknown", f"This station has no officer {body.officer!r}.", hint="See the list of officers."
        )
    if body.constituencies and WHOLE_ROLES & set(row.roles):
        raise Conflict(
            "view.whole",
            f"{row.name} answers for the whole station, and so sees it whole.",
            hint="Add this person again as an officer or second officer only.",
        )


class Named(People, Protocol):
    """What is read of the register to show constituencies."""

    constituencies: Constituencies

    @property
    def members(self) -> Mapping[str, MemberCard]:
        """The members whom the reader sees."""
        ...


def constituencies_of(directory: Named, *, only: frozenset[str] | None = None) -> tuple[Constituency, ...]:
    """The station's constituencies by name, or those of one view."""
    known = directory.constituencies
    limited = {officer for officer, row in directory.officers.items() if not WHOLE_ROLES & set(row.roles)}
    found = [
        Constituency(
            constituency=one,
            name=name,
            members=tuple(sorted(member for member in known.members_of(one) if member in directory.members)),
            officers=tuple(officer for officer, view in known.views.items() if one in view and officer in limited),
        )
        for one, name in known.names.items()
        if only is None or one in only
    ]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.constituency)))
