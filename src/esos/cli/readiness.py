"""``esos station ready``: who would not wake tonight, what help is missing, and whose card runs out.

Law 5: somebody always holds the case, which needs people who can be woken.
"""

from typing import Any

from esos.cli.common import NONE, clock, emit, table
from esos.cli.findings import Finding
from esos.cli.where import Where
from esos.errors import Conflict


async def look(where: Where) -> Any:
    """What the station knows of its own readiness."""
    async with where.reached() as client:
        return await client.get("/ready")


def show_readiness(shown: dict[str, Any], *, as_json: bool) -> None:
    """Show it; raises ``Conflict`` (``station.findings``) where anything must be mended."""
    findings = [Finding(**one) for one in shown["findings"]]
    emit({"ok": shown["is_ready"], **shown}, as_json=as_json, words=_words(shown, findings))
    troubles = sum(one.is_trouble for one in findings)
    if troubles:
        raise Conflict("station.findings", f"{troubles} of {len(findings)} findings must be mended.")


def _words(shown: dict[str, Any], findings: list[Finding]) -> str:
    parts = ["\n".join(one.words() for one in findings)]
    people = [*shown["officers"], *shown["members"]]
    if people:
        parts.append(table([_person(one) for one in people], ("WHO", "TURN", "WAKES BY", "LAST PROVED")))
    lines = [_line(one) for one in shown["lines"] if one["owed"] or one["helpers"] or one["asleep"]]
    if lines:
        parts.append(table(lines, ("HELP", "OWED", "NOW", "BY", "NOT PROVED OR ASLEEP")))
    if shown["red"]:
        parts.append(table([_red(one) for one in shown["red"]], ("DID NOT ANSWER", "ADDRESS", "ASKED", "ANOTHER WAY")))
    if shown["expiries"]:
        parts.append(table([_expiry(one) for one in shown["expiries"]], ("CARD", "LINE", "ENDS")))
    return "\n\n".join(parts)


def _person(one: dict[str, Any]) -> tuple[str, ...]:
    ways = [f"{way['channel']}:{way['address']}" for way in one["ways"] if way["state"] == "proven"]
    return (one["name"], one.get("turn") or NONE, ", ".join(ways) or "nothing that is proved", clock(one["proven_ms"]))


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    helpers, asleep = ", ".join(one["helpers"]) or "nobody", ", ".join(one["asleep"]) or NONE
    return (one["words"], "yes" if one["owed"] else NONE, f"{one['units']} {one['unit']}", helpers, asleep)


def _red(one: dict[str, Any]) -> tuple[str, ...]:
    return (one["name"], f"{one['channel']}:{one['address']}", clock(one["since_ms"]), "yes" if one["others"] else "no")


def _expiry(one: dict[str, Any]) -> tuple[str, ...]:
    return (one["name"], one["line"] or "the whole card", clock(one["until_ms"]))
