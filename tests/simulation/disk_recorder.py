"""Every change that the real journal makes to its files, in order, seen inside the very SQLite that Python runs.

SQLite reaches files through a table of functions, its VFS. While a recording runs, a copy of the usual table is the
default one: four of its functions write down what they do and then do it, in the library that ``sqlite3`` itself is
linked to. What Python does beside it (``os.open``, ``os.fsync``, ``os.replace`` …) is written down likewise.
Decision 0049 says why it is done so.
"""

import _sqlite3
import ctypes
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


# ------------------------------------------------------------------------------------- what is written down
@dataclass(frozen=True, slots=True)
class Write:
    """Bytes went to a place in a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file was cut, or made longer by zeros."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything written to a file was forced to the disk."""

    file: int


@dataclass(frozen=True, slots=True)
class Names:
    """The folder changed, in one step that is done or not: each name now means this file, or none."""

    changes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """Every change of names was forced to the disk."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something was promised here to whoever waits for it."""

    what: Any


Step = Write | Truncate | Sync | Names | SyncFolder | Mark


@dataclass(slots=True)
class History:
    """What lay in a folder at first, durable, and every step since."""

    folder: Path
    before: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _by_inode: dict[int, int] = field(default_factory=dict)
    _files: int = 0

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        for path in sorted(path for path in self.folder.iterdir() if self.name_of(path)):
            self.before[path.name] = path.read_bytes()
            self._new_file(path)

    def mark(self, what: Any) -> None:
        """Write down a promise."""
        self.add(Mark(what))

    def add(self, step: Step) -> None:
        """Write down a step."""
        with self._lock:
            self.steps.append(step)

    def name_of(self, path: str | bytes | os.PathLike) -> str | None:
        """The name of a path inside the folder; None for every other, and for memory that is shared by name only."""
        full = Path(os.fsdecode(path))
        is_inside = full.parent.resolve() == self.folder and not full.name.endswith("-shm")
        return full.name if is_inside else None

    def created(self, name: str) -> None:
        """A file of this name was made just now."""
        self.add(Names(((name, self._new_file(self.folder / name)),)))

    def file(self, inode: int) -> int | None:
        """Our number of a file that the system knows under this one."""
        return self._by_inode.get(inode)

    def file_at(self, name: str) -> int | None:
        """Our number of the file that has this name."""
        return self.file((self.folder / name).stat().st_ino)

    def _new_file(self, path: Path) -> int:
        self._files += 1
        self._by_inode[path.stat().st_ino] = self._files
        return self._files


# ------------------------------------------------------------------------------------- SQLite's own tables
class _IoMethods(ctypes.Structure):
    """``sqlite3_io_methods``: what can be done with an open file."""

    _fields_ = (
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync", "file_size", "lock", "unlock")),
        *((name, c_void_p) for name in ("is_reserved", "control", "sector_size", "characteristics")),
        *((name, c_void_p) for name in ("shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch")),
    )


