"""The imagined disk forgets just what a real one may forget, and the recorder beneath it misses no step."""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from disk_recorder import History, Names, Sync, SyncFolder, Truncate, Write, recording
from disk_states import Disk, crashes, kept_of, ways
from disk_story import NAME, Story, filled

from esos.storage.backup import restore

SEED = 20260

# ---------------------------------------------------------------------------------- the disk that it imagines
FILE, OTHER = 1, 2
OLD, NEW = b"o" * 1024, b"n" * 1024


def left_of(*steps) -> set[bytes | None]:
    """What a file may hold after some steps, when the power goes then."""
    disk = Disk(contents={FILE: OLD}, names={"file": FILE})
    for step in steps:
        disk.take(step)
    chance = random.Random(1)
    return {disk.after(kept_of(disk.pending, way)).get("file") for _ in range(50) for way in ways(disk.pending, chance)}


def test_what_was_forced_is_there_and_what_was_not_may_be_lost_or_torn_at_sectors():
    assert left_of(Write(FILE, 0, NEW), Sync(FILE)) == {NEW}
    assert left_of(Write(FILE, 0, NEW)) == {OLD, NEW, NEW[:512] + OLD[512:], OLD[:512] + NEW[512:]}
    assert left_of(Write(FILE, 0, NEW), Sync(OTHER)) == left_of(Write(FILE, 0, NEW))


def test_bytes_beside_a_write_are_not_touched_and_a_hole_holds_zeros():
    assert left_of(Write(FILE, 500, b"nn")) == {OLD, OLD[:500] + b"nn" + OLD[502:]}
    assert left_of(Write(FILE, 1026, b"n")) == {OLD, OLD + b"\0\0n"}
    assert left_of(Write(FILE, 511, b"nn")) == {
        OLD[:511] + one + other + OLD[513:] for one in (b"o", b"n") for other in (b"o", b"n")
    }


def test_a_later_write_may_arrive_without_an_earlier_one():
    assert OLD[:1] + b"2" + OLD[2:] in left_of(Write(FILE, 0, b"1"), Write(FILE, 1, b"2"))
    assert left_of(Truncate(FILE, 2), Write(FILE, 2, b"n")) >= {OLD[:2], OLD[:2] + b"n", OLD}


def test_a_new_name_is_only_there_for_certain_once_its_folder_was_forced():
    renamed = Names((("new", None), ("file", OTHER)))
    written = (Names((("new", OTHER),)), Write(OTHER, 0, NEW), Sync(OTHER))
    assert left_of(*written, renamed) == {OLD, NEW}
    assert left_of(*written, renamed, SyncFolder()) == {NEW}
    assert left_of(Names((("file", None),))) == {OLD, None}


def test_the_same_seed_gives_the_same_states():
    steps = [Write(FILE, place * 100, NEW) for place in range(5)]
    history = History.__new__(History)
    history.before, history.steps = {"file": OLD}, steps
    first, again = ([str(one) for one in crashes(history, budget=40, seed=3)] for _ in range(2))
    assert first == again
    assert len(first) > 10
    assert first != [str(one) for one in crashes(history, budget=40, seed=4)]


# ------------------------------------------------------------------------------- the recorder misses nothing
KINDS = {"pwrite64": "Write", "write": "Write", "ftruncate": "Truncate", "fsync": "Sync", "fdatasync": "Sync"}
CALLS = ",".join([*KINDS, "fallocate", "unlink", "unlinkat", "rename", "renameat", "link", "linkat"])
SEEN = re.compile(r"(\w+)\((?:AT_FDCWD[^,]*, )?(?:\d+<([^>]*)>|\"([^\"]*)\"(?:, \"([^\"]*)\")?)")
TRACED = """
import json, sys
from pathlib import Path
from test_disk_imagined import counted, traced_story
print(json.dumps(sorted(counted(traced_story(Path(sys.argv[1]))).items())))
"""


def traced_story(root: Path) -> History:
    """A story, then a restore over it: everything that is ever done to a journal's files."""
    folder = root / "told"
    folder.mkdir()
    filled(root / "copy.sqlite", 1, 2)
    with recording(folder) as history:
        asyncio.run(Story(history, random.Random(SEED)).play(3))
        restore(root / "copy.sqlite", folder / NAME, force=True)
    return history


def counted(history: History) -> Counter[str]:
    """How often each kind of step met each name. Making a file is left out: the system does not tell it from opening."""
    names, found = {}, Counter()
    for step in history.steps:
        match step:
            case Names(changes):
                name, file = changes[-1]
                found[f"named {name}"] += file is None or file in names
                names[file] = name
            case SyncFolder():
                found["forced the folder"] += 1
            case Write(file) | Truncate(file) | Sync(file):
                found[f"{type(step).__name__} {names[file]}"] += 1
    return +found


def calls(lines: list[str]) -> Iterator[str]:
    """Whole calls: one that was interrupted by another thread's is put together again."""
    begun: dict[str, str] = {}
    for line in lines:
        thread = line.split(" ", 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[thread] = line
        else:
            yield begun.pop(thread, "") + line


def seen_by_the_system(lines: list[str], folder: Path) -> Counter[str]:
    """The same from the system's own record of calls, which knows nothing of SQLite."""
    found = Counter()
    for line in calls(lines):
        call = SEEN.search(line)
        if call is None or "= -1 E" in line:
            continue
        kind, opened, first, second = call.groups()
        path = Path((opened or second or first or "").removesuffix(" (deleted)"))
        if path == folder and KINDS.get(kind) == "Sync":
            found["forced the folder"] += 1
        if path.parent == folder and not path.name.endswith("-shm"):
            found[f"{KINDS.get(kind, 'named')} {path.name}"] += 1
    return found


def test_the_recorder_sees_every_call_that_the_system_sees(quick_folder):
    traced = quick_folder / "calls"
    program = ["strace", "-f", "-y", "-s", "0", "-e", f"trace={CALLS}", "-o", str(traced), sys.executable, "-c", TRACED]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(
            [*program, str(quick_folder)], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("There is no strace here, which would show every call to the system.")
    if "PTRACE" in done.stderr:
        pytest.skip("No process may look at another's calls to the system here.")
    assert done.returncode == 0, done.stderr
    seen = seen_by_the_system(traced.read_text().splitlines(), quick_folder / "told")
    assert dict(json.loads(done.stdout)) == seen
    assert {
        "Write journal.sqlite-wal",
        "Sync journal.sqlite",
        "forced the folder",
        "named journal.sqlite",
    } <= seen.keys()
