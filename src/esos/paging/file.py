"""Pages appended to a file, one JSON line a page: for tests, drills and stations without any network."""

import asyncio
import fcntl
import os
import re
import threading
from pathlib import Path

import msgspec

from esos.errors import Busy, Malformed
from esos.paging.letter import letter_of
from esos.station.ports import PageMessage, Sent

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class FileConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the files lie; the folder is made when it is missing."""

    directory: Path


class FiledPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the file. ``id`` is the page's stable id: the same on a retry."""

    id: str
    title: str
    text: str
    link: str
    urgency: str
    exercise: bool
    test: bool


class FileChannel:
    """Appends each page to ``NAME.jsonl`` in the folder; the address is NAME. Written through to the disk."""

    scheme = "file"

    def __init__(self, config: FileConfig) -> None:
        self._directory = config.directory
        self._one_at_a_time = threading.Lock()

    async def send(self, page: PageMessage) -> Sent:
        """Append the page. ``Malformed`` (``paging.address``) unless the address is a plain name."""
        if not _NAME.fullmatch(page.address):
            raise Malformed(
                "paging.address",
                "The address of a page to a file is a plain name.",
                hint="Use 1 to 64 letters, digits, hyphens or underscores.",
            )
        try:
            await asyncio.to_thread(self._append, self._directory / f"{page.address}.jsonl", _line(page))
        except OSError as trouble:
            raise Busy(
                "paging.unreachable", f"The page could not be written to its file: {trouble.strerror}."
            ) from trouble
        return Sent(provider="file", detail=f"It was appended to {page.address}.jsonl.")

    async def close(self) -> None:
        """Nothing is held."""

    def _append(self, path: Path, line: bytes) -> None:
        """Append in this thread, alone among threads and processes: another's half-written line would look torn."""
        with self._one_at_a_time:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, _FLAGS, 0o600), "ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(b"\n" * _is_torn(file.fileno()) + line)
                file.flush()
                os.fsync(file.fileno())


def _line(page: PageMessage) -> bytes:
    letter = letter_of(page)
    filed = FiledPage(
        id=page.stable_id,
        title=letter.title,
        text=letter.text,
        link=page.link,
        urgency=page.urgency,
        exercise=page.is_exercise,
        test=page.is_test,
    )
    return msgspec.json.encode(filed) + b"\n"


def _is_torn(handle: int) -> bool:
    """Whether an earlier write was cut off by a crash: then its half line must not swallow the next."""
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"
