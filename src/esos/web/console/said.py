"""Sentences for templates: what is filled in is escaped unless it is markup already, and the sentence itself always."""

from html import escape

from markupsafe import Markup

from esos.words import language


def say(sentence: str, /, **values: object) -> Markup:
    """The sentence in the reader's language, as markup; ``values`` may be markup, such as a name or a time."""
    said = _markup(language.say(sentence))
    return said.format(**values) if values else said


def say_count(one: str, many: str, count: int, /, **values: object) -> Markup:
    """The sentence for ``count``, as markup."""
    said = _markup(language.spoken_count(one, many, count))
    return said.format(**{"count": language.number(count), **values})


def _markup(text: str) -> Markup:
    return Markup(escape(text, quote=False).replace('"', "&quot;"))  # noqa: S704 - escaped here
