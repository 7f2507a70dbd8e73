"""Write docs/reference/limits.md: every named limit and fixed time of the code, with its value and what it bounds.

It reads the source and never runs it. What a limit bounds is its docstring; where it has none, the
sentence of the refusal that names it, or the comment beside it.
"""

import ast
import operator
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reference_pages import REFERENCE, ROOT, WRITTEN_BY, cell, table, write_or_check

SOURCE = ROOT / "src" / "esos"
PAGE = REFERENCE / "limits.md"
NAMED = re.compile(r"^[A-Z][A-Z0-9_]*$")
LIMIT = re.compile(r"(^|_)(MAX|MIN|MS|SECONDS|MINUTES|COUNT|CHARS|CHARACTERS|PERCENT|FLOOR|CEILING|LOW)(_|$)")
BOUND = re.compile(r"(^|_)(MAX|MIN)(_|$)")
"""What is a limit by its name alone; any other is shown where it has words."""
CONVERSION = re.compile(r"^(SECOND|MINUTE|HOUR|DAY|WEEK)_(MS|SECONDS|MINUTES)$")
CONFIGURED = re.compile(r"Config$|^WebSettings$")
"""Classes whose fields are limits with a default that no setting changes."""
UNITS = {
    "MS": "ms",
    "BYTES": "bytes",
    "SECONDS": "s",
    "MINUTES": "min",
    "CHARS": "characters",
    "CHARACTERS": "characters",
    "LETTERS": "letters",
    "MEMBERS": "members",
    "S": "s",
    "PERCENT": "%",
}
SAYS = {
    "audit.log.MAX_LINE_BYTES": "One line of an exported log.",
    "beacon.carrier.STATIONS_MAX": "Stations one call is sent to.",
    "beacon.schedule.BURST_GAP_MS": "Between the first copies of a call.",
    "beacon.schedule.RTT_FLOOR_MS": "The least a measured round trip counts as.",
    "beacon.schedule.RTT_CEILING_MS": "The most a measured round trip counts as.",
    "beacon.schedule.STATION_OFFSET_MS": "By how much each further station of the home list begins later.",
    "beacon.schedule.PACKETS_PER_MINUTE_MAX": "Packets to one station in any minute.",
    "beacon.schedule.BYTES_PER_MINUTE_MAX": "Bytes to one station in any minute, on IPv4.",
    "beacon.schedule.BYTES_PER_MINUTE_MAX_V6": "The same on IPv6.",
    "beacon.schedule.HTTPS_GAP_MS": "Between fresh connections by HTTPS.",
    "carriers.https.ATTEMPT_TIMEOUT_MS": "One attempt by HTTPS.",
    "carriers.https.REPLY_MAX_BYTES": "How much of a station's answer a caller reads.",
    "message.cbor.CBOR_MAX_BYTES": "Any CBOR that is read.",
    "message.packet.SEQUENCE_MAX": "Packets of one call, counted from 0; what follows goes as statements.",
    "paging.letter.TITLE_MAX_CHARS": "The title of a page to a person.",
    "paging.letter.BODY_MAX_CHARS": "Its text.",
    "paging.apprise_channel.AppriseConfig.timeout_ms": "One hand-over to a service.",
    "paging.apprise_channel.AppriseConfig.at_once": "Pages on their way to services at once, each in a process.",
    "paging.smtp.SmtpConfig.timeout_ms": "One hand-over to the mail server.",
    "paging.webhook.WebhookConfig.timeout_ms": "One post to a web address.",
    "paging.webhook.RESPONSE_MAX_BYTES": "How much of a web address's answer is read.",
    "paging.webhook.REDIRECTS_MAX": "Redirects that are followed, on the same host.",
    "station.pager.ATTEMPTS_MAX": "Attempts to hand one page to a channel that is out of reach for now.",
    "station.pager.RETRY_FIRST_MS": "After how long the first of them is repeated; then twice as long each time.",
    "station.pager.RETRY_CAP_MS": "The longest pause between them.",
    "station.pager.PAGE_LINK_MS": "How long the link in a page serves.",
    "station.pager.CONCURRENT_MAX": "Pages handed over at the same time.",
    "station.tokens.LINK_MS": "A one-time link to sign in.",
    "station.tokens.SESSION_MS": "A session on the pages that nobody uses.",
    "station.tokens.SESSION_LONGEST_MS": "A session on the pages, however much it is used.",
    "station.tokens.PROGRAM_MS": "A token for programs.",
    "station.tokens.CARD_MS": "A number on a printed card.",
    "station.views.TIMELINE_MAX_ITEMS": "Statements shown in one history.",
    "station.export.EXPORT_STATEMENTS_MAX": "Statements in one case file.",
    "message.request_bodies.REASON_MAX_CHARACTERS": "The explanation that goes with a request.",
    "message.request_bodies.WAVES_MAX_COUNT": "The highest number of a wave.",
    "beacon.schedule.HEARTBEAT_MIN_MS": "The shortest pause between heartbeats.",
    "beacon.schedule.HEARTBEAT_MAX_MS": "The longest.",
    "carriers.station_door.ANSWER_MAX_BYTES": "How much of a station's answer is read.",
    "carriers.station_door.EXCHANGE_TIMEOUT_MS": "One question to a station over HTTP.",
    "cli.call.WAIT_SECONDS": "How long `esos call` waits for a person, unless told otherwise.",
    "cli.call.ARM_SECONDS": "How long a call can be aborted at the terminal before it leaves.",
    "cli.client.TIMEOUT_SECONDS": "One question of the command line to a station.",
    "cli.client.CONNECT_SECONDS": "The connection for it.",
    "cli.common.INPUT_MAX_BYTES": "A file or standard input that a verb reads.",
    "cli.verify.FILE_MAX_BYTES": "A file to verify.",
    "duty.events.MEMBER_ID_MAX_CHARACTERS": "A member's id.",
    "duty.events.AVAILABILITY_TTL_MAX_MS": "How long a statement of what is free is believed at most.",
    "duty.weights.RANK_LIMIT_MAX": "Candidates in one ranking.",
    "logbook.tiles.MAX_LEVEL": "The highest level of tiles.",
    "message.packet_ack.ACK_TIME_MAX_MS": "The latest instant that an acknowledgement can carry.",
    "message.packet_payload.AT_RISK_LOG10_MAX": "The largest power of ten of people or services at risk.",
    "message.packet_payload.HOME_NUMBER_MAX": "The highest home number a call can carry.",
    "message.statement.HEADERS_CACHED_MAX": "Signed headers remembered, so that each is read once.",
    "pact.model.LIST_MAX_ITEMS": "Items in one list of a pact, where nothing else is said.",
    "paging.letter.DETAIL_MAX_CHARS": "What is kept of a provider's answer.",
    "paging.smtp.ADDRESS_MAX_CHARS": "A mail address.",
    "paging.webhook.ADDRESSES_MAX": "Addresses of one host that are tried.",
    "station.worker.ROUTES_MAX": "Queues one turn of the worker takes up.",
    "station.worker.DUES_MAX": "Timers that ran out which one turn of the worker takes up.",
    "station.pager.PARCELS_MAX": "Pages one turn of the pager takes up.",
    "station.reasons.BASIS_MAX_CHARACTERS": "The legal basis that goes with a request.",
    "triage.judgement.PERSON_MAX_CHARS": "The name of who overruled.",
    "caller.accept.PREFIX_MIN": "Letters of a request's id that name it, if no other begins so.",
    "caller.circle.NUMBER_MAX": "The number of an update.",
    "responder.inbox.PREFIX_MIN": "Letters of a request's id that name it, if no other begins so.",
    "service.PORT_MAX": "A port.",
    "web.auth.VISIT_MAX_AGE_S": "How long the cookie of somebody nobody knows lives.",
    "drill.supervisor.AGAIN_MAX_SECONDS": "The longest pause before a station is started again.",
    "drill.supervisor.READY_LINE_MAX_BYTES": "The line in which a station says that it is ready.",
    "drill.stage.TRIES_MAX": "Attempts of a drill while its station is down.",
    "vault.callbook.RECORD_MAX_BYTES": "What a caller's program keeps of one call.",
    "vault.keyfile.KEY_FILE_MAX_BYTES": "A key file.",
    "web.api.pagerduty.WORDS_MAX_LETTERS": "What is kept of an alarm's own words.",
    "web.console.watch.CASES_MAX": "Cases on the watch floor's page.",
    "web.console.times.OFFSET_MAX_MINUTES": "How far local time may be from UTC.",
    "web.problems.SHOWN_MAX_FAULTS": "Faults of a request that are named at once.",
    "web.settings.WebSettings.events_poll_ms": "How long a stream sleeps before it looks whether the station stops.",
    "web.settings.WebSettings.json_max_bytes": "The body of a request in JSON.",
    "web.settings.WebSettings.statement_max_bytes": "A signed statement that is posted.",
    "web.settings.WebSettings.list_max_items": "Items in one list.",
    "web.settings.WebSettings.statements_max_items": "Statements in one answer.",
    "web.settings.WebSettings.events_beat_ms": "How often an idle stream of events shows that it lives.",
    "web.settings.WebSettings.events_max_streams": "Streams of events open at once.",
    "web.settings.WebSettings.events_per_party_max": "Streams of events of one party open at once.",
    "web.settings.WebSettings.fold_wait_ms": "How long a post waits for its verdict before it is answered 202.",
    "web.settings.WebSettings.inbox_age_max_ms": "How long a statement may wait to be folded while `/readyz` says yes.",
}
"""What those limits bound that have no words of their own beside them."""
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))
Number = int | float

