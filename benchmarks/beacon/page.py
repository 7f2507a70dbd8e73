"""Writes docs/explanation/the-call-under-loss.md and its picture from benchmarks/results/beacon.json, and nothing else.

``python -m beacon.page`` writes them anew from the file that is there.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beacon.picture import plot
from beacon.plan import CELLS
from beacon.targets import judge

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "benchmarks/results/beacon.json"
PAGE = ROOT / "docs/explanation/the-call-under-loss.md"
PICTURE = ROOT / "docs/pictures/call-under-loss.svg"
COLUMNS = ("one station", "three stations", "HTTPS", "QUIC", "DTLS", "CoAP", "one datagram in 3 s")
HEAD = """# The call under loss

A call for help is made on the day on which the network is flooded, broken or half dead. This page shows what becomes of
it then, beside other ways to send a small message, over the same link in the same run.

`make bench-beacon` measures all of this and writes this page from `benchmarks/results/beacon.json`. It needs root, or
network namespaces for everybody, and `/dev/net/tun`; `make bench-beacon ARGS="--quick"` shows a little of it in 20
seconds.

## How it is measured

Two network namespaces are joined by a process that gets every IP packet of either side, loses it by seeded dice, and
hands the others on after half the round trip. Each caller has an address pair of its own, and so its own dice in each
direction. In one namespace run real stations with their journals on disk, in the other our real carrier; each trial
is a fresh signed call of a registered member. **Acknowledged** means that the caller has an answer with a valid seal;
**delivered**, that a station has it committed. Everybody tries for 60 seconds.

The others get what helps them most. Nobody checks certificates, DTLS does without the turn of its cookie, and HTTPS,
QUIC and DTLS begin a fresh try every 5 seconds beside those still under way; CoAP repeats as RFC 7252 says and asks
again when it gives up; "one datagram in 3 s" is what DOTS clients are told to do. They send 115 bytes, as many as a
standard call. None of them promises that anything is kept on disk, or who said it.

"Theory" is the chance P = 1 - (1 - (1-p)(1-p⁴))^(n·s) for n copies to each of s stations, when each copy is answered
four times and every packet is lost by itself: only more copies, answers, stations or carriers can do better.
"""
WHY = """## Why it is so

Everything with a handshake needs several packets to arrive in turn. At 80 % loss each way a turn there and back comes
off once in 25 tries, and each failure doubles the wait before the next. A call is one datagram that says everything;
any copy will do, and any of its four answers. So the copies add up instead of having to follow one another.

Where the answers are dead, nothing with a handshake delivers anything at all. A station acts on a call that it cannot
acknowledge: the call is there, and people are woken.

In bad periods of two seconds nothing passes, and the tries within one fall together; what helps is that copies go on
between them, and that the last answer leaves two seconds after the first.
"""


def main() -> None:
    """Write the page and the picture."""
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    rows, door = found.get("rows", []), found.get("door", [])
    sections = [HEAD, _picture(), _targets(rows, door), _shares(rows), WHY, _times(rows), _door(door), _doubts(found)]
    PAGE.write_text("\n".join(sections).rstrip() + "\n", encoding="utf-8")
    PICTURE.write_text(plot(rows), encoding="utf-8")
    print(f"bench: wrote {PAGE.relative_to(ROOT)}")


def _picture() -> str:
    return f"![Calls acknowledged by loss](../pictures/{PICTURE.name})\n"


def _targets(rows: Sequence[dict[str, Any]], door: Sequence[dict[str, Any]]) -> str:
    lines = ["## What the product is held to", "", "| measure | wanted | measured | |", "|---|---|---|---|"]
    lines += [f"| {one.measure} | {one.wanted} | {one.measured} | {one.verdict} |" for one in judge(rows, door)]
    return "\n".join([*lines, ""])


def _cells(rows: Sequence[dict[str, Any]]) -> list[str]:
    there = {row["cell"] for row in rows}
    return [cell.name for cell in CELLS if cell.name in there]


def _shares(rows: Sequence[dict[str, Any]]) -> str:
    """Acknowledged and, where that differs, delivered, for each link and program."""
    found = {(row["cell"], row["program"]): row for row in rows}
    lines = [
        "## Acknowledged within 60 seconds",
        "",
        "In brackets what was delivered, where that is more.",
        "",
        f"| lost, round trip | {' | '.join(COLUMNS)} |",
        f"|---|{'---|' * len(COLUMNS)}",
    ]
    lines += [
        f"| {cell} | {' | '.join(_share(found.get((cell, name))) for name in COLUMNS)} |" for cell in _cells(rows)
    ]
    return "\n".join([*lines, ""])


def _share(row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    more = row["delivered_share"] > row["acked_share"]
    return f"{row['acked_share']:.1%}" + (f" ({row['delivered_share']:.1%})" if more else "")


def _times(rows: Sequence[dict[str, Any]]) -> str:
    """Our own rows in full."""
    lines = [
        "## Our own calls in full",
        "",
        "Times are for all calls made: a dash means that fewer than half, or than 95 in 100, ever got there.",
        "",
        (
            "| lost, round trip | stations | n | acknowledged | median | p95 | delivered | median "
            "| copies sent, median | of theory | really lost there and back | measured, seed |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_own(row) for row in rows if "sends_median" in row]
    return "\n".join([*lines, ""])


def _own(row: dict[str, Any]) -> str:
    lost = [f"{row[name]:.1%}" if row[name] is not None else "-" for name in ("lost_up", "lost_down")]
    theory = f"{row['ratio_to_theory']:.2f}" if "ratio_to_theory" in row else "-"
    times = [_seconds(row[name]) for name in ("acked_median_s", "acked_p95_s", "delivered_median_s")]
    return (
        f"| {row['cell']} | {row['program']} | {row['n']} | {row['acked_share']:.1%} | {times[0]} | {times[1]} "
        f"| {row['delivered_share']:.1%} | {times[2]} | {row['sends_median']:g} | {theory} | {lost[0]}, {lost[1]} "
        f"| {row['measured']}, {row['seed']} |"
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


DOOR = """## The datagram door

