"""What a caller's verbs show when a statement reached its stations, and when it reached only some of them."""

from typing import TYPE_CHECKING

from esos.cli.common import emit, note

if TYPE_CHECKING:
    from esos.caller.circle import Reached


def show_reached(reached: "Reached", says: str, *, as_json: bool, **more: str) -> None:
    """The statement, and every station that took it; those that did not are said on standard error."""
    first = reached.told[0]
    result = {"case": first.case, "statement": first.statement, "state": first.state, **more, "stations": reached.told}
    names = ", ".join(one.station for one in reached.told)
    emit(
        result,
        as_json=as_json,
        words=f"{says} {names} has it. Case {first.case}." if first.case else f"{says} {names} has it.",
    )
    for trouble in reached.missed:
        note(trouble.words)
