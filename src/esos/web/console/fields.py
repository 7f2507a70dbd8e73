"""Forms as tables: what an act asks for, and how what was filled in becomes the body of a statement.

One table feeds the page and the reader, so that a page never offers what the station would not read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from esos.errors import Malformed
from esos.words.ground import Ground
from esos.words.language import later, say
from esos.words.need import NeedLine
from esos.words.no_distress import NoDistress
from esos.words.urgency import Urgency

Options = tuple[tuple[str, str], ...]


class Filled:
    """A form as it was sent: names with their texts, in the order in which they came."""

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        self._texts: dict[str, list[str]] = {}
        for name, value in pairs:
            if isinstance(value, str):
                self._texts.setdefault(name, []).append(value)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that has a text."""
        return tuple(self._texts)

    def get(self, name: str, default: str = "") -> str:
        """The first text under a name."""
        return self.all(name)[0] if self.all(name) else default

    def all(self, name: str) -> list[str]:
        """Every text under a name."""
        return self._texts.get(name, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form. ``kind`` chooses how it is shown and read; ``hint`` stands below its label."""

    name: str
    label: str
    kind: str = "line"
    hint: str = ""
    required: bool = False
    options: Options = ()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something a person can do here: the statement's kind, its words on the page, and its form.

    ``says`` is what happens then, in one sentence; ``weight`` is ``main``, ``plain`` or ``grave``.
    ``fixed`` are values of the body that the form does not ask for.
    """

    kind: str
    title: str
    button: str
    says: str
    fields: tuple[Field, ...] = ()
    weight: str = "plain"
    fixed: Mapping[str, Any] | None = None
    slug: str = ""

    @property
    def path(self) -> str:
        """The last part of the address it is sent to."""
        return self.slug or self.kind


def read_body(act: Act, filled: Filled) -> dict[str, Any]:
    """The body of the act's statement as plain values; what was left empty is left out.

    Raises ``Malformed`` (``page.field``) for what cannot be read.
    """
    body: dict[str, Any] = dict(act.fixed or {})
    for field in act.fields:
        value = _READERS[field.kind](field, filled)
        if value is not None:
            body[field.name] = value
        elif field.required:
            raise Malformed(
                "page.field",
                say("Please fill in: {label}.", label=say(field.label)),
                hint="Go back; what you wrote is still there.",
            )
    return body


def _text(field: Field, filled: Filled) -> str | None:
    return filled.get(field.name, "").strip() or None


def _check(field: Field, filled: Filled) -> bool:
    return bool(filled.get(field.name, ""))


def whole(text: str, label: str) -> int | None:
    """A whole number as a person writes it; None for nothing. Raises ``Malformed`` (``page.number``)."""
    digits = "".join(text.split()).replace(",", "")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:  # noqa: PLR2004 - no quantity is longer
        raise Malformed(
            "page.number",
            say("{label}: a whole number is needed, not “{text}”.", label=say(label), text=text.strip()[:20]),
        )
    return int(digits)


def _number(field: Field, filled: Filled) -> int | None:
    return whole(filled.get(field.name, ""), field.label)


def read_needs(filled: Filled, prefix: str) -> list[dict[str, Any]]:
    """Need lines with their quantities: fields named ``prefix`` + need line; 0 and nothing are left out."""
    found = []
    for line in NeedLine:
        units = whole(filled.get(f"{prefix}{line.value}", ""), line.words)
        if units:
            found.append({"line": line.value, "quantity": units})
    return found


def _needs(field: Field, filled: Filled) -> list[dict[str, Any]] | None:
    return read_needs(filled, f"{field.name}.") or None


def _party(field: Field, filled: Filled) -> str | None:
    return _text(field, filled)


_READERS: dict[str, Callable[[Field, Filled], Any]] = {
    "line": _text,
    "long": _text,
    "choice": _text,
    "rows": _text,
    "check": _check,
    "number": _number,
    "needs": _needs,
    "officer": _party,
    "member": _party,
}

URGENCIES: Options = tuple((one.value, one.words) for one in Urgency)
GROUNDS: Options = tuple((one.value, one.words) for one in Ground)
NO_DISTRESS: Options = tuple((one.value, one.words) for one in NoDistress)
RUNGS = (
    ("4", later("By a signed checklist of the network's own registry keys (RFC 9323), checked outside")),
    ("3", later("By a key registered beforehand and bound to the network it is about")),
    ("2", later("By an answer of the registry's contact, or by a challenge in its names")),
    ("1", later("Its upstream or the national team vouches for it")),
)
"""How control of a resource was shown, best first (brief 5)."""
COSTS: Options = (("free", later("Free of charge")), ("at-rate", later("At the rate we registered")))
