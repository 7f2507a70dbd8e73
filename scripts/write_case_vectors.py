"""Write spec/vectors/case/: case files that hold, and for each refusal one that must be refused with it.

The files are made by the station of the tests that signs whatever it is told, with fixed keys and times.
``--check`` writes nothing and fails where a file is missing, stale or too many.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "spec" / "vectors" / "case"
sys.path.insert(0, str(ROOT / "tests"))

from doubles.case_forge import ORIGIN, PUBLIC  # noqa: E402 - the path comes first
from doubles.hostile_cases import BY_ANYBODY, BY_THE_STATION, HOLDING, Hostile  # noqa: E402 - likewise
from vector_files import named, write_or_check  # noqa: E402 - likewise

from esos.case.bundle import write_bundle  # noqa: E402 - likewise


def chosen() -> Iterator[tuple[str, Hostile]]:
    """What holds, and of what does not the first file for each code that its first failing step has."""
    yield from HOLDING.items()
    seen: set[str] = set()
    for name, hostile in {**BY_ANYBODY, **BY_THE_STATION}.items():
        if hostile.codes[0] not in seen:
            seen.add(hostile.codes[0])
            yield name, hostile


def vector(hostile: Hostile) -> dict[str, Any]:
    expect = {"refused": list(hostile.codes)} if hostile.codes else {"accepted": True}
    return {
        "expect": expect,
        "sentence": hostile.sentence,
        "public": PUBLIC.hex(),
        "origin": ORIGIN,
        "case_file": json.loads(write_bundle(hostile.make())),
    }


def files() -> dict[str, str]:
    """Every vector file's name and content."""
    return named(((name, vector(hostile)) for name, hostile in chosen()), indent=1)


if __name__ == "__main__":
    sys.exit(write_or_check(FOLDER, files(), __doc__))
