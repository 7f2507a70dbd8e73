"""``esos station init``: a station's home in one command, or in a short conversation where nothing was said."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, home_option, json_option, note, open_home, run
from esos.cli.founding import EVERY, QUESTIONS, Question, read_person
from esos.errors import EsosError

if TYPE_CHECKING:
    from esos.cli.founding_answers import Answers
    from esos.station.found import OfficerRole
    from esos.station.station import Station

BACK = frozenset({"<", "back"})
_FLAGS = {"pact_name": "pact", "exercise": "practice"}
_WAKES_NOBODY = "file"
_ON_WATCH: "tuple[OfficerRole, ...]" = ("officer", "second")


@click.command("init")
@home_option
@click.option("--pact", "pact_name", default="club", show_default=True, help="A pact file, or a shipped pact's name.")
@click.option("--name", default="e-SOS station", show_default=True, help="What people call the station.")
@click.option("--exercise", is_flag=True, help="A station for practice: no real call can ever reach it.")
@click.option("--officer", "officers", multiple=True, help='As "Officer One = mail:one@club.example". Repeatable.')
@click.option("--second", "seconds", multiple=True, help="Who gives the second word where it takes two. Repeatable.")
@click.option(
    "--practise",
    type=click.Choice(EVERY),
    default="never",
    show_default=True,
    help="How often a practice station practises by itself.",
)
@click.option("--public-url", default="", help="The web address that people use, as https://sos.club.example.")
@click.option("--tls-cert", default="", help="A certificate for HTTPS, in PEM.")
@click.option("--tls-key", default="", help="Its private key, where another file holds it.")
@click.option("--mail-relay", default="", help="HOST:PORT of the mail server that takes pages to people.")
@click.option("--mail-from", default="", help="The address that its mail comes from.")
@click.option("--backup-to", default="", help="The folder for a daily copy of the journal.")
@click.option("--backup-at", default="03:30", show_default=True, help="When, as HH:MM.")
@click.option("--answers", "file", type=click.Path(path_type=Path, exists=True), help="A TOML file with all of these.")
@click.option("--ask", is_flag=True, help="Ask for each, also where it is no terminal that answers.")
@json_option
@click.pass_context
def init(context: click.Context, /, home: Path, file: Path | None, *, ask: bool, as_json: bool, **flags: Any) -> None:
    """Make a station's home: its key, its journal, its pact, its people. On a terminal, without flags, it asks.

    \b
    Example: esos station init --home club
             esos station init --home club --pact club --name "North Club"
    """  # noqa: D301 - click wants the backspace as it is
    from esos.cli.founding_answers import Answers, checked, read_answers

    if ask or (_is_bare(context) and not as_json and sys.stdin.isatty()):
        answers = converse(home)
    elif file is not None:
        answers = read_answers(file)
    else:
        answers = checked(Answers(**{_FLAGS.get(name, name): value for name, value in flags.items()}))
    made = run(_init(home, answers))
    emit(made, as_json=as_json, words=_words(home, made))


def _is_bare(context: click.Context) -> bool:
    """Whether nothing but the home was said."""
    given = click.core.ParameterSource.COMMANDLINE
    return not [name for name in context.params if name != "home" and context.get_parameter_source(name) is given]


def converse(home: Path) -> "Answers":
    """Ask one question after another; an answer that cannot be read is asked again, and ``<`` goes back."""
    from esos.cli.founding_answers import Answers

    note('A few questions. Enter takes what stands in [brackets], "<" goes back, "?" says more.')
    so_far: dict[str, Any] = {"home": str(home)}
    asked: list[Question] = []
    while (question := _next(asked, so_far)) is not None:
        answer = _ask(question, so_far)
        if answer in BACK:
            if asked:
                so_far.pop(asked.pop().field)
            continue
        try:
            so_far[question.field] = question.read(answer)
            asked.append(question)
        except EsosError as wrong:
            note(f"{wrong.detail} {wrong.hint or ''}".rstrip())
    so_far.pop("home")
    return Answers(**so_far)


def _next(asked: list[Question], so_far: dict[str, Any]) -> Question | None:
    place = QUESTIONS.index(asked[-1]) + 1 if asked else 0
    return next((one for one in QUESTIONS[place:] if one.applies(so_far)), None)


def _ask(question: Question, so_far: dict[str, Any]) -> str:
    """What somebody typed; the default for nothing."""
    if question.field == "pact":
        note(question.means)
    default = question.default(so_far)
    while True:
        answer = click.prompt(question.asks, default=default, err=True).strip()
        if answer != "?":
            return str(answer)
        note(question.means)


async def _init(folder: Path, answers: "Answers") -> dict[str, Any]:
    from esos.cli.pact import read_pact_argument
    from esos.service import ensure_local_officer, founder_of
    from esos.vault.home import Home
    from esos.words.realm import Realm

    raw, pact = read_pact_argument(answers.pact)
    home = Home(folder)
    identity = home.create(name=answers.name, realm=Realm.EXERCISE if answers.practice else Realm.REAL)
    _write_settings(folder, answers)
    async with open_home(folder) as station:
        await founder_of(station).publish_pact(raw)
        await ensure_local_officer(station, home)
        people = await _name_people(station, answers)
        await _plan_practice(station, answers)
    return {
        "home": str(folder),
        "name": answers.name,
        "kid": identity.kid.hex(),
        "public": identity.public.hex(),
        "realm": identity.realm.value,
        "origin": identity.origin,
        "pact": f"{pact.name} {pact.version}",
        "people": people,
        "asleep": [] if answers.practice else _asleep(answers),
        "backup": _backup_line(folder, answers),
        "next": _next_commands(folder, people),
    }


async def _name_people(station: "Station", answers: "Answers") -> list[dict[str, Any]]:
    """Officers first; the first of all keeps the register. Those named stand on watch and as backup from now on."""
    import msgspec

    from esos.message.bodies import RosterSet
    from esos.message.card import Contact
    from esos.service import founder_of

    founder, people = founder_of(station), list[dict[str, Any]]()
    for place, written in enumerate((*answers.officers, *answers.seconds)):
        person = read_person(written)
        roles: tuple[OfficerRole, ...] = (*_ON_WATCH, "registrar") if place == 0 else _ON_WATCH
        contacts = msgspec.convert(tuple(person.contacts), tuple[Contact, ...])
        officer = await founder.add_officer(person.name, roles, contacts)
        secret = await station.tokens.link(officer)
        token = await station.tokens.program_token(officer)
        people.append(
            {"officer": officer, "name": person.name, "roles": roles, "link": f"/in/{secret}", "token": token}
        )
    if people:
        watch = tuple(one["officer"] for one in people[: len(answers.officers)])
        backup = tuple(one["officer"] for one in people[len(answers.officers) :])
        await founder.say("roster_set", RosterSet(watch=watch, backup=backup))
    return people


async def _plan_practice(station: "Station", answers: "Answers") -> None:
    """Let a practice station practise by itself, as often as was said."""
    if answers.practise == "never":
        return
    import msgspec

    from esos.station.practice import set_plan
    from esos.station.practice_plan import PracticePlan

    await set_plan(station, msgspec.convert({"every": answers.practise}, PracticePlan))


def _asleep(answers: "Answers") -> list[str]:
    """Who would not wake: those to whom a page is written to a file, or who have no address at all."""
    people = [read_person(one) for one in (*answers.officers, *answers.seconds)]
    return [one.name for one in people if all(way["channel"] == _WAKES_NOBODY for way in one.contacts)]


def _write_settings(folder: Path, answers: "Answers") -> None:
    """The home's own settings file, with what was said, and the folder for copies; nothing where all stays as it is."""
    from esos.settings import SETTINGS_FILE

    if answers.backup_to:
        Path(answers.backup_to).mkdir(parents=True, exist_ok=True)

    host, _, port = answers.mail_relay.partition(":")
    wanted: dict[str, str | int] = {
        "public_url": answers.public_url,
        "tls_cert": answers.tls_cert,
        "tls_key": answers.tls_key,
        "smtp_host": host,
        "smtp_port": int(port or 25) if host else 0,
        "smtp_from": answers.mail_from if host else "",
    }
    lines = [f"{name} = {_toml(value)}" for name, value in wanted.items() if value]
    if lines:
        text = "# Made by esos station init; every setting: esos station settings --example\n" + "\n".join(lines) + "\n"
        (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")


def _toml(value: str | int) -> str:
    """A TOML value; a JSON text is a TOML basic string."""
    import msgspec

    return msgspec.json.encode(value).decode()


def _backup_line(folder: Path, answers: "Answers") -> str:
    """The line of a crontab that makes the daily copy; empty where none is wanted."""
    import shlex

    if not answers.backup_to:
        return ""
    hour, minute = answers.backup_at.split(":")
    target = Path(answers.backup_to).resolve()
    copy = shlex.quote(str(target / folder.name))
    home = shlex.quote(str(folder.resolve()))
    return f"{int(minute)} {int(hour)} * * *  esos backup --home {home} --out {copy}-$(date +\\%F).journal"


def _next_commands(folder: Path, people: list[dict[str, Any]]) -> list[str]:
    first = "esos station ready" if people else 'esos officer add --name "NAME" --role officer --contact mail:ADDRESS'
    return [
        f"{first} --home {folder}",
        f"esos station run --home {folder}",
        f"esos member import members.csv --home {folder}",
    ]


def _words(home: Path, made: dict[str, Any]) -> str:
    lines = [
        f"{home}: station {made['name']}, key {made['kid']}, realm {made['realm']}, pact {made['pact']}.",
        "Keep a copy of the folder offline: whoever has its key is the station.",
    ]
    for one in made["people"]:
        lines += [f"{one['name']}: once the station runs, sign in at {one['link']} (once, within 48 hours).",
                  f"  token {one['token']}"]  # fmt: skip
    if made["people"]:
        lines.append("Neither links nor tokens are shown again.")
    if made["backup"]:
        lines += [
            "For the daily copy, put this line into the crontab of whoever runs the station:",
            f"  {made['backup']}",
        ]
    return "\n".join([*lines, "Next:", *(f"  {command}" for command in made["next"]), *_warning(home, made)])


def _warning(home: Path, made: dict[str, Any]) -> list[str]:
    """Last, where it is read: a real station whose pages reach nobody."""
    asleep = made["asleep"]
    if not asleep:
        return []
    nobody = "WARNING: nobody would be woken by a call. " if len(asleep) == len(made["people"]) else "WARNING: "
    return [
        f"{nobody}A page to {', '.join(asleep)} is written to a file, and a file wakes nobody.",
        "Before anybody relies on this station, name people with a way to wake them, put them on watch, and ring them:",
        f'  esos officer add --home {home} --name "NAME" --role officer --role second --contact mail:ADDRESS',
        f'  esos roster set --home {home} --watch "NAME" --backup "ANOTHER NAME"',
        f'  esos contact ring "NAME" --home {home}',
    ]