class _File(ctypes.Structure):
    """``sqlite3_file``: its first word points to its methods; the rest is the business of the usual VFS."""

    _fields_ = (("methods", POINTER(_IoMethods)),)


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs``: how files are found, opened and deleted."""

    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("path_bytes", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        *((name, c_void_p) for name in ("open", "delete", "access", "full_path", "dl_open", "dl_error", "dl_sym")),
        *((name, c_void_p) for name in ("dl_close", "randomness", "sleep", "time", "last_error", "time64")),
        *((name, c_void_p) for name in ("set_call", "get_call", "next_call")),
    )


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_SET_CALL = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)
_GET_CALL = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
_OPEN_FOLDER = CFUNCTYPE(c_int, c_char_p, POINTER(c_int))
_FOLDER_CALL = b"openDirectory"
"""The unix VFS opens a folder by this call for one purpose: it forces it to the disk next, and closes it."""
_OK = 0


class _Tap:
    """The copied table. It lives as long as the process, since a connection may outlive the recording."""

    def __init__(self) -> None:
        self.active: History | None = None
        self._library = ctypes.CDLL(_sqlite3.__file__)  # finds the symbols of exactly the SQLite it is linked to
        self._library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._usual = self._library.sqlite3_vfs_find(None)
        self._open_files: dict[int, int] = {}
        self._methods: dict[int, _IoMethods] = {}
        self._kept_alive: list[Any] = []
        self._open = _OPEN(self._usual.contents.open)
        self._delete = _DELETE(self._usual.contents.delete)
        self._vfs = _Vfs.from_buffer_copy(self._usual.contents)
        self._vfs.name = b"esos-recorder"
        self._vfs.next = None
        self._vfs.open = self._pointer(_OPEN, self._on_open)
        self._vfs.delete = self._pointer(_DELETE, self._on_delete)
        found = _GET_CALL(self._vfs.get_call)(self._usual, _FOLDER_CALL)
        self._open_folder = _OPEN_FOLDER(found)
        self._tapped_folder = self._pointer(_OPEN_FOLDER, self._on_open_folder)

    def begin(self, history: History) -> None:
        """From now on every connection that is opened is seen."""
        assert self.active is None, "one recording at a time"
        self.active = history
        assert self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) == _OK
        _SET_CALL(self._vfs.set_call)(ctypes.addressof(self._vfs), _FOLDER_CALL, self._tapped_folder)

    def end(self) -> None:
        """The usual table is the default again."""
        _SET_CALL(self._vfs.set_call)(ctypes.addressof(self._vfs), _FOLDER_CALL, None)
        self._library.sqlite3_vfs_register(self._usual, 1)
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
        self.active = None

    def _pointer(self, shape: Any, run: Callable[..., int]) -> int | None:
        """A C function that runs this; a fault in it is kept, because C would not hear of it."""

        def guarded(*args: Any) -> int:
            try:
                return run(*args)
            except BaseException as fault:  # noqa: BLE001 - told when the recording ends
                if self.active is not None:
                    self.active.faults.append(fault)
                return 1

        function = shape(guarded)
        self._kept_alive.append(function)
        return ctypes.cast(function, c_void_p).value

    def _on_open(self, vfs: int, name: int | None, file: Any, flags: int, flags_out: Any) -> int:
        history = self.active
        known = history.name_of(ctypes.string_at(name)) if history and name else None
        is_new = known is not None and not (history.folder / known).exists()
        code = self._open(ctypes.addressof(self._usual.contents), name, file, flags, flags_out)
        if code == _OK and known is not None:
            if is_new:
                history.created(known)
            self._open_files[ctypes.addressof(file.contents)] = history.file_at(known)
            file.contents.methods = ctypes.pointer(self._tapped(file.contents.methods))
        return code

    def _on_delete(self, vfs: int, name: bytes, sync_folder: int) -> int:
        known = self.active.name_of(name) if self.active else None
        was_there = known is not None and (self.active.folder / known).exists()
        if was_there:  # before the call, which may go on to force the folder
            self.active.add(Names(((known, None),)))
        return self._delete(ctypes.addressof(self._usual.contents), name, sync_folder)

    def _on_open_folder(self, path: bytes, handle: Any) -> int:
        code = self._open_folder(path, handle)
        if code == _OK and self.active and Path(os.fsdecode(path)).parent.resolve() == self.active.folder:
            self.active.add(SyncFolder())
        return code

    def _tapped(self, usual: Any) -> _IoMethods:
        address = ctypes.addressof(usual.contents)
        if address not in self._methods:
            self._methods[address] = self._tap_methods(usual.contents)
        return self._methods[address]

    def _tap_methods(self, usual: _IoMethods) -> _IoMethods:
        write, truncate, sync = _WRITE(usual.write), _TRUNCATE(usual.truncate), _SYNC(usual.sync)
        close = CFUNCTYPE(c_int, c_void_p)(usual.close)

        def on_write(file: int, data: int, count: int, offset: int) -> int:
            code = write(file, data, count, offset)
            return self._done(code, file, lambda known: Write(known, offset, ctypes.string_at(data, count)))

        def on_truncate(file: int, size: int) -> int:
            return self._done(truncate(file, size), file, lambda known: Truncate(known, size))

        def on_sync(file: int, flags: int) -> int:
            # The file first, then perhaps the folder: the order in which the call itself goes about it.
            self._done(_OK, file, Sync)
            return sync(file, flags)

        def on_close(file: int) -> int:
            self._open_files.pop(file, None)
            return close(file)

        tapped = _IoMethods.from_buffer_copy(usual)
        tapped.write = self._pointer(_WRITE, on_write)
        tapped.truncate = self._pointer(_TRUNCATE, on_truncate)
        tapped.sync = self._pointer(_SYNC, on_sync)
        tapped.close = self._pointer(CFUNCTYPE(c_int, c_void_p), on_close)
        return tapped

    def _done(self, code: int, file: int, step: Callable[[int], Step]) -> int:
        known = self._open_files.get(file)
        if code == _OK and self.active and known is not None:
            self.active.add(step(known))
        return code


_tap: list[_Tap] = []


# ------------------------------------------------------------------------------------- what Python does itself
class _Os:
    """The functions of ``os`` that change files or names, each doing its work and writing it down."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._usual = {name: getattr(os, name) for name in ("open", "fsync", "link", "replace", "unlink")}

    def begin(self) -> None:
        for name in self._usual:
            setattr(os, name, getattr(self, name))
        os.rename, os.remove, os.fdatasync = self.replace, self.unlink, self.fsync

    def end(self) -> None:
        for name, usual in self._usual.items():
            setattr(os, name, usual)
        os.rename, os.remove, os.fdatasync = _RENAME, _REMOVE, _FDATASYNC

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        name = self._history.name_of(path)
        is_new = name is not None and not os.path.lexists(path)
        handle = self._usual["open"](path, flags, mode, dir_fd=dir_fd)
        if is_new:
            self._history.created(name)
        return handle

    def fsync(self, handle: int) -> None:
        found = os.fstat(handle)
        self._usual["fsync"](handle)
        if stat.S_ISDIR(found.st_mode):
            if found.st_ino == self._history.folder.stat().st_ino:
                self._history.add(SyncFolder())
        elif (file := self._history.file(found.st_ino)) is not None:
            self._history.add(Sync(file))

    def link(self, source: Any, target: Any) -> None:
        self._usual["link"](source, target)
        self._renamed((), target)

    def replace(self, source: Any, target: Any) -> None:
        self._usual["replace"](source, target)
        self._renamed((source,), target)

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._usual["unlink"](path, dir_fd=dir_fd)
        if (name := self._history.name_of(path)) is not None:
            self._history.add(Names(((name, None),)))

    def _renamed(self, gone: tuple[Any, ...], target: Any) -> None:
        name = self._history.name_of(target)
        if name is not None:
            lost = tuple((self._history.name_of(path), None) for path in gone)
            self._history.add(Names((*lost, (name, self._history.file_at(name)))))


_RENAME, _REMOVE, _FDATASYNC = os.rename, os.remove, os.fdatasync


@contextmanager
def recording(folder: Path) -> Iterator[History]:
    """The history of a folder while the block runs; what is there at first counts as safely on the disk."""
    if not _tap:
        _tap.append(_Tap())
    history = History(folder)
    python = _Os(history)
    _tap[0].begin(history)
    python.begin()
    try:
        yield history
    finally:
        python.end()
        _tap[0].end()
    assert history.faults == []
