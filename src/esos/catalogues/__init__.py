"""The catalogues: every sentence in every language, read from compiled ``gettext`` files beside this module.

The ``.po`` files are what translators change; ``make catalogues`` extracts, merges and compiles.
"""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from esos.words.language import ENGLISH, LANGUAGES, SOURCE, Tongue

FOLDER = Path(__file__).parent


@cache
def tongues() -> dict[str, Tongue]:
    """Each language by its code, English among them."""
    return {SOURCE: ENGLISH} | {code: _read(code) for code in LANGUAGES if code != SOURCE}


def _read(code: str) -> Tongue:
    with (FOLDER / f"{code}.mo").open("rb") as file:
        return Tongue(code, GNUTranslations(file))
