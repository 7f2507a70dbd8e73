"""A folder of vectors is exactly what its script makes: written anew, or compared with ``--check``."""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

Vector = dict[str, Any]


def named(vectors: Iterable[tuple[str, Vector]], *, indent: int = 2) -> dict[str, str]:
    """Every vector file's name and content."""
    return {f"{name}.json": json.dumps(vector, indent=indent, ensure_ascii=False) + "\n" for name, vector in vectors}


def all_of(*sources: Callable[[], Iterator[tuple[str, Vector]]]) -> Iterator[tuple[str, Vector]]:
    """What all of these make, one after the other."""
    for source in sources:
        yield from source()


def write_or_check(folder: Path, wanted: dict[str, str], about: str | None) -> int:
    """Do what the command line says; the program's exit code, 1 where ``--check`` found a difference."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where a file is stale")
    is_check = parser.parse_args().check
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    if is_check:
        stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
        print("\n".join(stale) or f"{len(wanted)} vectors")
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - wanted.keys():
        (folder / name).unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")
    print(f"{len(wanted)} vectors")
    return 0
