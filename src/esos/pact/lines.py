"""Where in a TOML file each key stands: an exact map from key paths to line numbers.

The standard reader of TOML gives values without lines. This one walks a text which that reader has
already accepted, so it need not judge, only follow the same structure (TOML 1.0.0).
"""

import tomllib

from esos.errors import Malformed

KEY_PARTS_MAX = 16
"""The most parts a dotted key may have: no table of a pact lies half as deep."""
KEY_SHOWN_CHARACTERS = 60
"""How much of a key a refusal repeats."""
Path = tuple[str | int, ...]
_BARE_END = " \t.=]"
_SCALAR_END = ",]}\n#"
_QUOTES = ('"""', "'''", '"', "'")


def locate(text: str) -> dict[Path, int]:
    """The line (from 1) on which each key, table and array item of a valid TOML text first stands.

    Items of arrays have their index in the path, as ``("law", "hooks", 0, "name")``. Raises
    ``Malformed`` (``pact.malformed``) for a key of more than ``KEY_PARTS_MAX`` parts.
    """
    return _Walk(text.replace("\r\n", "\n")).whole()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table around it; 1 for the whole file."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def show_path(path: Path) -> str:
    """A path as people write it: ``law.hooks[0].name``; odd keys are quoted, long ones cut."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{_show_key(part)}"
    return shown.removeprefix(".")


def _show_key(key: str) -> str:
    short = key if len(key) <= KEY_SHOWN_CHARACTERS else f"{key[: KEY_SHOWN_CHARACTERS - 1]}…"
    return short if short.replace("-", "").replace("_", "").isalnum() and short.isascii() else ascii(short)


class _Walk:
    """One pass over the text; ``_position`` is the next character to look at."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._counted = 0
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}

    def whole(self) -> dict[Path, int]:
        base: Path = ()
        self._skip_blank()
        while self._position < len(self._text):
            if self._text[self._position] == "[":
                base = self._header()
            else:
                self._pair(base)
            self._skip_blank()
        return self._lines

    def _note(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        self._lines.setdefault(path, self._line)

    def _header(self) -> Path:
        is_array = self._text.startswith("[[", self._position)
        self._position += 2 if is_array else 1
        path: Path = ()
        parts = self._key()
        for part in parts[:-1]:
            path = self._enter((*path, part))
        path = (*path, parts[-1])
        self._note(path)
        self._position = self._text.index("]", self._position) + (2 if is_array else 1)
        if not is_array:
            return path
        self._tables[path] = self._tables.get(path, 0) + 1
        path = (*path, self._tables[path] - 1)
        self._note(path)
        return path

    def _enter(self, path: Path) -> Path:
        """Step into a table; into the last one where the path is an array of tables."""
        self._note(path)
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _pair(self, base: Path) -> None:
        path = base
        start = self._position
        parts = self._key()
        after, self._position = self._position, start
        for part in parts:
            path = (*path, part)
            self._note(path)
        self._position = after + 1
        self._skip_space()
        self._value(path)

    def _key(self) -> list[str]:
        """The parts of a dotted key; stops at the ``=`` or ``]`` behind it."""
        parts: list[str] = []
        while len(parts) < KEY_PARTS_MAX:
            self._skip_space()
            parts.append(self._key_part())
            self._skip_space()
            if self._text[self._position] != ".":
                return parts
            self._position += 1
        self._note(())
        raise Malformed("pact.malformed", f"Line {self._line}: a key has at most {KEY_PARTS_MAX} parts.")

    def _key_part(self) -> str:
        start = self._position
        if self._text[start] in "\"'":
            self._string(self._text[start])
            return next(iter(tomllib.loads(f"{self._text[start : self._position]}=0")))
        while self._text[self._position] not in _BARE_END:
            self._position += 1
        return self._text[start : self._position]

    def _value(self, path: Path) -> None:
        quote = next((mark for mark in _QUOTES if self._text.startswith(mark, self._position)), "")
        if quote:
            self._string(quote)
        elif self._text[self._position] == "[":
            self._array(path)
        elif self._text[self._position] == "{":
            self._inline_table(path)
        else:
            self._scalar()

    def _string(self, quote: str) -> None:
        self._position += len(quote)
        while not self._text.startswith(quote, self._position):
            is_escape = quote[0] == '"' and self._text[self._position] == "\\"
            self._position += 2 if is_escape else 1
        self._position += len(quote)
        if quote != quote[0]:
            # Up to two more quotes may belong to the text itself.
            while self._text.startswith(quote[0], self._position):
                self._position += 1

    def _array(self, path: Path) -> None:
        self._position += 1
        index = 0
        self._skip_blank()
        while self._text[self._position] != "]":
            self._note((*path, index))
            self._value((*path, index))
            index += 1
            self._skip_comma()
        self._position += 1

    def _inline_table(self, path: Path) -> None:
        self._position += 1
        self._skip_blank()
        while self._text[self._position] != "}":
            self._pair(path)
            self._skip_comma()
        self._position += 1

    def _scalar(self) -> None:
        while self._position < len(self._text) and self._text[self._position] not in _SCALAR_END:
            self._position += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self._text[self._position] == ",":
            self._position += 1
            self._skip_blank()

    def _skip_space(self) -> None:
        while self._position < len(self._text) and self._text[self._position] in " \t":
            self._position += 1

    def _skip_blank(self) -> None:
        """Skip spaces, line ends and comments."""
        while self._position < len(self._text):
            if self._text[self._position] == "#":
                end = self._text.find("\n", self._position)
                self._position = len(self._text) if end < 0 else end
            elif self._text[self._position] in " \t\n":
                self._position += 1
            else:
                return
