"""The teams of ``estonia-2007``: networks on the path, which can filter, and teams that find contacts and send notices.

None of them is in the callers' address book; all of them are in the station's register.
"""

from esos.drill.cast import Behaviour, Team
from esos.message.card import DutySource
from esos.words.ground import Ground
from esos.words.need import NeedLine

_B, _N = Behaviour, NeedLine
_YES, _PART, _NO, _SILENT, _FAILS = _B.COMMITS, _B.OFFERS_PART, _B.DECLINES, _B.SILENT, _B.FAILS
_FILTER, _ROUTE, _NOTICE = _N.FILTERING, _N.DNS_OR_ROUTING, _N.ABUSE_NOTICE_AT_SOURCE
_CONTACT, _ADVICE = _N.FIND_CONTACT, _N.ADVICE
_TRANSIT = (DutySource(tier=4, basis="You carry the traffic of this country under a contract.", countries=("EE",)),)
_MANDATE = (DutySource(tier=3, basis="The law makes you the team for this country.", countries=("EE",)),)
_OURS = (64500,)

FIRST_WAVE = 11
"""So many of the networks, from the top, are asked first to filter for the first caller."""
CAST: tuple[Team, ...] = (
    # on the path: the network that the callers are in, those that carry its traffic, and exchanges further out. All
    # of the first wave who say yes are one Gbit/s short of the first caller's need, so that silence is waited for.
    # Each can bring what half of that need is: who can bring less is ranked behind those that are kept for later, and
    # the two best of them would be enough if they said yes, which is what makes the first wave so many.
    Team("Carrier Amber (drill)", "EE", {_FILTER: 3, _ROUTE: 1}, _YES, 2, 5, asns=_OURS, duty_sources=_TRANSIT),
    Team("Exchange Cobalt (drill)", "FI", {_FILTER: 3}, _PART, 4, 10, asns=(64502,)),
    Team("Carrier Flint (drill)", "DE", {_FILTER: 6}, _NO, 3, 12, Ground.OWN_EMERGENCY, (64503,)),
    Team("Exchange Granite (drill)", "LV", {_FILTER: 6}, _SILENT, 0, 14, asns=(64504,)),
    Team("Carrier Jasper (drill)", "NL", {_FILTER: 3}, _PART, 5, 16, asns=(64505,)),
    Team("Carrier Marble (drill)", "SE", {_FILTER: 6}, _NO, 1, 18, Ground.UNABLE, (64506,)),
    Team("Exchange Onyx (drill)", "FI", {_FILTER: 3}, _NO, 6, 20, Ground.OWN_EMERGENCY, (64507,)),
    Team("Carrier Opal (drill)", "DE", {_FILTER: 6}, _NO, 4, 22, Ground.LAW, (64508,)),
    Team("Carrier Quartz (drill)", "NL", {_FILTER: 6}, _SILENT, 0, 24, asns=(64509,)),
    Team("Carrier Pumice (drill)", "DE", {_FILTER: 6}, _NO, 5, 26, Ground.FORCE_MAJEURE, (64498,)),
    Team("Exchange Slate (drill)", "LV", {_FILTER: 6}, _SILENT, 0, 28, asns=(64510,)),
    # those that are asked when silence has left something open; the first of them will have to withdraw
    Team("Carrier Basalt (drill)", "SE", {_FILTER: 14}, _FAILS, 3, 60, asns=(64501,)),
    Team("Carrier Topaz (drill)", "SE", {_FILTER: 14}, _YES, 4, 70, asns=(64511,)),
    Team("Carrier Agate (drill)", "FI", {_FILTER: 14, _ROUTE: 1}, _YES, 5, 80, asns=(64496,)),
    Team("Exchange Garnet (drill)", "NL", {_FILTER: 14}, _PART, 6, 90, asns=(64497,)),
    # beside the path: who knows whom, notices to where the traffic comes from, advice
    Team("Team Birch (drill)", "EE", {_ADVICE: 8, _CONTACT: 4, _NOTICE: 20}, _YES, 2, 5, duty_sources=_MANDATE),
    Team("Team Clover (drill)", "FI", {_NOTICE: 20, _CONTACT: 3}, _YES, 4, 10),
    Team("Team Fern (drill)", "DE", {_NOTICE: 20}, _PART, 5, 15),
    Team("Team Moss (drill)", "SE", {_ADVICE: 8, _NOTICE: 20}, _YES, 6, 20),
    Team("Team Sorrel (drill)", "NL", {_CONTACT: 4}, _NO, 3, 25, Ground.UNABLE),
    Team("Team Thyme (drill)", "LV", {_CONTACT: 4, _ADVICE: 4}, _YES, 5, 30),
)
"""The teams of this drill."""
