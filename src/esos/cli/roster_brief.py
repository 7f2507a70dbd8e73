"""The hand-over brief in words, to be read aloud or printed."""

from collections.abc import Iterator
from typing import Any

from esos.cli.common import clock
from esos.words.language import say, say_count


def brief_words(brief: dict[str, Any]) -> str:
    """The brief as whole sentences: the watch, then case by case, the gravest first."""
    head = say("Hand-over brief of {station}, {at}", station=brief["station"], at=clock(brief["at_ms"]))
    cases = ["\n".join(_case(one)) for one in brief["cases"]] or [say("No case is open.")]
    more = (
        [say_count("{count} more case is open.", "{count} more cases are open.", brief["more"])]
        if brief["more"]
        else []
    )
    return "\n\n".join((head, *_watch(brief["roster"]), *cases, *more))


def _watch(roster: dict[str, Any]) -> Iterator[str]:
    now = next(one for one in roster["now"] if one["duty"] == "watch")
    yield say("On watch: {people}", people=_names(now) or say("nobody: everybody is called"))
    for one in roster["next"]:
        if one["duty"] == "watch":
            yield say("From {start}: {people}", start=clock(one["from_ms"]), people=_names(one) or say("nobody"))
    if roster["gaps"]:
        yield say("The first gap in the roster begins at {start}.", start=clock(roster["gaps"][0]["from_ms"]))


def _names(stretch: dict[str, Any]) -> str:
    return ", ".join(one["name"] for one in stretch["people"])


def _case(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['code']}  {one['urgency_words']}: {one['caller_name']}, {one['state_words']}"
    holder = one["holder_name"]
    yield "  " + (say("{name} has charge.", name=holder) if holder else say("No person has charge."))
    yield from (f"  {wait}" for wait in one["waits"] if holder or not wait.startswith("No person"))
    for due, words in zip(one["due"], one["due_words"], strict=True):
        yield f"  {words}: {clock(due['due_ms'])}"
    for line in one["unmet"]:
        yield "  " + say(
            "Still lacking: {units} {unit} of {line}", units=line["open"], unit=line["unit"], line=line["words"]
        )
    for team in one["asked"]:
        yield "  " + say("{team}: {state}", team=team["name"], state=team["state_words"])
