"""What verbs share: options, output in words or JSON, and running asynchronous work."""

import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeVar

import click

from esos.errors import Malformed, Unknown

if TYPE_CHECKING:
    from esos.settings import Settings
    from esos.station.station import Station

Result = TypeVar("Result")
Verb = TypeVar("Verb", bound=Callable[..., Any])
INPUT_MAX_BYTES = 1_048_576
CELL_WIDTH = 56
"""Where a text in a table goes on in its next line."""
NONE = "\N{EN DASH}"
"""Stands in a table where there is nothing."""

json_option = click.option("--json", "as_json", is_flag=True, help="Results and errors as JSON.")
home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("esos-home"),
    show_default=True,
    envvar="ESOS_HOME",
    help="The station's home folder.",
)


def station_options(verb: Verb) -> Verb:
    """How a verb finds its station: a home on this machine, or an address and a token."""
    for option in (
        json_option,
        click.option("--token", default="", envvar="ESOS_TOKEN", help="Your token there (esos officer add gives one)."),
        click.option("--url", default="", envvar="ESOS_URL", help="The station's address, instead of a home."),
        home_option,
    ):
        verb = option(verb)
    return verb


def settings_for(home: Path, *, file: Path | None = None, flags: Mapping[str, Any] | None = None) -> "Settings":
    """The settings of a station: flags, ``ESOS_*``, then one file: that named, ``ESOS_SETTINGS``, or its home's own."""
    from esos.settings import read_settings

    return read_settings(file=settings_file(home, file), flags=dict(flags or {}))


def settings_file(home: Path, named: Path | None = None) -> Path | None:
    """The one file that counts: that named, ``ESOS_SETTINGS``, or the home's own; None where there is none."""
    import os

    from esos.settings import SETTINGS_FILE

    own = home / SETTINGS_FILE
    named = named or (Path(os.environ["ESOS_SETTINGS"]) if os.environ.get("ESOS_SETTINGS") else None)
    return named or (own if own.is_file() else None)


@asynccontextmanager
async def open_home(home: Path, settings: "Settings | None" = None) -> "AsyncIterator[Station]":
    """The station of a home on this machine, without doors; works beside its running process too.

    ``settings`` are those in force for it, where they are known already.
    """
    from esos.cli.logs import configure
    from esos.service import opened_station
    from esos.vault.home import Home

    settings = settings or settings_for(home)
    configure(settings)
    async with opened_station(Home(home), settings, lambda: settings.public_url) as station:
        yield station


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run asynchronous work to its end; what it raises comes out as itself, not in a group of one."""
    import asyncio

    return run_in(asyncio.run, work)


def run_in(runner: Callable[[Coroutine[Any, Any, Result]], Result], work: Coroutine[Any, Any, Result]) -> Result:
    """The same with another loop."""
    try:
        return runner(work)
    except BaseExceptionGroup as group:
        raise _first_of(group) from group


def _first_of(group: BaseExceptionGroup[Any]) -> BaseException:
    first: BaseException = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


def emit(result: object, *, as_json: bool, words: str | None = None) -> None:
    """The result on standard output: JSON on one line, or words."""
    if as_json or words is None:
        import msgspec  # only when it is needed, so that help is there at once

        encoded = msgspec.json.encode(result, enc_hook=_encode)
        click.echo(encoded if as_json else msgspec.json.format(encoded, indent=2))
    elif words:
        click.echo(words)


def note(text: str) -> None:
    """A diagnostic on standard error; a call goes on although nobody reads it any more."""
    with suppress(BrokenPipeError):
        click.echo(text, err=True)


def read_input(path: str) -> bytes:
    """A small file's bytes, or standard input for ``-``; raises as ``read_bytes`` does."""
    return read_bytes(path, INPUT_MAX_BYTES)


def read_bytes(path: str, limit: int = INPUT_MAX_BYTES) -> bytes:
    """A file's bytes, or standard input for ``-``.

    Raises ``Unknown`` (``input.missing``) and ``Malformed`` (``input.large``).
    """
    if path == "-":
        raw = sys.stdin.buffer.read(limit + 1)
    else:
        file = Path(path)
        if not file.is_file():
            raise Unknown("input.missing", f"There is no file {path}.")
        with file.open("rb") as stream:
            raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise Malformed("input.large", f"This input may have at most {limit} bytes.")
    return raw


def read_text(path: str, limit: int = 64 * INPUT_MAX_BYTES) -> str:
    """A text in UTF-8; raises ``Malformed`` (``input.text``) beside what ``read_bytes`` raises."""
    try:
        return read_bytes(path, limit).decode("utf-8")
    except UnicodeDecodeError as cause:
        raise Malformed("input.text", f"{path} is no text in UTF-8.") from cause


def clock(ms: int) -> str:
    """An instant as people read it here: UTC to the second; a dash for none."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if ms else NONE


def table(rows: Sequence[tuple[str, ...]], head: tuple[str, ...]) -> str:
    """Columns of text, as wide as they must be; a long text goes on in the next line of its own column."""
    folded = [[_folded(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(part) for row in folded for part in row[at]) for at in range(len(head))]
    lines = [
        "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for row in folded
        for parts in zip_longest(*row, fillvalue="")
    ]
    return "\n".join(lines)


def _folded(cell: str) -> list[str]:
    """A cell's lines; a word that is longer than a line stays whole, so that an id can be copied."""
    return wrap(cell, CELL_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def read_json(path: str) -> Any:
    """A JSON file, or standard input for ``-``; raises ``Malformed`` (``input.json``) and as ``read_input`` does."""
    import msgspec

    try:
        return msgspec.json.decode(read_input(path))
    except msgspec.DecodeError as cause:
        raise Malformed("input.json", f"{path} is no JSON: {cause}.") from cause


def _encode(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError
