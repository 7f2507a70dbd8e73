"""``esos backup`` and ``esos restore``: a copy of a station's journal while it runs, and the way back."""

from pathlib import Path

import click

from esos.cli.common import emit, home_option, json_option, settings_for


@click.command("backup")
@home_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write the copy: one file.")
@json_option
def backup(home: Path, out: Path, *, as_json: bool) -> None:
    """Copy a station's journal, while it runs or not, into one verified file. Its key is not in it: keep that too.

    Example: esos backup --home club --out club-monday.journal
    """
    from esos.storage.backup import backup as copy
    from esos.vault.backups import mark_backup
    from esos.vault.home import STATION_FILE

    copied = copy(_journal_of(home), out)
    mark_backup(home)
    words = (
        f"{out}: {copied.head} statements, {copied.tree_size} in the log, {copied.size_bytes} bytes, verified.\n"
        f"The station's key is not in it: keep {home / STATION_FILE} as well, offline."
    )
    emit({"file": str(out), **_plain(copied)}, as_json=as_json, words=words)


@click.command("restore")
@home_option
@click.option("--from", "source", required=True, type=click.Path(path_type=Path), help="The copy.")
@click.option("--force", is_flag=True, help="Also where the journal has statements; it is kept beside the new one.")
@json_option
def restore(home: Path, source: Path, *, force: bool, as_json: bool) -> None:
    """Put a copy in the place of the journal of a station that does not run.

    Example: esos restore --home club --from club-monday.journal
    """
    from esos.storage.backup import restore as put_back
    from esos.vault.home import Home

    journal = _journal_of(home)
    with Home(home).alone():  # whatever starts a station again by itself waits until the copy is in its place
        copied = put_back(source, journal, force=force)
    words = f"The journal of {home} is the copy now: {copied.head} statements, {copied.tree_size} in the log."
    emit({"home": str(home), **_plain(copied)}, as_json=as_json, words=words)


def _journal_of(home: Path) -> str | Path:
    from esos.vault.home import Home

    folder = Home(home)
    folder.identity()
    return settings_for(home).database or folder.journal


def _plain(copied: object) -> dict[str, int]:
    import msgspec

    plain: dict[str, int] = msgspec.to_builtins(copied)
    return plain
