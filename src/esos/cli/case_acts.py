"""What an officer can say of a case, as a table: verb, kind of statement, options, and how they become its body.

Law 4: each act is said by a person and its outcome is shown as what it is; an act that waits for a
second officer says so. Law 9: there is no row for acting against anybody.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from esos.cli.text import find_member, find_officer, pick, read_asks
from esos.errors import Conflict

if TYPE_CHECKING:
    from esos.cli.client import StationClient

Given = dict[str, Any]
CaseShown = dict[str, Any]
MakeBody = Callable[["StationClient", CaseShown, Given], Awaitable[Given]]
URGENCIES = ("mayday", "pan-pan", "advisory")
NO_DISTRESS = ("call-back", "on-site", "checked", "announced", "no-such-caller")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row: ``esos case VERB CASE`` says ``kind``; ``done`` is the sentence when it was taken."""

    verb: str
    kind: str
    says: str
    example: str
    done: str
    options: tuple[click.Parameter, ...] = ()
    body: MakeBody | None = None


async def as_given(client: "StationClient", case: CaseShown, given: Given) -> Given:
    """The options that were given are the body."""
    del client, case
    return {name: value for name, value in given.items() if value not in (None, "", ())}


async def _call_back(client: "StationClient", case: CaseShown, given: Given) -> Given:
    body = await as_given(client, case, given)
    return {**body, "result": given["result"].replace("-", "_")}


async def _request(client: "StationClient", case: CaseShown, given: Given) -> Given:
    import secrets

    member = await find_member(client, given["responder"])
    lines = read_asks(given["lines"]) or _open_need(case)
    if not lines:
        raise Conflict("case.no_need", "No need is open on this case.", hint="Say what to ask for with --need.")
    return {"request": secrets.token_hex(16), "responder": member, "lines": lines}


def _open_need(case: CaseShown) -> list[Given]:
    return [{"line": need["line"], "quantity": need["open"]} for need in case["needs"] if need["open"]]


async def _of_request(client: "StationClient", case: CaseShown, given: Given) -> Given:
    del client
    found = pick(case["requests"], given["request"], names=("request", "name"), what="request")
    return {"request": found["request"]} | ({"note": given["note"]} if given["note"] else {})


async def _extension(client: "StationClient", case: CaseShown, given: Given) -> Given:
    return {**await _of_request(client, case, given), "days": given["days"]}


async def _message(client: "StationClient", case: CaseShown, given: Given) -> Given:
    parties = [await _party(client, case, one) for one in given["to"]]
    return {"text": given["text"]} | ({"to": parties} if parties else {})


async def _party(client: "StationClient", case: CaseShown, named: str) -> str:
    """The caller, an officer or a member by name; a party's id as it is."""
    known = [{"party": case["caller"], "name": case["caller_name"]}]
    known += [{"party": one["responder"], "name": one["name"]} for one in case["requests"]]
    officers = (await client.get("/officers"))["officers"]
    known += [{"party": one["officer"], "name": one["name"]} for one in officers]
    by_party = {one["party"]: one for one in known}
    return str(pick(list(by_party.values()), named, names=("party", "name"), what="party")["party"])


async def _second(client: "StationClient", case: CaseShown, given: Given) -> Given:
    del client
    waiting = case["proposals"]
    if not waiting:
        raise Conflict("case.nothing_to_second", "Nothing on this case waits for a second officer.")
    if given["proposal"] or len(waiting) > 1:
        found = pick(waiting, given["proposal"] or "", names=("proposal", "kind"), what="proposal")
    else:
        found = waiting[0]
    return {"proposal": found["proposal"], "agrees": not given["refuse"], "reason": given["reason"]}


async def _hand_over(client: "StationClient", case: CaseShown, given: Given) -> Given:
    del case
    return {"to": await find_officer(client, given["to"]), "note": given["note"]}


async def _suspend(client: "StationClient", case: CaseShown, given: Given) -> Given:
    del client
    return {"unmet": read_asks(given["unmet"]) or _open_need(case), "reason": given["reason"]}


async def _prove(client: "StationClient", case: CaseShown, given: Given) -> Given:
    from esos.vault.chance import SystemClock

    hours = given.pop("hours")
    body = await as_given(client, case, given)
    return {**body, "expires_ms": SystemClock().now_ms() + hours * 3_600_000}


def _option(*names: str, **settings: Any) -> click.Option:
    return click.Option(list(names), **settings)


