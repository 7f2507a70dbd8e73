"""Write docs/reference/cli.md: every verb of the command line with its options, read from the commands themselves."""

import inspect
import re
import sys
from collections.abc import Iterator

import click
from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.cli.main import cli

PAGE = REFERENCE / "cli.md"
WIDTH = 2_000
RANGE = re.compile(r"([\d.]+)<=x<=([\d.]+)")
SHARED = {
    "--home": "The station's home folder; by default `esos-home`, or `ESOS_HOME`.",
    "--url": "The station's address instead of a home; or `ESOS_URL`.",
    "--token": "Your token there; or `ESOS_TOKEN`.",
    "--json": "Results on standard output and refusals on standard error as JSON.",
    "--help": "The verb's help, with an example.",
}
"""Options that mean the same wherever they stand; described once, at the head of the page."""
SHARED_HELP = {
    "--home": "The station's home folder.",
    "--url": "The station's address, instead of a home.",
    "--token": "Your token there (esos officer add gives one).",
    "--json": "Results and errors as JSON.",
}
"""Their help in the commands: where it reads otherwise, the option is listed with the verb as well."""

HEAD = f"""\
# Command line

`esos` is one program with many verbs. Results go to standard output, diagnostics to standard error.

Whatever a flag sets can also be set by a variable (`ESOS_`, then the verb and the flag in capitals, as
`ESOS_CALL_STATION`) or in one TOML file: see [use the command line](../how-to/use-the-command-line.md). What a running
station can be told stands in [settings](settings.md).

{WRITTEN_BY}

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 2 | the command line was not understood |
| 3 | refused: a stable code stands on standard error, see [errors](errors.md) |
| 4 | not delivered: nobody answered in time; a call is kept and can be resumed |
| 5 | a proof or a signature does not hold |
| 130 | stopped with Ctrl-C |

## Options that mean the same everywhere

They are not explained again below.

{{shared}}

Where a verb takes `--home` and the station runs, the verb talks to the running station. Where it does not run, the verb
opens the same interface in its own process, does its work and closes it again.

## Verbs

{{verbs}}
"""


def page() -> str:
    """The whole page as text."""
    root = click.Context(cli, info_name="esos", auto_envvar_prefix="ESOS")
    verbs = [(name, cli.get_command(root, name)) for name in cli.list_commands(root)]
    shared = table(("option", "says"), [(f"`{name}`", says) for name, says in SHARED.items()])
    listed = [(f"[`esos {name}`](#esos-{name})", cell(_short(command))) for name, command in verbs]
    head = HEAD.format(shared=shared, verbs=table(("verb", "does"), listed))
    return "\n".join([head, *(part for name, command in verbs for part in _sections(command, name, root, 2))])


def _short(command: click.Command) -> str:
    return (inspect.cleandoc(command.help or "").split("\n\n")[0]).replace("\n", " ")


def _sections(command: click.Command, name: str, parent: click.Context, level: int) -> Iterator[str]:
    """One section a verb, those of a group below it."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    yield _section(command, context, level)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            verb = command.get_command(context, below)
            if verb is not None and not verb.hidden:
                yield from _sections(verb, below, context, level + 1)


def _section(command: click.Command, context: click.Context, level: int) -> str:
    parts = [f"{'#' * level} {context.command_path}\n"]
    parts += [f"{text}\n" for text in _paragraphs(command)]
    if not isinstance(command, click.Group):
        parts.append(f"    {' '.join(command.get_usage(context).split()).removeprefix('Usage: ')}\n")
    rows = [row for option in command.get_params(context) if (row := _row(option, context))]
    if rows:
        parts.append(table(("option", "says"), rows) + "\n")
    if shared := _shared_of(command, context):
        parts.append(f"{'Also' if rows else 'Takes'}: {', '.join(f'`{name}`' for name in shared)}.\n")
    return "\n".join(parts)


def _paragraphs(command: click.Command) -> Iterator[str]:
    """The help, its example set apart."""
    for paragraph in inspect.cleandoc(command.help or "").replace("\b\n", "").split("\n\n"):
        text = " ".join(paragraph.split())
        if text.startswith("Example: "):
            yield f"```\n{text.removeprefix('Example: ')}\n```"
        elif text:
            yield cell(text)


def _row(option: click.Parameter, context: click.Context) -> tuple[object, ...] | None:
    if not isinstance(option, click.Option) or option.hidden or _is_shared(option):
        return None
    shown = option.get_help_record(context)
    if shown is None:
        return None
    names, says = (_plainly(text) for text in shown)
    return f"`{names.replace('|', chr(92) + '|')}`", cell(says)


def _plainly(text: str) -> str:
    """Numbers and their ranges as people write them."""
    for kind in ("INTEGER RANGE", "FLOAT RANGE", "INTEGER", "FLOAT"):
        text = text.replace(kind, "NUMBER")
    return RANGE.sub(r"\1 to \2", " ".join(text.split()))


def _shared_of(command: click.Command, context: click.Context) -> list[str]:
    """The options described at the head of the page that this verb takes; ``--help`` they all do."""
    given = {name for option in command.get_params(context) if isinstance(option, click.Option) for name in option.opts}
    own = {row.opts[0] for row in command.params if isinstance(row, click.Option) and not _is_shared(row)}
    return [name for name in SHARED_HELP if name in given - own]


def _is_shared(option: click.Option) -> bool:
    return any(name == "--help" or SHARED_HELP.get(name) == option.help for name in option.opts)


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
