"""``esos key``: make a key pair, and show its public part."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, json_option

if TYPE_CHECKING:
    from esos.vault.keyfile import KeyPair


@click.group("key")
def group() -> None:
    """Make and show key pairs."""


@group.command("new")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to keep it; never overwritten.")
@click.option("--exercise", is_flag=True, help="A key for practice: it can never make a real call.")
@json_option
def new(out: Path, *, exercise: bool, as_json: bool) -> None:
    """Make a key pair; the private part is readable by you only.

    Example: esos key new --out hospital.key
    """
    from esos.vault.keyfile import new_key, write_key
    from esos.words.realm import Realm

    key = new_key(Realm.EXERCISE if exercise else Realm.REAL)
    write_key(out, key)
    emit(_shown(key, out), as_json=as_json, words=_made_words(key, out))


@group.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def show(file: Path, *, as_json: bool) -> None:
    """Show a key's public part; never the private one.

    Example: esos key show hospital.key
    """
    from esos.vault.keyfile import read_key

    key = read_key(file)
    words = f"kid     {key.kid.hex()}\npublic  {key.public.hex()}\nrealm   {key.realm.value}"
    emit(_shown(key, file), as_json=as_json, words=words)


def _made_words(key: "KeyPair", out: Path) -> str:
    return f"{out}: key {key.kid.hex()} ({key.realm.value}). Keep a copy offline."


def _shown(key: "KeyPair", file: Path) -> dict[str, str]:
    from base64 import b64encode

    return {
        "kid": key.kid.hex(),
        "public": key.public.hex(),
        "public_base64": b64encode(key.public).decode(),
        "realm": key.realm.value,
        "file": str(file),
    }