_NOTE = _option("--note", default="", help="A sentence for the history.")
_REASON = _option("--reason", default="", help="Why, in a sentence.")
_WHY = _option("--reason", required=True, help="Why, in a sentence.")
_REQUEST = click.Argument(["request"])
_CALL_BACK = (
    _option(
        "--result",
        required=True,
        type=click.Choice(["in-distress", "no-distress", "no-answer", "wrong-party"]),
        help="What you heard.",
    ),
    _option("--by", default="", help="By which number or way, fixed beforehand."),
    _option("--confirms", is_flag=True, default=None, help="You saw for yourself that it is as they say."),
)

ACTS: tuple[Act, ...] = (
    Act(
        verb="acknowledge",
        kind="acknowledged",
        says="Take charge of the case: the caller is told that you, a person, have it",
        example="esos case acknowledge QXZKPM --home club",
        done="You hold this case.",
        options=(_NOTE,),
    ),
    Act(
        verb="call-back",
        kind="called_back",
        says="Record that you called the caller back, and what you heard",
        example='esos case call-back QXZKPM --result in-distress --by "number on their card"',
        done="Recorded.",
        options=_CALL_BACK,
        body=_call_back,
    ),
    Act(
        verb="overrule",
        kind="severity_overruled",
        says="Set aside the proposed severity; the proposal and your reason both stay on record",
        example='esos case overrule QXZKPM --urgency mayday --reason "The ward runs on paper"',
        done="Overruled.",
        options=(_option("--urgency", required=True, type=click.Choice(URGENCIES), help="As you find it."), _WHY),
    ),
    Act(
        verb="urgency",
        kind="urgency_changed",
        says="Change the urgency; lowering it waits for a second officer",
        example='esos case urgency QXZKPM pan-pan --reason "The flood is over"',
        done="The urgency is changed.",
        options=(click.Argument(["urgency"], type=click.Choice(URGENCIES)), _REASON),
    ),
    Act(
        verb="request",
        kind="requested",
        says="Ask one member for help, by your own choice",
        example='esos case request QXZKPM --responder "Example Net" --need filtering=20Gbit/s',
        done="Asked.",
        options=(
            _option("--responder", required=True, help="The member, by name or id."),
            _option("--need", "lines", multiple=True, help="As filtering=20Gbit/s; without it, all that is open."),
        ),
        body=_request,
    ),
    Act(
        verb="select",
        kind="selected",
        says="Select an offer; what affects others waits for a second officer",
        example='esos case select QXZKPM "Example Net"',
        done="Selected.",
        options=(_REQUEST, _NOTE),
        body=_of_request,
    ),
    Act(
        verb="not-taken",
        kind="not_taken",
        says="Thank for an offer that is not needed: the duty is discharged",
        example='esos case not-taken QXZKPM "Example Net"',
        done="They are thanked and free.",
        options=(_REQUEST, _NOTE),
        body=_of_request,
    ),
    Act(
        verb="cancel-request",
        kind="request_cancelled",
        says="Take back a request that is not answered yet",
        example='esos case cancel-request QXZKPM "Example Net"',
        done="The request is taken back.",
        options=(_REQUEST, _NOTE),
        body=_of_request,
    ),
    Act(
        verb="release",
        kind="released",
        says="Release one helper: it may stop and go home",
        example='esos case release QXZKPM "Example Net"',
        done="Released.",
        options=(_REQUEST, _NOTE),
        body=_of_request,
    ),
    Act(
        verb="extend",
        kind="extended",
        says="Let one helper stay longer, as the caller wishes: the agreement runs on from its end",
        example='esos case extend QXZKPM "Example Net" --days 3',
        done="The agreement runs on.",
        options=(
            _REQUEST,
            _option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How much longer."),
            _NOTE,
        ),
        body=_extension,
    ),
    Act(
        verb="message",
        kind="messaged",
        says="Write to everybody on the case, or to some",
        example='esos case message QXZKPM --text "Filters are on; is it better?"',
        done="Sent.",
        options=(
            _option("--text", required=True, help="What you write."),
            _option("--to", multiple=True, help="To whom, by name or id. Repeatable; without it, to everybody."),
        ),
        body=_message,
    ),
    Act(
        verb="channel",
        kind="channel_set",
        says="Open the channel to everybody on the case, or restrict it to caller, coordinator and committed helpers",
        example="esos case channel QXZKPM restricted",
        done="The channel is set.",
        options=(click.Argument(["channel"], type=click.Choice(["open", "restricted"])),),
    ),
    Act(
        verb="lost",
        kind="contact_lost",
        says="Record that the caller cannot be reached",
        example='esos case lost QXZKPM --by "telephone and page, three times"',
        done="Recorded; the concern rises.",
        options=(_option("--by", default="", help="By which ways you tried."),),
    ),
    Act(
        verb="found",
        kind="contact_returned",
        says="Record that there is contact with the caller again",
        example="esos case found QXZKPM",
        done="Recorded.",
        options=(_NOTE,),
    ),
    Act(
        verb="prove",
        kind="control_proven",
        says="Record proof that the caller controls what it asks to have filtered or changed",
        example='esos case prove QXZKPM --resource 192.0.2.0/24 --rung 3 --evidence "Route object signed today"',
        done="Recorded.",
        options=(
            _option("--resource", required=True, help="The prefix, name or system."),
            _option("--rung", required=True, type=click.IntRange(0, 4), help="4 is the best proof, 1 is vouched for."),
            _option("--evidence", default="", help="What shows it."),
            _option("--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How long it counts."),
        ),
        body=_prove,
    ),
    Act(
        verb="stabilise",
        kind="stabilised",
        says="Find the situation stable, on the caller's or a helper's word",
        example="esos case stabilise QXZKPM",
        done="The situation is stable.",
        options=(_NOTE,),
    ),
    Act(
        verb="relapse",
        kind="relapsed",
        says="Find it worse again: the search for help goes on",
        example="esos case relapse QXZKPM",
        done="It is worse again.",
        options=(_NOTE,),
    ),
    Act(
        verb="stand-down",
        kind="stood_down",
        says="End the effort and release everybody; before the situation is stable this waits for a second officer",
        example="esos case stand-down QXZKPM --caller-agrees",
        done="Everybody is released.",
        options=(
            _option("--caller-agrees", is_flag=True, default=None, help="You heard the caller agree."),
            _NOTE,
        ),
    ),
    Act(
        verb="no-emergency",
        kind="no_emergency",
        says="Propose that nobody is in distress; a second officer decides, and nobody's intent is judged",
        example='esos case no-emergency QXZKPM --evidence "Called back: a planned test of theirs"',
        done="No emergency.",
        options=(
            _option("--evidence", required=True, help="What shows that nobody is in distress, in a sentence."),
            _option(
                "--shown-by",
                type=click.Choice(NO_DISTRESS),
                default="call-back",
                show_default=True,
                help="The caller's own word when called back, or what else proves it.",
            ),
        ),
    ),
    Act(
        verb="take-back",
        kind="cancelled",
        says="Take back a call that you entered by mistake for somebody who has no account here",
        example='esos case take-back QXZKPM --reason "Entered twice"',
        done="The call is taken back; where anybody else reported it, somebody calls back first.",
        options=(_REASON,),
    ),
    Act(
        verb="second",
        kind="seconded",
        says="Give the second officer's word on what another officer proposed",
        example="esos case second QXZKPM",
        done="Your word is on record.",
        options=(
            _option("--proposal", default="", help="Which, by id or kind, where several wait."),
            _option("--refuse", is_flag=True, help="You do not agree."),
            _REASON,
        ),
        body=_second,
    ),
    Act(
        verb="hand-over",
        kind="handed_over",
        says="Offer the case to another officer; you hold it until they accept",
        example='esos case hand-over QXZKPM --to "Officer B"',
        done="Offered; you hold the case until it is accepted.",
        options=(_option("--to", required=True, help="The officer, by name or id."), _NOTE),
        body=_hand_over,
    ),
    Act(
        verb="accept-hand-over",
        kind="hand_over_accepted",
        says="Accept a case that another officer offers you",
        example="esos case accept-hand-over QXZKPM",
        done="You hold this case.",
        options=(_NOTE,),
    ),
    Act(
        verb="suspend",
        kind="suspended",
        says="Propose to suspend the effort although a need is unmet; a second officer decides",
        example='esos case suspend QXZKPM --reason "No help to be had before morning"',
        done="Suspended.",
        options=(
            _option("--unmet", multiple=True, help="Lines that stay unmet; without it, all that is open. Repeatable."),
            _REASON,
        ),
        body=_suspend,
    ),
    Act(
        verb="resume",
        kind="resumed",
        says="Propose to take a suspended effort up again; a second officer decides",
        example="esos case resume QXZKPM",
        done="The effort goes on.",
        options=(_NOTE,),
    ),
    Act(
        verb="close",
        kind="closed",
        says="Close an ended case with its report, costs and lessons",
        example='esos case close QXZKPM --report "Flood filtered in 40 minutes" --lessons "Keep the card printed"',
        done="Closed.",
        options=(
            _option("--report", default="", help="What happened and what was done."),
            _option("--costs", default="", help="What it cost, and whom."),
            _option("--lessons", default="", help="What to do better."),
        ),
    ),
)