HEAD = f"""\
# Limits

Everything has a limit, and every limit a name and a unit. What a pact may change is not here but in
[the pact](../../spec/pact.md); what a station can be told stands in [settings](settings.md). A name below is the one in
the code, with the module that holds it.

{WRITTEN_BY}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One constant: where it stands, its value, and what it bounds."""

    module: str
    name: str
    value: Number
    says: str


def limits_in(source: Path = SOURCE) -> list[Limit]:
    """Every public numeric constant that is named like a limit, in order of module and line."""
    modules = [(path, path.read_text(encoding="utf-8")) for path in sorted(source.rglob("*.py"))]
    trees = [(path, text, ast.parse(text, filename=str(path))) for path, text in modules]
    values = {_module(path, source): _values(tree) for path, _, tree in trees}
    everywhere = {name: value for known in values.values() for name, value in known.items()}
    return [
        limit
        for path, text, tree in trees
        for limit in _limits(tree, text.splitlines(), _module(path, source), values[_module(path, source)], everywhere)
    ]


def _module(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def _values(tree: ast.Module) -> dict[str, Number]:
    """The numeric constants of a module, each computed from those before it."""
    found: dict[str, Number] = {}
    for node in tree.body:
        name, value = _assigned(node)
        number = _number(value, found) if value is not None else None
        if name and number is not None:
            found[name] = number
    return found


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case _:
            return "", None


def _number(node: ast.expr, known: dict[str, Number]) -> Number | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = _number(left, known), _number(right, known)
            return None if first is None or second is None else _OPERATORS[type(op)](first, second)
        case _:
            return None


def _limits(
    tree: ast.Module, lines: list[str], module: str, values: dict[str, Number], everywhere: dict[str, Number]
) -> Iterator[Limit]:
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        name, _ = _assigned(node)
        if name in values and NAMED.match(name) and LIMIT.search(name) and not CONVERSION.match(name):
            says = _docstring(following) or SAYS.get(f"{module}.{name}", "")
            says = says or _refusal(tree, name, everywhere | values) or _comment(lines[node.lineno - 1])
            if says or BOUND.search(name):
                yield Limit(module=module, name=name, value=values[name], says=says)
        elif isinstance(node, ast.ClassDef) and CONFIGURED.search(node.name):
            yield from _fields(node, module, everywhere | values)


def _fields(owner: ast.ClassDef, module: str, known: dict[str, Number]) -> Iterator[Limit]:
    """The numeric fields of a class of limits, with their defaults."""
    for node in owner.body:
        name, value = _assigned(node)
        number = _number(value, known) if value is not None else None
        if number and LIMIT.search(name.upper()):
            shown = f"{owner.name}.{name}"
            yield Limit(module=module, name=shown, value=number, says=SAYS.get(f"{module}.{shown}", ""))


def _docstring(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return " ".join(text.replace("``", "`").split())
        case _:
            return ""


def _comment(line: str) -> str:
    _, mark, comment = line.partition("  # ")
    return "" if not mark or comment.startswith("noqa") else comment.strip()


def _refusal(tree: ast.Module, name: str, known: dict[str, Number]) -> str:
    """The first sentence of a refusal that says this limit and nothing that only the running program knows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and any(_names(part) == name for part in node.values):
            parts = [_part(part, known) for part in node.values]
            text = "".join(part or "" for part in parts)
            if None not in parts and text.endswith("."):
                return text
    return ""


def _names(part: ast.expr) -> str:
    match part:
        case ast.FormattedValue(value=ast.Name(id=name)):
            return name
        case _:
            return ""


def _part(part: ast.expr, known: dict[str, Number]) -> str | None:
    if isinstance(part, ast.Constant):
        return str(part.value)
    name = _names(part)
    return f"{known[name]:,}" if name in known else None


def page(source: Path = SOURCE) -> str:
    """The whole page as text."""
    packages: dict[str, list[Limit]] = {}
    for limit in limits_in(source):
        packages.setdefault(limit.module.partition(".")[0], []).append(limit)
    return "\n".join([HEAD, *(_section(name, limits) for name, limits in sorted(packages.items()))])


def _section(package: str, limits: list[Limit]) -> str:
    rows = [(f"`{one.name}`", _shown(one), f"`{one.module}`", cell(one.says)) for one in limits]
    return f"## {package}\n\n" + table(("limit", "value", "module", "what it bounds"), rows) + "\n"


def _shown(limit: Limit) -> str:
    """The value with its unit; a long time also in larger units."""
    words = limit.name.rpartition(".")[2].upper().split("_")
    unit = next((UNITS[word] for word in reversed(words) if word in UNITS), "")
    if unit == "ms":
        return _span(limit.value)
    number = f"{limit.value:,}" if isinstance(limit.value, int) else f"{limit.value:g}"
    return f"{number} {unit}".strip()


def _span(value: Number) -> str:
    for size, unit in _SPANS:
        if value >= size and value % size == 0:
            return f"{value // size:,} {unit}"
    return f"{value:,} ms"


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
