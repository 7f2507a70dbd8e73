"""Every verb explains itself: it loads, shows an example, and speaks JSON to scripts."""

import inspect
import re
import shlex
import subprocess
import sys

import click
import pytest

from esos.cli.case_acts import ACTS
from esos.cli.main import cli
from esos.cli.verbs import VERBS
from esos.message.kinds import KINDS
from esos.station.drills import OWN_CLUB


def leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    """The verbs below a command that do something."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    names = command.list_commands(context)
    return [leaf for name in names for leaf in leaves(command.get_command(context, name), (*path, name))]


def verb(name: str) -> click.Command:
    return cli.get_command(click.Context(cli), name)


@pytest.fixture(scope="module")
def every_leaf() -> dict[str, click.Command]:
    return {" ".join(path): command for name in VERBS for path, command in leaves(verb(name), (name,))}


def help_of(path: str, command: click.Command) -> str:
    return command.get_help(click.Context(command, info_name=f"esos {path}"))


@pytest.mark.parametrize("name", list(VERBS))
def test_every_verb_of_the_table_loads(name):
    assert isinstance(verb(name), click.Command)


def test_every_verb_shows_an_example_of_itself(every_leaf):
    without = [path for path, one in every_leaf.items() if f"esos {path}" not in example_of(one)]
    assert without == []


def example_of(command: click.Command) -> str:
    """The example in a verb's help, without the line breaks of its source."""
    text = " ".join(inspect.cleandoc(command.help or "").split())
    return text.partition("Example:")[2]


def test_every_example_can_be_read_by_the_verb_it_stands_in(every_leaf):
    wrong = {}
    for path, command in every_leaf.items():
        words = shlex.split(re.split(r"[|>]", example_of(command).partition(f"esos {path}")[2])[0])
        try:
            command.make_parser(click.Context(command)).parse_args(words)
        except click.UsageError as refused:
            wrong[path] = refused.message
    assert wrong == {}


def test_every_verb_speaks_json(every_leaf):
    silent = [path for path, one in every_leaf.items() if not any("--json" in option.opts for option in one.params)]
    assert silent == []


def test_every_option_says_what_it_is_for(every_leaf):
    bare = [
        f"{path} {option.opts[0]}"
        for path, one in every_leaf.items()
        for option in one.params
        if isinstance(option, click.Option) and not option.hidden and not option.help
    ]
    assert bare == []


def test_help_is_shown_for_every_verb(every_leaf):
    assert [path for path, one in every_leaf.items() if "Usage:" not in help_of(path, one)] == []


HEAVY = {
    "asyncio",
    "cbor2",
    "cryptography",
    "email",
    "http",
    "httpx",
    "jinja2",
    "litestar",
    "msgspec",
    "nacl",
    "numpy",
    "random",
    "rich",
    "sqlalchemy",
    "ssl",
    "structlog",
    "tempfile",
    "uvicorn",
}
"""What takes long to import: help, which must be there at once, does without."""
LOADED = """
import sys
from esos.cli.main import run
run([*sys.argv[1:], "--help"])
sys.stderr.write(" ".join(sys.modules))
"""


@pytest.mark.parametrize("words", [[], *([name] for name in VERBS)], ids=" ".join)
def test_help_loads_nothing_that_takes_long(words):
    shown = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    assert "Usage:" in shown.stdout
    assert {module for module in shown.stderr.split() if module in HEAVY} == set()


def test_the_first_help_names_every_verb():
    shown = cli.get_help(click.Context(cli, info_name="esos"))
    assert [name for name in VERBS if f"  {name}" not in shown] == []


def test_every_act_of_an_officer_is_a_kind_that_a_station_may_attest():
    assert [act.verb for act in ACTS if act.kind not in KINDS or not KINDS[act.kind].attestable] == []


def test_every_act_that_brief_six_names_is_there():
    named = (
        "acknowledge call-back overrule urgency request select message stabilise relapse release stand-down "
        "no-emergency second hand-over suspend resume close"
    )
    assert set(named.split()) <= {act.verb for act in ACTS}


# ------------------------------------------------------------------------- commands that the documents show
def commands_in(text: str) -> list[str]:
    """The command lines of ``esos`` in a page's code, each on one line, its comment and what follows a pipe left out."""
    found = []
    for block in re.findall(r"```[a-z]*\n(.*?)```", text.replace("\\\n", " "), flags=re.DOTALL):
        for line in block.splitlines():
            match = re.match(r"\s*(?:\$ )?(esos .*)", line)
            if match:
                found.append(re.split(r"\s[|#>&;]|\s2>", match[1])[0])
    return found


def refusal_of(line: str) -> str:
    """Why a verb would not read this command line, empty where it would."""
    command, words = cli, shlex.split(line)[1:]
    if words[:1] == ["--settings"]:
        words = words[2:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            return f"no verb {words[0]!r}"
        command, words = below, words[1:]
    if isinstance(command, click.Group):
        return "" if words and words[0] in {"--help", "-h", "--version"} else "no verb"
    if "--help" in words:
        return ""
    try:
        command.make_parser(click.Context(command)).parse_args(words)
    except click.UsageError as refused:
        return refused.message
    return ""


def pages(repo_root):
    return [*repo_root.glob("*.md"), *repo_root.glob("docs/**/*.md"), *repo_root.glob("spec/**/*.md")]


def test_every_command_in_the_documents_can_be_read(repo_root):
    shown = {page.relative_to(repo_root): commands_in(page.read_text("utf-8")) for page in pages(repo_root)}
    wrong = {f"{page}: {line}": refusal_of(line) for page, lines in shown.items() for line in lines if refusal_of(line)}
    assert sum(map(len, shown.values())) > 0
    assert wrong == {}


def test_the_one_command_for_a_club_of_one_s_own_makes_a_station_and_runs_it():
    lines = [line.strip() for line in OWN_CLUB.split("&&")]
    assert [refusal_of(line) for line in lines] == ["", ""]
    assert [" ".join(line.split()[1:5]) for line in lines] == [
        "station init --home our-club",
        "station run --home our-club",
    ]


@pytest.mark.parametrize("line", ["esos case acknowlege X", "esos case acknowledge X --nonsense", "esos nothing"])
def test_a_command_that_no_verb_reads_is_found(line):
    assert refusal_of(line)
