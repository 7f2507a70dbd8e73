"""From the exact bytes of a pact file to a pact, or to one refusal that names the key and its line.

Unknown keys are refused, not ignored: a rule that somebody wrote and nobody reads would bind no one.
Any bytes give a ``Pact`` or a ``Malformed``. A pact is written by people; nothing here writes one.
"""

import hashlib
import re
import tomllib
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NoReturn, cast

import msgspec

from esos.errors import Malformed
from esos.pact.check import check
from esos.pact.durations import count, read_duration
from esos.pact.form import bare, describe, describe_field, fields_of, fits, is_duration, is_table, item_type
from esos.pact.lines import Path, line_of, locate, show_path
from esos.pact.model import Pact

PACT_MAX_BYTES = 256 * 1024
"""The largest pact file."""
PACT_LINE_MAX_CHARACTERS = 2_000
"""The longest line of one."""
PACTS_REMEMBERED = 8
"""Pacts that were read lately and need not be read again."""
_SHOWN_CHARACTERS = 60
_PLACE = re.compile(r"\s*\(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)$")


@lru_cache(maxsize=PACTS_REMEMBERED)
def read_pact(raw: bytes) -> Pact:
    """Read and check a pact file (TOML 1.0, UTF-8); ``digest`` is the SHA-256 of ``raw``.

    The same bytes are read when they are given, judged and folded; a pact never changes, so the last ones are kept.

    Raises ``Malformed`` with code ``pact.too_large``, ``pact.malformed``, ``pact.unknown_key``,
    ``pact.missing`` or ``pact.value``; the sentence begins with the line number.
    """
    text = _decode(raw)
    lines, tree = _parse(text)
    pact = cast("Pact", _Reader(lines).table(Pact, tree, (), usual=None))
    problem = check(pact)
    if problem is not None:
        path, sentence = problem
        raise Malformed("pact.value", f"Line {line_of(lines, path)}: {show_path(path)} {sentence}.")
    return msgspec.structs.replace(pact, digest=hashlib.sha256(raw).digest())


def _decode(raw: bytes) -> str:
    if len(raw) > PACT_MAX_BYTES:
        raise Malformed("pact.too_large", f"A pact has at most {PACT_MAX_BYTES:,} bytes, not {len(raw):,}.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Malformed("pact.malformed", f"Line {line}: a pact is UTF-8 text, and this is not.") from error
    for number, line_text in enumerate(text.split("\n"), start=1):
        if len(line_text) > PACT_LINE_MAX_CHARACTERS:
            raise Malformed(
                "pact.too_large", f"Line {number}: a line has at most {PACT_LINE_MAX_CHARACTERS:,} characters."
            )
    return text


def _parse(text: str) -> tuple[dict[Path, int], dict[str, object]]:
    try:
        tree = tomllib.loads(text)
        return locate(text), tree
    except RecursionError as error:
        raise Malformed("pact.malformed", "Line 1: the tables of this file nest too deeply.") from error
    except ValueError as error:
        # TOMLDecodeError, and what Python itself refuses, as a number of more digits than it converts.
        sentence, line = _place(str(error), text)
        raise Malformed("pact.malformed", f"Line {line}: this is no valid TOML. {sentence}.") from error


def _place(message: str, text: str) -> tuple[str, int]:
    match = _PLACE.search(message)
    if match is None:
        return message.rstrip("."), 1
    line = int(match["line"]) if match["line"] else text.rstrip().count("\n") + 1
    return message[: match.start()], line


class _Reader:
    """Walks the parsed tables and the model side by side."""

    def __init__(self, lines: dict[Path, int]) -> None:
        self._lines = lines

    def table(self, type_: type[msgspec.Struct], value: object, path: Path, *, usual: object) -> msgspec.Struct:
        """A table; keys it leaves out are taken from ``usual``, the default of the whole table, if there is one."""
        if not isinstance(value, dict):
            self._refuse(path, "must be a table")
        known = fields_of(type_)
        for key in value:
            if key not in known:
                self._unknown((*path, key), list(known))
        parts: dict[str, object] = {}
        for key, (field, field_type) in known.items():
            fallback = getattr(usual, field.name, field.default)
            if key in value:
                parts[field.name] = self._value(field.name, field_type, value[key], (*path, key), usual=fallback)
            elif isinstance(usual, type_):
                parts[field.name] = fallback
            elif field.required:
                self._missing((*path, key), describe_field(field.name, field_type))
        return type_(**parts)

    def _value(self, name: str, type_: Any, value: object, path: Path, *, usual: object = None) -> object:
        item = item_type(type_)
        if item is not None:
            return self._list(name, type_, item, value, path)
        if is_table(type_):
            return self.table(bare(type_), value, path, usual=usual)
        return self._duration(value, path) if is_duration(name) else self._leaf(type_, value, path)

    def _list(self, name: str, type_: Any, item: Any, value: object, path: Path) -> object:
        if not isinstance(value, list):
            self._refuse(path, f"must be {describe(type_)}")
        if not fits(type_, len(value)):
            self._refuse(path, f"must be {describe(type_)}, not {count(len(value), 'item')}")
        return tuple(self._value(name, item, one, (*path, index)) for index, one in enumerate(value))

    def _duration(self, value: object, path: Path) -> int:
        try:
            return read_duration(value)
        except Malformed as error:
            self._refuse(path, f"{error.detail}, not {_shown(value)}", hint=error.hint)

    def _leaf(self, type_: Any, value: object, path: Path) -> object:
        is_plain_date = isinstance(value, date) and not isinstance(value, datetime)
        refusal = f"must be {describe(type_)}, not {_shown(value)}"
        if (bare(type_) is date) != is_plain_date:
            self._refuse(path, refusal)
        try:
            return msgspec.convert(value, type_, strict=True)
        except msgspec.ValidationError:
            self._refuse(path, refusal)

    def _where(self, path: Path) -> str:
        return f"Line {line_of(self._lines, path)}: {show_path(path)}"

    def _unknown(self, path: Path, known: list[str]) -> NoReturn:
        raise Malformed(
            "pact.unknown_key",
            f"{self._where(path)} is no key of a pact.",
            hint=f"Here a pact may have: {', '.join(known)}.",
        )

    def _missing(self, path: Path, wanted: str) -> NoReturn:
        raise Malformed("pact.missing", f"{self._where(path)} is missing; it must be {wanted}.")

    def _refuse(self, path: Path, sentence: str, *, hint: str = "") -> NoReturn:
        raise Malformed("pact.value", f"{self._where(path)} {sentence}.", hint=hint)


def _shown(value: object) -> str:
    shown = "a table" if isinstance(value, dict) else ascii(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[: _SHOWN_CHARACTERS - 1]}…"
