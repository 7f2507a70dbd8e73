"""The four pacts that come with the program, and the templates they name.

Each is complete and usable as it is; its exact bytes are what a registrar signs.
"""

from importlib import resources
from importlib.resources.abc import Traversable

from esos.errors import Unknown
from esos.pact.model import Pact
from esos.pact.read import read_pact

_NAMES = ("pledge", "club", "treaty", "federation")
_TEMPLATES = ("agreement", "privacy", "liability")
NOT_LEGAL_ADVICE = "Not legal advice"
"""The mark every template carries."""


def names() -> tuple[str, ...]:
    """The names of the shipped pacts, from the smallest circle to the widest."""
    return _NAMES


def load(name: str) -> tuple[bytes, Pact]:
    """A shipped pact: the exact bytes of its file, and what they say.

    Raises ``Unknown`` with code ``pact.unknown_name``.
    """
    if name not in _NAMES:
        raise Unknown("pact.unknown_name", f"No pact named {name!r} is shipped.", hint=f"One of: {', '.join(_NAMES)}.")
    raw = _folder().joinpath(f"{name}.toml").read_bytes()
    return raw, read_pact(raw)


def template_names() -> tuple[str, ...]:
    """The names of the shipped templates."""
    return _TEMPLATES


def template(name: str) -> str:
    """A template as Markdown, marked "Not legal advice", with blanks in ``[BRACKETS]``.

    Raises ``Unknown`` with code ``pact.unknown_template``.
    """
    if name not in _TEMPLATES:
        raise Unknown(
            "pact.unknown_template",
            f"No template named {name!r} is shipped.",
            hint=f"One of: {', '.join(_TEMPLATES)}. A pact may name a template of your own.",
        )
    return _folder().joinpath("templates", f"{name}.md").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return resources.files("esos.pact") / "shipped"
