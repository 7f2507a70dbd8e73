"""Catalogues of sentences: extract what is said, keep what is translated, compile; and translate many at once.

``make catalogues`` extracts from Python, the templates and the shipped laws, merges into each ``.po`` and compiles.
``missing fr`` prints what has no translation as JSON; ``fill fr FILE`` takes the same keys with their translations
(a list where a count decides) and merges again.
"""

import ast
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.nodes import Call, Const, Name

HERE = Path(__file__).parent.parent
SOURCE = HERE / "src" / "esos"
LAWS = SOURCE / "law" / "shipped.toml"
PACTS = SOURCE / "pact" / "shipped"
FOLDER = SOURCE / "catalogues"
LANGUAGES = ("fr", "es", "ar")
PLURALS = {
    "fr": (2, "(n > 1)"),
    "es": (2, "(n != 1)"),
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5)"),
}
FIRST = frozenset({"say", "later"})
COUNTED = frozenset({"say_count", "later_count"})
TABLES = {"Act": ("title", "button", "says"), "Field": ("label", "hint")}
GATHERED = frozenset({"Field", "_question", "_coded", "_yes_no", "Kind", "Option", "StepWords"})
"""Calls whose every sentence is shown: answers of forms, questions, what a kind of statement says."""
REFUSALS = frozenset({
    "Malformed", "Unauthenticated", "Forbidden", "Unknown", "Conflict", "TooLarge", "Busy", "WrongMethod", "WrongMedia",
    "ProofFailed", "Fault", "Refusal",
})  # fmt: skip
REASONS = frozenset({"Refused", "Verdict"})
"""Why a statement changed nothing, as its history keeps it."""
REFUSING = ("station/", "case/", "words/", "web/")
"""Where refusals are made that a person at a page may read; programs read theirs in English."""
LAW_TEXTS = ("title", "applies", "to", "note")
LAW_PARTS = {"moments": ("words",), "clocks": ("title", "note")}
"""What is shown of a law, and of each of its parts; what it rests on is cited as it is."""
PROGRAMS = ("web/api/",)
GATHERING = ("web/console/", "triage/questions.py", "message/kinds.py")

Key = tuple[str, ...]
"""One sentence, or two where a count decides."""


