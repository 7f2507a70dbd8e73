"""How long it takes to rank a register for one call, beside the least any scan in numpy could take.

Made-up members from a fixed seed; every figure is the median processor time of many calls that differ in
caller, line and minute. The floor adds twelve columns of the same length and picks the twenty largest: what
is left above it is gates, duty, reasons and exactness. Writes ``benchmarks/results/rank.json``.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from esos.duty.events import Acceded, AvailabilityStated, ConflictDeclared, MemberRegistered, Reached
from esos.duty.picture import CallPicture, Need, Verification
from esos.duty.rank import rank, why_not
from esos.duty.register import Register
from esos.message.card import Capability, DutySource, MemberCard
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

RESULTS = Path(__file__).parent / "results" / "rank.json"
NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000
LINES = tuple(NeedLine)
COUNTRIES = tuple(f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ")
ZONES = ("UTC", "Europe/Tallinn", "Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Asia/Kolkata")
HOURS = ("24/7", "Mo-Fr 08:00-18:00", "Mo-Fr 09:00-17:00", "Mo-Su 06:00-22:00", "Mo-Fr 22:00-06:00")
SECTORS = ("health", "energy", "banking", "government", "transport", "water", "communications", "it")
LANGUAGES = ("en", "fr", "es", "et", "de", "pl", "ja", "hi")
FLOOR_COLUMNS = 12


def member_of(number: int) -> str:
    """A member id that looks like a key's name."""
    return f"{(number * 0x9E3779B97F4A7C15) % 2**64:016x}"


def made_up_card(number: int, dice: np.random.Generator) -> MemberCard:
    """A card with the first line, two to six others and a handful of codes."""
    lines = {0, *dice.choice(len(LINES), size=int(dice.integers(2, 7)), replace=False).tolist()}
    country = str(dice.choice(COUNTRIES))
    is_national = number % 500 == 0
    source = DutySource(tier=3, basis="National mandate.", countries=(country,))
    return MemberCard(
        name=f"Team {number}",
        keys=(),
        country=country,
        timezone=str(dice.choice(ZONES)),
        hours=str(dice.choice(HOURS)),
        languages=tuple(str(word) for word in dice.choice(LANGUAGES, size=2, replace=False)),
        sectors=(str(dice.choice(SECTORS)),),
        products=(f"vendor{number % 997}:product",),
        asns=(64_512 + number,),
        capabilities=tuple(
            Capability(line=LINES[at], units=int(dice.integers(1, 200)), lead_minutes=int(dice.integers(0, 2000)))
            for at in sorted(lines)
        ),
        duty_sources=(source,) if is_national else (),
    )


def made_up_register(members: int) -> Register:
    """A register in which most state availability, a third are in a pact, and some are in conflict."""
    dice, register = np.random.default_rng(1), Register()
    for number in range(members):
        member, card = member_of(number), made_up_card(number, dice)
        register.apply(number, MemberRegistered(member=member, card=card, at_ms=0))
        for capability in card.capabilities[: int(dice.integers(0, 3))]:
            age_ms = int(dice.integers(0, 3 * DAY_MS))
            stated = AvailabilityStated(
                member=member,
                line=capability.line,
                units_free=int(dice.integers(0, 200)),
                as_of_ms=NOW_MS - age_ms,
                ttl_ms=DAY_MS,
            )
            register.apply(number, stated)
        if number % 3 == 0:
            register.apply(number, Acceded(member=member, pact="club", in_force_ms=0))
        if number % 4:
            register.apply(number, Reached(member=member, at_ms=NOW_MS - int(dice.integers(0, 30 * DAY_MS))))
        if number % 50 == 1:
            register.apply(number, ConflictDeclared(member=member, other=member_of(number - 1)))
    return register