One station process on loopback, its journal on disk; its callers and the flood are processes on the same processors.
Tests of the way are kept and answered like calls and fold nothing; calls are folded meanwhile by the same process.
Forged packets name registered callers and are wrong only in their seal; replayed ones are true and were committed
before.

| intake | a second | of a bare verify loop | in the rounds | the client used of a processor |
|---|---|---|---|---|"""
FLOODS = """
| heard in a flood | flooded a second | n | all | within 5 s | median | p95 |
|---|---|---|---|---|---|---|"""


def _door(door: Sequence[dict[str, Any]]) -> str:
    """What the datagram door takes."""
    if not door:
        return ""
    intake = [_intake(row) for row in door if "ratios" in row]
    floods = [_flood(row) for row in door if "flooded_per_second" in row]
    return "\n".join([DOOR, *intake, FLOODS, *floods, ""])


def _intake(row: dict[str, Any]) -> str:
    low, high = row["ratios"]
    return (
        f"| {row['measure']} | {row['per_second']:,} | {row['ratio']:.2f} of {row['verify_per_second']:,} "
        f"| {low:.2f} to {high:.2f} | {row['client_share']:.0%} |"
    )


def _flood(row: dict[str, Any]) -> str:
    return (
        f"| {row['measure']} | {row['flooded_per_second']:,} | {row['n']:,} at {row['packets_per_second']:,}/s "
        f"| {row['acked_share']:.1%} | {row['acked_in_5_s']:.1%} | {row['p50_ms']} ms | {row['p95_ms']} ms |"
    )


MACHINES = {"the link": "link_machine", "the door": "door_machine"}


def _load(machine: dict[str, Any]) -> str:
    return f"{machine['load_before']:.1f} before, {machine['load_after']:.1f} after"


def _doubts(found: dict[str, Any]) -> str:
    forwarder = found["forwarder"]
    loads = "; ".join(f"{part}: load {_load(found[name])}" for part, name in MACHINES.items() if name in found)
    processors = found["link_machine"]["processors"]
    return f"""## What to doubt

- Everything ran on one machine with {processors} processors, which stations, callers, the others and the forwarder
  share, and beside other work ({loads}). Where the load is above the number of processors everybody waits for a turn,
  and times and rates say more about that than about the program.
- The forwarder let a packet go at most {forwarder["late_p99_ms"]:.1f} ms late in 99 of 100 cases;
  {forwarder["not_taken"]} packets were not taken by a device.
- With n calls a share s is known to about ± √(s(1-s)/n): of 300 calls at 94 % ± 1.4 %.
- The dice are the same for the same seed; which packet meets which throw depends on the moment.
- A real flooded link also delays, and its losses hit large packets more than small ones. That would favour the small
  call.
"""


if __name__ == "__main__":
    main()
