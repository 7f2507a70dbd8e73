"""``esos take``: take a call in a terminal while somebody talks; each answer is kept before the next question.

Law 2: it may become a call at any moment, with one answer or with none.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, clock, emit, note, run, station_options, table
from esos.cli.where import Where
from esos.errors import Usage

if TYPE_CHECKING:
    from esos.cli.client import StationClient
    from esos.words.take_call import TakeQuestion

CALL_NOW = "."
"""What an officer types in place of an answer to make it a call at once."""


@click.command("take")
@click.option("--list", "show_list", is_flag=True, help="List what is being written down.")
@click.option("--resume", metavar="DRAFT", default="", help="Go on with one that was begun, on a page or here.")
@click.option("--answer", "given", metavar="NAME=TEXT", multiple=True, help="An answer, without asking. Repeatable.")
@click.option("--call", "call_now", is_flag=True, help="Make it a call now, and ask nothing.")
@click.option("--aside", is_flag=True, help="Forget what is written down under --resume; nothing was said.")
@station_options
def command(home: Path, url: str, token: str, *, as_json: bool, **options: Any) -> None:
    """Take a call by telephone: the questions in order, each answer kept at once.

    A dot alone makes it a call at once; an empty line goes on. What is begun and not finished is on the watch floor.

    Example: esos take --home club --answer reply=+353999000111 --answer "caller=Example Hospital" --call
    """
    run(_take(Where(home=home, url=url, token=token), options, as_json=as_json))


async def _take(where: Where, options: dict[str, Any], *, as_json: bool) -> None:
    answers = _read_answers(options["given"])
    if options["aside"] and not options["resume"]:
        raise Usage("take.which", "Put what aside?", hint="Give --resume DRAFT; see esos take --list.")
    async with where.reached() as client:
        if options["show_list"]:
            await _list(client, as_json=as_json)
            return
        draft = options["resume"] or _new()
        if options["aside"]:
            await client.delete(f"/drafts/{draft}")
            emit({"draft": draft, "aside": True}, as_json=as_json, words="It is forgotten. Nothing was said.")
            return
        await _keep(client, draft, answers)
        if not options["call_now"] and not as_json:
            note(f"Draft {draft}. A dot alone makes it a call; Ctrl-C keeps it for later.")
            await _ask_all(client, draft)
        elif not options["call_now"]:
            emit(await client.get(f"/drafts/{draft}"), as_json=True)
            return
        await _call(client, draft, as_json=as_json)


def _read_answers(given: tuple[str, ...]) -> dict[str, str]:
    """Raises ``Usage`` (``take.answer``)."""
    pairs = [one.partition("=") for one in given]
    if not all(name and sign for name, sign, _ in pairs):
        raise Usage("take.answer", "An answer is NAME=TEXT.", hint='As --answer "caller=Example Hospital".')
    return {name: text for name, _, text in pairs}


def _new() -> str:
    from esos.station.drafts import DRAFT_BYTES
    from esos.vault.chance import SystemDice

    return SystemDice().bytes(DRAFT_BYTES).hex()


async def _keep(client: "StationClient", draft: str, answers: dict[str, str]) -> None:
    if answers:
        await client.put(f"/drafts/{draft}", {"answers": answers})


async def _list(client: "StationClient", *, as_json: bool) -> None:
    found = await client.get("/drafts")
    rows = [(one["draft"], _title(one), str(_count(one)), clock(one["saved_ms"])) for one in found["drafts"]]
    emit(found, as_json=as_json, words=table(rows, ("draft", "who", "answers", "saved")) if rows else NONE)


def _title(view: dict[str, Any]) -> str:
    answers = view["answers"]
    return next((answers[one] for one in ("caller", "talker", "reply") if answers.get(one)), NONE)


def _count(view: dict[str, Any]) -> int:
    return sum(bool(text) for text in view["answers"].values())


async def _ask_all(client: "StationClient", draft: str) -> None:
    """Each question once; what was answered before is shown, and an empty line leaves it as it is."""
    from esos.words.language import say
    from esos.words.take_call import TAKE_QUESTIONS, Moment, aloud

    answers = (await client.get(f"/drafts/{draft}"))["answers"]
    click.echo(f"{say('Say')}: {aloud(Moment.BEGUN)}\n")
    for number, question in enumerate(TAKE_QUESTIONS, start=1):
        click.echo(f"{number:2}  {say(question.aloud)}")
        for line in _help_for(question):
            click.echo(f"    {line}")
        typed = click.prompt("   ", default=answers.get(question.ask.value, ""), show_default=True).strip()
        if typed == CALL_NOW:
            return
        await _keep(client, draft, {question.ask.value: typed})


def _help_for(question: "TakeQuestion") -> list[str]:
    """What can be typed, for questions with a closed list of answers."""
    from esos.triage.questions import QUESTIONS
    from esos.words.language import say
    from esos.words.nature import Nature
    from esos.words.take_call import CONSENTS
    from esos.words.urgency import Urgency

    choices = {
        "natures": [f"{one.slug}: {one.words}" for one in Nature],
        "urgency": [f"{one.value}: {one.test}" for one in Urgency],
        "consent": [f"{value}: {say(words)}" for value, words in CONSENTS],
        "facts": [f"{one.id}: {one.words}" for row in QUESTIONS if row.id == question.ask for one in row.options],
        "needs": ["advice=2 filtering=10"],
    }
    return [*([say(question.hint)] if question.hint else []), *choices.get(question.kind, [])]


async def _call(client: "StationClient", draft: str, *, as_json: bool) -> None:
    made = await client.post(f"/drafts/{draft}/call", {})
    case = made["case"]
    if not case:
        emit({"draft": draft, "case": ""}, as_json=as_json, words="The call is kept; its case is on the watch floor.")
        return
    view = await client.get(f"/cases/{case}")
    emit({"draft": draft, "case": case, "state": view["state"]}, as_json=as_json, words=_read_out(view))


def _read_out(view: dict[str, Any]) -> str:
    from esos.words.first_aid import cards_for
    from esos.words.language import say
    from esos.words.nature import read_nature
    from esos.words.take_call import Moment, aloud

    moment = Moment.TAKEN if view["holder"] else Moment.ARRIVED
    lines = [f"Case {view['case']}", f"{say('Say')}: {aloud(moment, code=view['code'], officer=view['holder_name'])}"]
    for card in cards_for(read_nature(slug) for slug in view["natures"]):
        lines += ["", card.title, say("Please do this, in this order")]
        lines += [f"  {number}. {line}" for number, line in enumerate(card.do, start=1)]
        lines += [say("Please leave this alone"), *(f"  - {line}" for line in card.do_not)]
    return "\n".join([*lines, "", f"Take charge: esos case acknowledge {view['case']}"])
