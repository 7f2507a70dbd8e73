"""The report of a drill: both timelines side by side, service-hours lost in both, every assumption, and the proof."""

from pathlib import Path
from typing import Any

import msgspec

from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES
from esos.errors import Malformed
from esos.station.drills import Beat, Ending, Moment
from esos.words.need import NeedLine

REPORT_JSON = "drill-report.json"
REPORT_TEXT = "drill-report.md"
CASE_FILE = "drill-case.esos"
CARD_FILE = "drill-station-card.json"


class DrillReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a drill leaves behind; ``case_files``, that of ``case`` first, and ``station_card`` for verifiers."""

    name: str
    title: str
    when: str
    first_sign: str
    speed: int
    history: tuple[Moment, ...]
    drill: tuple[Beat, ...]
    ending: Ending
    sources: tuple[str, ...]
    case: str
    case_files: tuple[bytes, ...]
    station_card: dict[str, Any]


def write_report(report: DrillReport, folder: Path) -> Path:
    """Write the report as JSON and as text, with the case file and the station's card beside it; the text's path."""
    (folder / REPORT_JSON).write_bytes(
        msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(report, case_files=()))) + b"\n"
    )
    for number, data in enumerate(report.case_files, start=1):
        (folder / case_file(number)).write_bytes(data)
    (folder / CARD_FILE).write_bytes(msgspec.json.encode(report.station_card))
    path = folder / REPORT_TEXT
    path.write_text("\n".join(lines_of(report)) + "\n", encoding="utf-8")
    return path


def case_file(number: int) -> str:
    """The name of a case's file: the first has none to its name."""
    return CASE_FILE if number == 1 else CASE_FILE.replace(".", f"-{number}.", 1)


def read_report(folder: Path) -> DrillReport | None:
    """The report a drill left in this folder, None where none was played.

    Raises ``Malformed`` (``drill.report``) where it is damaged, or another version's.
    """
    path = folder / REPORT_JSON
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=DrillReport)
    except msgspec.DecodeError as cause:
        raise Malformed("drill.report", f"{path} cannot be read: {cause}.", hint="Play the drill again.") from cause


def lines_of(report: DrillReport) -> list[str]:
    """The report as lines of Markdown."""
    loss = report.ending.comparison
    return [
        f"# DRILL: {report.title}",
        "",
        f"{report.when}. A drill, played {report.speed} times as fast as time. Every team in it is fictitious.",
        "",
        "## Both timelines",
        "",
        "| after the first sign | what really happened, as reported | in the drill |",
        "|---|---|---|",
        *_side_by_side(report),
        "",
        "## Service-hours lost",
        "",
        "| | history | drill |",
        "|---|---|---|",
        f"| service-hours lost | {figure(loss.history.service_hours)} | {figure(loss.drill.service_hours)} |",
        f"| first service back | {span(loss.history.first_back_minutes)} | {span(loss.drill.first_back_minutes)} |",
        f"| last service back | {span(loss.history.all_back_minutes)} | {span(loss.drill.all_back_minutes)} |",
        "",
        "These are results of a model, not findings. It assumes:",
        "",
        *(f"- {assumption}" for assumption in loss.assumptions),
        f"- The teams: {_counted(report.ending.behaviours)}.",
        "",
        "## How every request ended",
        "",
        *(f"- {state.replace('_', ' ')}: {count}" for state, count in sorted(report.ending.outcomes.items())),
        "",
        "## Counted at the end",
        "",
        *(f"- {words}: {figure(count)}" for words, count in report.ending.figures.items()),
        *_unmet_lines(report.ending),
        "",
        "## Proof",
        "",
        *_proof_lines(report.ending),
        "",
        "## Sources of the history",
        "",
        *(f"- {source}" for source in report.sources),
    ]


def _side_by_side(report: DrillReport) -> list[str]:
    rows = sorted(
        [(moment.at_minutes, moment.says, "") for moment in report.history]
        + [(beat.at_minutes, "", beat.says) for beat in report.drill],
        key=lambda row: row[0],
    )
    return [f"| {span(minutes)} | {history} | {drill} |" for minutes, history, drill in rows]


def _counted(behaviours: dict[str, int]) -> str:
    """How the teams behave, as a list in words."""
    return "; ".join(f"{count} {how}" for how, count in behaviours.items())


def _unmet_lines(ending: Ending) -> list[str]:
    """What stayed unmet, line by line of help."""
    lines = [(NeedLine(line), units) for line, units in ending.unmet.items()]
    return [f"- stayed unmet: {line.words.lower()}, {figure(units)} {line.unit}" for line, units in lines]


def _proof_lines(ending: Ending) -> list[str]:
    return [
        *([f"- {killed_words(ending)}"] if ending.killed else []),
        f"- `esos verify case {CASE_FILE} --station {CARD_FILE}`: {'accepted' if ending.accepted else 'REFUSED'}.",
        f"- The same after one byte was changed: {'refused' if ending.refused_after_change else 'ACCEPTED'}.",
    ]


def killed_words(ending: Ending) -> str:
    """What was killed, and how long that was gone."""
    what = (
        f"Of {ending.processes} processes one was killed again and again, and its place empty"
        if ending.processes > 1
        else "The station was killed, and gone"
    )
    seconds, lost = ending.down_ms / 1000, ending.lost_after_kill
    return f"{what} for {seconds:.1f} seconds at most; {lost} statements that it had kept were lost."


def figure(number: int) -> str:
    """A number as people read it."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def span(minutes: int) -> str:
    """Minutes after the first sign in words, as the page says them: ``1 h 50 min``, ``day 12``."""
    if minutes >= DAY_MINUTES:
        return f"day {minutes // DAY_MINUTES}"
    hours, rest = divmod(minutes, HOUR_MINUTES)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
