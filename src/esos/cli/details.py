"""What a caller can say of its distress, as options of a command line, and as the details of a call."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from esos.cli.common import note
from esos.errors import Malformed
from esos.words.urgency import Urgency

if TYPE_CHECKING:
    from esos.message.bodies import CallDetails, NeedAsk

Verb = TypeVar("Verb", bound=Callable[..., Any])
_YES, _NO = frozenset({"yes", "true"}), frozenset({"no", "false"})
_OPTIONS = (
    click.option("--nature", "natures", multiple=True, help="What you see, as flooding. Repeatable."),
    click.option("--urgency", type=click.Choice([one.value for one in Urgency]), help="How urgent it is."),
    click.option("--need", "needs", multiple=True, help="Help you need, as filtering=40Gbit/s. Repeatable."),
    click.option("--sector", help="Your sector, as health."),
    click.option("--country", help="Two letters, as IE."),
    click.option("--asn", type=click.IntRange(1, 4_294_967_295), help="Your network's number."),
    click.option("--prefix", help="Your addresses that are hit, as 192.0.2.0/24."),
    click.option("--product", "products", multiple=True, help="What is hit, as vendor:product. Repeatable."),
    click.option("--at-risk", type=click.IntRange(1, 9_999_999_999), help="How many people or services are at risk."),
    click.option("--state", "states", multiple=True, help="As inbound-flooded, dns-gone, mail-gone. Repeatable."),
    click.option("--reply", help="How to answer you: telephone, mail, page …, or in words."),
    click.option(
        "--fact", "facts", multiple=True, help="A fact for the severity, as recoverability=extended. Repeatable."
    ),
    click.option("--words", default="", help="What happens, in your words."),
)


def details_options(verb: Verb) -> Verb:
    """Everything a call can say; all of it may be left out."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


def details_of(given: dict[str, Any]) -> "CallDetails":
    """The details of a call from these options.

    Raises ``Malformed`` (``nature.unknown``, ``need.*``, ``call.fact``, ``call.prefix``, ``call.details``).
    """
    import msgspec

    from esos.message.bodies import CallDetails
    from esos.words.nature import read_nature

    try:
        return msgspec.convert(
            {
                "urgency": given["urgency"],
                "natures": tuple(int(read_nature(one)) for one in given["natures"]),
                "sector": given["sector"],
                "country": given["country"].upper() if given["country"] else None,
                "asn": given["asn"],
                "prefix": read_prefix(given["prefix"]) if given["prefix"] else None,
                "products": given["products"],
                "at_risk_log10": len(str(given["at_risk"])) - 1 if given["at_risk"] else None,
                "state": given["states"],
                "reply": given["reply"],
                "needs": [{"line": one.line, "quantity": one.quantity} for one in read_needs(given["needs"])],
                "facts": read_facts(given["facts"]),
                "words": given["words"],
            },
            CallDetails,
        )
    except msgspec.ValidationError as cause:
        raise Malformed("call.details", f"The details of the call are not as they should be: {cause}.") from cause


def read_needs(written: tuple[str, ...]) -> "tuple[NeedAsk, ...]":
    """Need lines with quantities; one named twice is added up. Raises ``Malformed`` (``need.*``)."""
    from esos.message.bodies import NeedAsk
    from esos.words.need import NEED_QUANTITY_MAX_UNITS, read_need

    asked: dict[Any, int] = {}
    for line, quantity in map(read_need, written):
        asked[line] = min(asked.get(line, 0) + quantity, NEED_QUANTITY_MAX_UNITS)
    return tuple(NeedAsk(line=line, quantity=quantity) for line, quantity in asked.items())


def read_facts(written: tuple[str, ...]) -> dict[str, str | bool]:
    """Facts by name, yes and no as such; raises ``Malformed`` (``call.fact``)."""
    facts: dict[str, str | bool] = {}
    for one in written:
        name, sign, value = one.partition("=")
        if not sign or not name or not value:
            raise Malformed(
                "call.fact", f"{one!r} is no fact.", hint="As recoverability=extended, or severe_financial_loss=yes."
            )
        word = value.strip().lower()
        facts[name.strip()] = True if word in _YES else False if word in _NO else value.strip()
    _tell_unknown(facts)
    return facts


def _tell_unknown(facts: dict[str, str | bool]) -> None:
    """A misspelt fact is sent all the same; the severity just does not heed it."""
    if not facts:
        return
    from esos.triage.facts import heed_facts

    for name in heed_facts(dict(facts)).set_aside:
        note(f"The severity does not know the fact {name!r}; it is sent all the same.")


def read_prefix(text: str) -> str:
    """Addresses as a network, its host part cut off; raises ``Malformed`` (``call.prefix``)."""
    from ipaddress import ip_network

    try:
        return str(ip_network(text, strict=False))
    except ValueError as cause:
        raise Malformed("call.prefix", f"{text!r} is no network.", hint="As 192.0.2.0/24 or 2001:db8::/32.") from cause
