"""``esos station ready``: who would not wake tonight, what is missing on the roster, and what nobody could help with.

Law 5: somebody always holds the case, which needs people who can be woken.
"""

from collections.abc import Iterator
from typing import Any

from esos.cli.client import StationClient
from esos.cli.common import settings_for
from esos.cli.findings import Finding, fine, known, mend
from esos.cli.where import Where
from esos.words.need import NeedLine

WAKING = frozenset({"mail", "webhook", "apprise", "file"})
"""Channels a page can go by; ``voice`` is for people to dial."""


async def look(where: Where) -> list[Finding]:
    """What stands between a call at three in the morning and somebody awake."""
    async with where.reached() as client:
        officers = (await client.get("/officers"))["officers"]
        roster = await client.get("/roster")
        now = await client.get("/roster/now")
        pacts = (await client.get("/pacts"))["pacts"]
        members = await _members(client)
    ways = _ways(where)
    found = [
        *_people(officers, ways),
        *_roster({**roster, **_on_duty(now)}, officers, ways),
        *_gaps(now),
        *_members_found(members, ways),
        *_help(members, pacts),
    ]
    return found or [fine("people", "Everybody who is needed can be woken, and every kind of help has somebody.")]


async def _members(client: StationClient) -> list[dict[str, Any]]:
    rows = (await client.get("/members"))["members"]
    return [await client.get(f"/members/{row['member']}") for row in rows if not row["suspended"]]


def _ways(where: Where) -> frozenset[str]:
    """The channels that work; whether mail does is known only at the station's own machine."""
    if where.url or settings_for(where.home).smtp_host:
        return WAKING
    return WAKING - {"mail"}


def _wakes(party: dict[str, Any], ways: frozenset[str]) -> bool:
    return any(contact["channel"] in ways for contact in party["contacts"])


def _people(officers: list[dict[str, Any]], ways: frozenset[str]) -> Iterator[Finding]:
    people = [one for one in officers if one["officer"] != "local"]
    on_watch = [one for one in people if "officer" in one["roles"]]
    if not on_watch:
        yield mend("officers", "There is no watch officer: esos officer add --role officer")
    for one in people:
        if set(one["roles"]) & {"officer", "second"} and not _wakes(one, ways):
            yield mend("officers", f"{one['name']} has no contact that a page would reach, and would not wake.")
    seconds = [one for one in people if set(one["roles"]) & {"officer", "second"}]
    if len(seconds) == 1:
        yield mend("officers", "There is one officer only: what needs two people would wait for ever.")


def _roster(roster: dict[str, Any], officers: list[dict[str, Any]], ways: frozenset[str]) -> Iterator[Finding]:
    by_id = {one["officer"]: one for one in officers}
    for part, who in (("watch", "on watch"), ("backup", "backup")):
        named = roster[part]
        gone = [one for one in named if one not in by_id]
        if gone:
            yield mend("roster", f"{len(gone)} named {who} are no longer officers here.")
        if not named:
            yield known("roster", f"Nobody is named {who}, so every officer is paged.")
        elif not any(_wakes(by_id[one], ways) for one in named if one in by_id):
            yield mend("roster", f"Nobody who is {who} has a contact that a page would reach.")
    if set(roster["watch"]) and set(roster["watch"]) >= set(roster["backup"]) and roster["backup"]:
        yield mend("roster", "Backup is the same people as on watch: if they sleep, everybody does.")
    if not roster["neighbour"]:
        yield known("roster", "No neighbour station is named for when nobody here answers.")


def _on_duty(now: dict[str, Any]) -> dict[str, list[str]]:
    """Who is on each duty by the roster at this moment."""
    return {one["duty"]: [each["person"] for each in one["people"]] for one in now["now"]}


def _gaps(now: dict[str, Any]) -> Iterator[Finding]:
    if now["gaps"]:
        yield mend("roster", "Within 14 days there are hours in which nobody is on watch: esos roster gaps")


def _members_found(members: list[dict[str, Any]], ways: frozenset[str]) -> Iterator[Finding]:
    if not members:
        yield mend("members", "There are no members, so nobody can be asked to help.")
    for one in members:
        if not one["contacts"]:
            yield mend("members", f"{one['name']} has no contact: it would not hear that it is asked.")
        elif all(contact["channel"] == "voice" for contact in one["contacts"]):
            yield known("members", f"{one['name']} can be reached by voice only: somebody must dial.")
        elif not _wakes(one, ways):
            yield mend("members", f"{one['name']} has no contact that a page would reach (see smtp_host).")


def _help(members: list[dict[str, Any]], pacts: list[dict[str, Any]]) -> Iterator[Finding]:
    """Lines that the pact owes and nobody could meet, or one member alone."""
    able: dict[str, set[str]] = {}
    for one in members:
        for capability in one["capabilities"]:
            able.setdefault(capability["line"], set()).add(one["name"])
    for line in _owed(pacts):
        helpers = able.get(line.value, set())
        if not helpers:
            yield mend("help", f"{line.words}: nobody could help with this, though the pact owes it.")
        elif len(helpers) == 1:
            yield known("help", f"{line.words}: only {next(iter(helpers))} could help, and nobody could help it.")


def _owed(pacts: list[dict[str, Any]]) -> list[NeedLine]:
    from esos.pact.read import read_pact

    owed = {line for one in pacts for line in read_pact(one["text"].encode()).assistance.owed}
    return sorted(owed)