def questions(members: int, count: int, line: NeedLine | None = None) -> Iterator[tuple[CallPicture, Need, int]]:
    """Calls that differ in caller, minute and, where none is given, line; the first line is everybody's."""
    dice = np.random.default_rng(2)
    for at in range(count):
        asked_line = line or LINES[int(dice.integers(1, len(LINES)))]
        picture = CallPicture(
            caller=member_of(3 * int(dice.integers(members // 3))),
            country=str(dice.choice(COUNTRIES)),
            sectors=(str(dice.choice(SECTORS)),),
            products=(f"vendor{int(dice.integers(997))}:product",),
            languages=(str(dice.choice(LANGUAGES)), "en"),
            urgency=Urgency.MAYDAY,
            verification=Verification.CONFIRMED,
            proof_level=4,
        )
        yield picture, Need(line=asked_line, needed=400, open_units=300), NOW_MS + at * 60_000


def median_ms(calls: list[Callable[[], object]]) -> float:
    """The median processor time of some calls: one thread, so what a free core would take, however busy this one is."""
    times = []
    for call in calls:
        start = time.thread_time()
        call()
        times.append((time.thread_time() - start) * 1000)
    return statistics.median(times)


def floor_calls(members: int, count: int) -> list[Callable[[], object]]:
    """A bare scan: sum twelve int32 columns under a mask and take the twenty largest."""
    dice = np.random.default_rng(3)
    columns = [dice.integers(0, 250, members).astype("i4") for _ in range(FLOOR_COLUMNS)]
    mask = dice.integers(0, 2, members).astype(bool)

    def scan() -> object:
        total = columns[0].copy()
        for column in columns[1:]:
            total += column
        total[~mask] = -1
        best = np.argpartition(total, -20)[-20:]
        return best[np.argsort(-total[best])]

    return [scan] * count


def main() -> None:
    """Build, measure, print, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--members", type=int, default=100_000)
    options.add_argument("--calls", type=int, default=60)
    chosen = options.parse_args()
    members, calls = chosen.members, chosen.calls

    start = time.thread_time()
    register = made_up_register(members)
    folded = time.thread_time()
    _ = register.index
    built_ms = (time.thread_time() - folded) * 1000
    print(f"{members} members folded in {folded - start:.1f} s, indexed in {built_ms / 1000:.1f} s")

    asked = list(questions(members, calls))
    floor = median_ms(floor_calls(members, calls))
    ranked = median_ms([lambda q=q: rank(register, *q) for q in asked])  # type: ignore[misc]
    common = list(questions(members, calls, LINES[0]))
    crowded = median_ms([lambda q=q: rank(register, *q) for q in common])  # type: ignore[misc]
    looked_up = median_ms([lambda q=q: why_not(register, *q, member_of(7)) for q in asked])  # type: ignore[misc]

    def update_and_rank(at: int) -> None:
        register.apply(members + at, Reached(member=member_of(at), at_ms=NOW_MS))
        rank(register, *asked[at])

    updated = median_ms([lambda at=at: update_and_rank(at) for at in range(calls)])  # type: ignore[misc]
    rows = [
        row(f"rank the top 20 of {members}", ranked, "bare numpy scan", floor),
        row(f"rank the top 20 of {members} where everybody has the line", crowded, "bare numpy scan", floor),
        row(f"one update, then rank the top 20 of {members}", updated, "rank without an update", ranked),
        row(f"why not one member of {members}", looked_up, "rank the top 20", ranked),
        row(f"bare numpy scan of {members}", floor, "itself", floor),
        row(f"index {members} members from nothing", built_ms, "rank the top 20", ranked),
    ]
    for line in rows:
        print(f"{line['measure']}: {line['value']} {line['unit']}, {line['ratio']} x {line['beside']}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n")


def row(measure: str, value_ms: float, beside: str, beside_ms: float) -> dict[str, object]:
    """One result as kept."""
    ratio = round(value_ms / beside_ms, 2)
    return {"measure": measure, "value": round(value_ms, 3), "unit": "ms of one core", "beside": beside, "ratio": ratio}


if __name__ == "__main__":
    main()
