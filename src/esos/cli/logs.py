"""What the program tells its operator: facts with fixed names, on standard error or in a file that is turned over.

Keys and victims' words are never logged; ``log_level`` and ``log_json`` choose how much and in which form. A file
is turned over here by its size; with ``log_file_bytes`` 0 that is left to a tool like logrotate, after which the
next line goes into the new file without a signal.
"""

import logging
import logging.handlers
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from esos.errors import Conflict

if TYPE_CHECKING:
    from esos.settings import Settings

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_OWN = "esos"
_PRIVATE = 0o600


class _Stderr(logging.StreamHandler[TextIO]):
    """Standard error as it is when a line is written, not as it was when this was made."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)


class _Turned(logging.handlers.RotatingFileHandler):
    """A file turned over by its size, readable by its owner only; several processes of one station may write it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, into the new file where another process has turned it over."""
        if self.stream is not None and not _is_at(self.stream, self.baseFilename):
            self.stream.close()
            self.stream = self._open()
        super().emit(record)

    def _open(self) -> Any:
        return _open_private(self.baseFilename)


class _Watched(logging.handlers.WatchedFileHandler):
    """A file that another tool turns over: when it was moved away, the next line begins a new one."""

    def _open(self) -> Any:
        return _open_private(self.baseFilename)


def configure(settings: "Settings", *, is_station: bool = False) -> None:
    """Set up logging for this process; what libraries log through the standard library comes out likewise.

    Only the station itself writes its log file: a command beside it, perhaps another user's, tells whoever typed it.

    Raises ``Conflict`` (``log.file``) where the file cannot be written.
    """
    level = _LEVELS[settings.log_level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _file_handler(settings) if is_station and settings.log_file else _Stderr()
    rendering = _rendering(settings, in_colours=isinstance(handler, _Stderr) and sys.stderr.isatty())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=rendering))
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, _Stderr | _Turned | _Watched):
            old.close()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger(_OWN).setLevel(level)


def _rendering(settings: "Settings", *, in_colours: bool) -> list[structlog.typing.Processor]:
    bare = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_json:
        return [bare, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [bare, structlog.dev.ConsoleRenderer(colors=in_colours, exception_formatter=plain)]


def _file_handler(settings: "Settings") -> logging.Handler:
    path = Path(settings.log_file)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not settings.log_file_bytes:
            return _Watched(path, encoding="utf-8")
        kept = max(1, settings.log_files_kept)
        return _Turned(path, maxBytes=settings.log_file_bytes, backupCount=kept, encoding="utf-8")
    except OSError as cause:
        raise Conflict(
            "log.file",
            f"The log cannot be written to {path}: {cause.strerror}.",
            hint="Set log_file to a file that the station's user may write, or to nothing for standard error.",
        ) from cause


def _is_at(stream: TextIO, path: str) -> bool:
    """Whether an open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), Path(path).stat())
    except FileNotFoundError:
        return False


def _open_private(path: str) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    return os.fdopen(handle, "a", encoding="utf-8")
