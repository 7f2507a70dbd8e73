"""Proof for people: the log's checkpoint, how to verify offline, receipts of statements, and the report of a case.

Law 11: every promise leaves a signed statement in a log that outsiders can verify without trusting this page.
"""

from litestar import Response, get
from litestar.params import FromPath

from esos.errors import Malformed, Unknown
from esos.keys.speaker import Speaker
from esos.logbook.receipt import write_receipt
from esos.station.station import Station
from esos.station.views import CaseView
from esos.web.console import parts
from esos.web.console.sight import view_for
from esos.web.console.visit import HEADERS, TheVisit, Visit, page
from esos.web.sight import hidden_from
from esos.words.language import later

STATEMENT_ID_BYTES = 32


def read_id(text: str, size: int) -> bytes:
    """An id from an address; raises ``Malformed`` (``page.id``)."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise Malformed("page.id", "This address names nothing that could exist.", hint="Follow a link instead.")
    return raw


async def receipt_file(station: Station, statement: str, *, case_id: bytes, speaker: Speaker) -> Response[bytes]:
    """A receipt as a file; raises ``Unknown`` (``receipt.*``) where the statement is not of this case.

    What was written to others only is proven without being shown.
    """
    statement_id = read_id(statement, STATEMENT_ID_BYTES)
    entry = await station.journal.entry(statement_id)
    if entry is None or entry.case != case_id:
        raise Unknown("receipt.unknown", "This case has no such statement.")
    _, case = await station.views.record(case_id)
    shows = not hidden_from(speaker, [entry], case)
    data = write_receipt(await station.sequencer.receipt(statement_id, with_statement=shows))
    name = f'attachment; filename="receipt-{statement[:12]}.json"'
    headers = {**HEADERS, "content-disposition": name}
    return Response(data, media_type="application/json", headers=headers)


@get("/log")
async def show_log(visit: TheVisit) -> Response[str]:
    """The log's page."""
    size, note = await visit.station.journal.checkpoint()
    return page(visit, "log.html", size=size, note=note.decode(), identity=visit.station.identity)


@get("/case/{case:str}/report")
async def show_report(case: FromPath[str], visit: TheVisit) -> Response[str]:
    """The printable report, for the people of the station."""
    speaker = visit.need_officer()
    return await report_page(visit, read_id(case, 16), speaker, receipts=f"/watch/{case}/proof/")


async def report_page(visit: Visit, case_id: bytes, speaker: Speaker, *, receipts: str) -> Response[str]:
    """The report of a case: what the station and the caller did, and beside it what each helper did."""
    view = await view_for(visit, case_id, speaker)
    helpers = {request.responder for request in view.requests}
    return page(
        visit,
        "report.html",
        view=view,
        steps=parts.steps_of(view, for_caller=False),
        bars=parts.bars_of(view),
        figures=figures_of(view),
        score=parts.score_words,
        at_home=tuple(item for item in view.timeline if item.party not in helpers),
        at_helpers=tuple(item for item in view.timeline if item.party in helpers),
        receipts=receipts,
    )


def figures_of(view: CaseView) -> tuple[tuple[str, int], ...]:
    """Spans of time from the arrival that the report is measured by, in ms; -1 where it never came."""
    reached = (
        (later("A person took the case"), view.acknowledged_ms),
        (later("The first team was asked"), view.first_ask_ms),
        (later("The first team committed itself"), view.first_commit_ms),
        (later("The first useful act"), view.first_act_ms),
        (later("The end"), view.ended_ms),
    )
    return tuple((words, at_ms - view.opened_ms if at_ms else -1) for words, at_ms in reached)


HANDLERS = [show_log, show_report]
