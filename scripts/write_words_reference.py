"""Write docs/reference/first-aid.md and natures-needs-grounds.md: the cards and the shared codes of ``esos.words``."""

import sys

from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.words.first_aid import card_for
from esos.words.ground import NEVER_A_GROUND, Ground
from esos.words.nature import Nature
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

FIRST_AID = REFERENCE / "first-aid.md"
CODES = REFERENCE / "natures-needs-grounds.md"


_FIRST_AID_HEAD = """\
What to do, and what not to do, in the next ten minutes: one card for each nature of distress. The station shows the
card the moment a call is sent. Print the ones you might need, and keep them where no server is needed to read them."""
_CODES_HEAD = """\
The closed lists that calls, requests and pacts are made of. A code that is not here is refused. None of them says who
did it: there is no such code."""


def first_aid_page() -> str:
    """Every first-aid card, in the order of the natures."""
    lines = [
        "# First aid",
        "",
        _FIRST_AID_HEAD,
        "",
        WRITTEN_BY,
        "",
    ]
    for nature in Nature:
        card = card_for(nature)
        lines += [f"## {nature.words}", "", f"Code `{nature.slug}` ({nature.value}).", "", "Do:", ""]
        lines += [f"{number}. {sentence}" for number, sentence in enumerate(card.do, start=1)]
        lines += ["", "Do not:", "", *(f"- {sentence}" for sentence in card.do_not), ""]
    return "\n".join(lines)


def codes_page() -> str:
    """The closed lists: urgencies, natures, need lines, grounds, tiers."""
    parts = [
        "# Urgencies, natures, needs, grounds, tiers",
        _CODES_HEAD,
        WRITTEN_BY,
        _urgencies(),
        _natures(),
        _needs(),
        _classes(),
        _grounds(),
        _tiers(),
    ]
    return "\n\n".join(parts) + "\n"


def _urgencies() -> str:
    rows = [(f"`{one.value}`", cell(one.words), cell(one.test)) for one in Urgency]
    return "## Urgencies\n\n" + table(("code", "words on a page", "test"), rows)


def _natures() -> str:
    says = (
        "## Natures of distress\n\nWhat the caller sees. Several may be sent; a call without any is `undesignated`. "
        "Beside each stands its class in the Reference Security Incident Taxonomy v1003 of ENISA, where there is one, "
        "and the help that is asked for first when the caller has asked for none.\n\n"
    )
    rows = [
        (one.value, f"`{one.slug}`", cell(one.words), cell(one.rsit), cell(_asks(one.usual_needs))) for one in Nature
    ]
    return says + table(("number", "code", "words on a page", "taxonomy", "usual first needs"), rows)


def _asks(needs: tuple[tuple[NeedLine, int], ...]) -> str:
    return ", ".join(f"{line.value} {units} {line.unit}" for line, units in needs) or "none"


def _needs() -> str:
    says = (
        "## Need lines\n\nThe closed catalogue of help. All of it is defence: the list cannot express retaliation. A "
        "need is written as `filtering=40Gbit/s`, `filtering=40` or, for one unit, `filtering`. A quantity is a whole "
        f"number from 1 to {NEED_QUANTITY_MAX_UNITS:,}.\n\n"
    )
    rows = [(f"`{one.value}`", cell(one.words), one.unit, f"`{one.help_class.value}`") for one in NeedLine]
    return says + table(("code", "words on a page", "counted in", "class"), rows)


def _classes() -> str:
    return "## Classes of help\n\nConsent and proof gate the kind of help, never the answer.\n\n" + table(
        ("class", "needs"),
        [
            ("`advice`", "nothing: even an unverified or unreachable caller gets it"),
            ("`capacity`", "a call signed by a registered key, or a relay that vouches for the caller"),
            ("`access`", "a call-back, and the caller's own signed grant with scope and expiry"),
            ("`third-party`", "a confirmed call, proof of control, two officers, and an expiry"),
        ],
    )


def _grounds() -> str:
    rows = [(f"`{one.value}`", cell(one.words)) for one in Ground]
    never = "\n".join(f"- {one}" for one in NEVER_A_GROUND)
    return (
        "## Grounds to decline\n\nThe only ones. Whoever declines gives the code and may add one sentence; both are "
        "told to the caller and the station.\n\n"
        + table(("code", "sentence"), rows)
        + f"\n\nNever a ground:\n\n{never}"
    )


def _tiers() -> str:
    says = (
        "## Tiers of duty\n\nHow strongly somebody is bound to help one caller with one need. A tier is computed "
        "when it is asked for, and never stored.\n\n"
    )
    rows = [(one.value, cell(one.words), cell(one.owed)) for one in sorted(DutyTier, reverse=True)]
    return says + table(("tier", "words on a page", "what is owed"), rows)


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {FIRST_AID: first_aid_page, CODES: codes_page}))