def said_everywhere() -> dict[Key, set[str]]:
    """Every sentence to translate, with the files that say it."""
    found: dict[Key, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(HERE).as_posix()
        inside = path.relative_to(SOURCE).as_posix()
        refuses = inside.startswith(REFUSING) and not inside.startswith(PROGRAMS)
        gathers = inside.startswith(GATHERING)
        for key in in_python(path.read_text(encoding="utf-8"), refuses=refuses, gathers=gathers):
            found.setdefault(key, set()).add(place)
    for path in sorted((SOURCE / "web" / "templates").rglob("*.*")):
        for key in in_template(path.read_text(encoding="utf-8")):
            found.setdefault(key, set()).add(path.relative_to(HERE).as_posix())
    for key in in_laws(LAWS.read_text(encoding="utf-8")):
        found.setdefault(key, set()).add(LAWS.relative_to(HERE).as_posix())
    for path in sorted(PACTS.glob("*.toml")):
        for key in in_pact(path.read_text(encoding="utf-8")):
            found.setdefault(key, set()).add(path.relative_to(HERE).as_posix())
    return found


def in_python(text: str, *, refuses: bool = False, gathers: bool = False) -> Iterator[Key]:
    """What a module says, marks for later, puts in a table of acts, or refuses with."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from _of_call(node, refuses=refuses, gathers=gathers)


def _of_call(node: ast.Call, *, refuses: bool, gathers: bool) -> Iterator[Key]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [_text(one) for one in node.args]
    named = {one.arg: _text(one.value) for one in node.keywords}
    if name in FIRST and isinstance(node.func, ast.Name) and texts and texts[0]:
        yield (texts[0],)
    elif name in COUNTED and len(texts) > 1 and texts[0] and texts[1]:
        yield (texts[0], texts[1])
    elif name in TABLES and gathers:
        yield from ((named[one],) for one in TABLES[name] if named.get(one))
    if name in GATHERED and gathers:
        yield from ((text,) for text in _gathered(node))
    elif name in REASONS and named.get("reason"):
        yield (named["reason"],)
    elif name in REFUSALS and refuses:
        yield from ((text,) for text in (*texts[1:2], named.get("hint", "")) if text)


def _gathered(node: ast.Call) -> Iterator[str]:
    for one in ast.walk(node):
        text = _text(one) if isinstance(one, ast.expr) else ""
        if "_" in text:
            continue
        if " " in text.strip() or (text[:1].isupper() and len(text) > 1) or text == "writes":
            yield text


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def in_template(text: str) -> Iterator[Key]:
    """What a template says."""
    for node in Environment(autoescape=True).parse(text).find_all(Call):
        if not isinstance(node.node, Name):
            continue
        texts = [one.value if isinstance(one, Const) else None for one in node.args]
        if node.node.name in FIRST and texts and isinstance(texts[0], str):
            yield (texts[0],)
        elif node.node.name in COUNTED and isinstance(texts[0], str) and isinstance(texts[1], str):
            yield (texts[0], texts[1])


def in_laws(text: str) -> Iterator[Key]:
    """What is shown of the laws in a file of them."""
    for law in tomllib.loads(text)["law"]:
        parts = [(law, LAW_TEXTS), *((one, names) for part, names in LAW_PARTS.items() for one in law[part])]
        yield from ((one[name],) for one, names in parts for name in names if one.get(name))


def in_pact(text: str) -> Iterator[Key]:
    """What is shown of the reports that a shipped pact names."""
    for hook in tomllib.loads(text).get("law", {}).get("hooks", ()):
        yield (hook["applies_to"],)
        yield from ((step[name],) for step in hook["steps"] for name in ("what", "counted_from"))


def read(code: str) -> Catalog:
    """The catalogue of a language as it stands; an empty one where there is none yet."""
    path = FOLDER / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def translations(catalogue: Catalog) -> dict[Key, str | tuple[str, ...]]:
    """What a catalogue holds, by what it stands for."""
    return {_key(message.id): message.string for message in catalogue if message.id}


def _key(found: str | Iterable[str]) -> Key:
    return (found,) if isinstance(found, str) else tuple(found)


def merged(code: str, kept: dict[Key, str | tuple[str, ...]]) -> Catalog:
    """The catalogue of every sentence that is said now, with what is translated of them."""
    count, rule = PLURALS[code]
    catalogue = Catalog(locale=code, project="esos", header_comment=HEADER.format(code=code))
    catalogue._num_plurals, catalogue._plural_expr = count, rule  # noqa: SLF001 - Babel has no other way to say it
    for key, places in sorted(said_everywhere().items()):
        empty: str | tuple[str, ...] = "" if len(key) == 1 else ("",) * count
        wanted = key[0] if len(key) == 1 else key
        flags = {"python-brace-format"} if "{" in "".join(key) else set()
        where = [(place, 0) for place in sorted(places)]
        catalogue.add(wanted, kept.get(key) or empty, locations=where, flags=flags)
    return catalogue


HEADER = "# Sentences of esos in the language {code}. Written by `make catalogues`, which keeps what is translated."


def po_bytes(catalogue: Catalog) -> bytes:
    """The catalogue as translators read it, the same each time it is written."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, sort_output=True, include_lineno=False, omit_header=True)
    count, rule = PLURALS[str(catalogue.locale)]
    head = (
        f'{HEADER.format(code=catalogue.locale)}\nmsgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: nplurals={count}; plural={rule};\\n"\n\n'
    )
    return head.encode() + buffer.getvalue()


_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The same file each time it is compiled."""


def mo_bytes(po: bytes, code: str) -> bytes:
    """The same as ``gettext`` reads it."""
    catalogue = read_po(BytesIO(po), locale=code)
    plain = Catalog(locale=code, charset="utf-8", fuzzy=False, creation_date=_NO_DATE, revision_date=_NO_DATE)
    plain._num_plurals, plain._plural_expr = PLURALS[code]  # noqa: SLF001 - likewise
    for message in catalogue:
        if message.id:
            plain.add(message.id, message.string)
    buffer = BytesIO()
    write_mo(buffer, plain)
    return buffer.getvalue()


def write(code: str, kept: dict[Key, str | tuple[str, ...]]) -> None:
    """Merge, and compile."""
    po = po_bytes(merged(code, kept))
    (FOLDER / f"{code}.po").write_bytes(po)
    (FOLDER / f"{code}.mo").write_bytes(mo_bytes(po, code))


def missing(code: str) -> list[list[str]]:
    """What is said and has no translation."""
    kept = translations(read(code))
    return [list(key) for key in sorted(said_everywhere()) if not _is_whole(kept.get(key, ""))]


def _is_whole(string: str | tuple[str, ...]) -> bool:
    return bool(string) and (isinstance(string, str) or all(string))


def fill(code: str, given: dict[str, str | list[str]]) -> None:
    """Put translations in, by the English (of a count: the sentence for one)."""
    kept = translations(read(code))
    keys = {key[0]: key for key in said_everywhere() if len(key) == 1} | {
        key[0]: key for key in said_everywhere() if len(key) > 1
    }
    for english, string in given.items():
        if english in keys:
            kept[keys[english]] = string if isinstance(string, str) else tuple(string)
        else:
            print(f"nobody says: {english}", file=sys.stderr)
    write(code, kept)


def main(words: list[str]) -> None:
    """``merge``, ``missing CODE`` or ``fill CODE FILE``."""
    match words:
        case [] | ["merge"]:
            for code in LANGUAGES:
                write(code, translations(read(code)))
                print(f"catalogues: {code} lacks {len(missing(code))} sentences.")
        case ["missing", code]:
            print(json.dumps(missing(code), ensure_ascii=False, indent=0))
        case ["fill", code, path]:
            fill(code, json.loads(Path(path).read_text(encoding="utf-8")))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
