"""The console script ``esos``: finds the verb in the table, runs it, and turns refusals into exit codes.

Exit codes: 0 done, 2 usage, 3 refused, 4 not delivered, 5 a proof or signature does not hold.
"""

import importlib
import sys
from typing import Any

import click

from esos import __version__
from esos.cli.verbs import VERBS
from esos.errors import Conflict, EsosError, Unknown

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose verbs are loaded only when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the table."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb."""
        del ctx
        row = VERBS.get(cmd_name)
        if row is None:
            return None
        module, _, name = row[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "ESOS"})
@click.version_option(__version__, prog_name="esos")
@click.option("--settings", metavar="FILE", help="A TOML file with settings, and with defaults for every verb's flags.")
@click.option("--ca", metavar="FILE", envvar="ESOS_CA", help="Trust only the authorities in this PEM file for HTTPS.")
@click.pass_context
def cli(ctx: click.Context, settings: str | None, ca: str | None) -> None:
    """e-SOS: a distress call for cyberspace, with a duty to assist.

    \b
    Start here:      esos up
    Call for help:   esos call --station CARD --key FILE
    Every verb takes --json, and --help with an example.
    Completion:      eval "$(_ESOS_COMPLETE=bash_source esos)"   (or zsh, fish)
    """  # noqa: D301 - click wants the backspace as it is
    if ca:
        _trust_only(ca)
    if settings:
        from pathlib import Path

        from esos.cli.defaults import apply_file

        apply_file(ctx, Path(settings))


def _trust_only(file: str) -> None:
    """Every HTTPS client of this process reads the variable; raises ``Unknown`` (``input.missing``)."""
    import os
    from pathlib import Path

    if not Path(file).is_file():
        raise Unknown("input.missing", f"There is no file {file}.")
    os.environ["SSL_CERT_FILE"] = file


def main() -> None:
    """Run, and end with the exit code that brief 6 promises scripts."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code. Errors go to standard error, as JSON with ``--json``."""
    try:
        result: Any = cli.main(args=arguments, prog_name="esos", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as wrong:
        return _tell_usage(wrong, as_json="--json" in arguments)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    except EsosError as refusal:
        return tell_refusal(refusal, as_json="--json" in arguments)
    except OSError as trouble:
        return tell_refusal(_refusal_of_disk(trouble), as_json="--json" in arguments)
    return result if isinstance(result, int) else 0


def _refusal_of_disk(trouble: OSError) -> EsosError:
    """A file that cannot be written or read, in words; what is no file's fault is raised again."""
    if trouble.filename is None:
        raise trouble
    return Conflict(
        "file.trouble",
        f"{trouble.filename}: {trouble.strerror}.",
        hint="Check the folder, its rights, and the room on the disk.",
    )


def tell_refusal(refusal: EsosError, *, as_json: bool) -> int:
    """Say why on standard error, and what to do next; the exit code."""
    if as_json:
        import msgspec  # only when it is needed, so that starting stays quick

        said = {"code": refusal.code, "detail": refusal.detail, "hint": refusal.hint}
        click.echo(msgspec.json.encode(said).decode(), err=True)
    else:
        click.echo(f"{refusal.detail} [{refusal.code}]", err=True)
        if database := _said_by_database(refusal):
            click.echo(f"The database says: {database}", err=True)
        if refusal.hint:
            click.echo(refusal.hint, err=True)
    return refusal.exit_code


def _said_by_database(refusal: EsosError) -> str:
    """The words of a database that this very command opened; what a station answers over HTTP has none."""
    if refusal.code != "storage.unreachable" or refusal.__cause__ is None:
        return ""
    from esos.storage.trouble import said_by_driver

    return said_by_driver(refusal)


def _tell_usage(wrong: click.ClickException, *, as_json: bool) -> int:
    if as_json:
        import msgspec

        said = {"code": "usage", "detail": wrong.format_message(), "hint": "Add --help for the usage."}
        click.echo(msgspec.json.encode(said).decode(), err=True)
    else:
        wrong.show()
    return 2


if __name__ == "__main__":
    main()
