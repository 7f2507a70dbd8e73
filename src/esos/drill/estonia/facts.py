"""``estonia-2007``: days of flooding of a whole country's services, and nobody knows who could filter it."""

from esos.drill.estonia.cast import CAST
from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, CallerFacts, Incident
from esos.station.drills import Moment
from esos.words.nature import Nature
from esos.words.need import NeedLine

CALL_MINUTES = 14 * HOUR_MINUTES
SECOND_FLOOD_MINUTES = 11 * DAY_MINUTES
COUNTRY, NETWORK = "EE", 64500
_FLOODED = (Nature.FLOODING, Nature.CUT_OFF)
_N = NeedLine

GOVERNMENT = CallerFacts(
    name="A government (as in April 2007)",
    label="The government",
    words="Our sites and mail are flooded from abroad. We know nobody out there who could filter this for us.",
    natures=_FLOODED,
    sector="government",
    country=COUNTRY,
    asn=NETWORK,
    prefix="192.0.2.0/24",
    state=("inbound-flooded", "mail-gone"),
    facts={"functional_impact": "denial-critical", "observed_activity": "effect", "recoverability": "supplemented"},
    needs=((_N.FILTERING, 6), (_N.ABUSE_NOTICE_AT_SOURCE, 20), (_N.FIND_CONTACT, 4), (_N.DNS_OR_ROUTING, 1)),
    services=4,
)
BANK = CallerFacts(
    name="A bank (as in April 2007)",
    label="The bank",
    words="Nobody reaches the bank on the network, and most payments are made there.",
    natures=(Nature.FLOODING,),
    sector="banking",
    country=COUNTRY,
    asn=NETWORK,
    prefix="198.51.100.0/25",
    state=("inbound-flooded",),
    facts={"functional_impact": "denial-critical", "observed_activity": "effect", "recoverability": "regular"},
    needs=((_N.FILTERING, 4), (_N.ADVICE, 4)),
    services=3,
)
NEWSPAPER = CallerFacts(
    name="A newspaper (as in April 2007)",
    label="The newspaper",
    words="Our pages are flooded with comments and requests from everywhere; we cannot be read.",
    natures=(Nature.FLOODING,),
    sector="communications",
    country=COUNTRY,
    asn=NETWORK,
    prefix="198.51.100.128/25",
    state=("inbound-flooded",),
    facts={"functional_impact": "denial-non-critical", "observed_activity": "effect"},
    needs=((_N.FILTERING, 3), (_N.ABUSE_NOTICE_AT_SOURCE, 10)),
    services=3,
)
EMERGENCY_LINE = CallerFacts(
    name="An emergency line (as in April 2007)",
    label="The emergency line",
    words="Our exchange was flooded with calls by machines; for a while nobody who needed us could get through.",
    natures=(Nature.FLOODING,),
    sector="emergency",
    country=COUNTRY,
    asn=NETWORK,
    prefix="203.0.113.0/24",
    state=("inbound-flooded", "telephones-gone"),
    facts={"threat_to_life_or_safety": True, "functional_impact": "denial-critical", "observed_activity": "effect"},
    needs=((_N.FILTERING, 2), (_N.ADVICE, 2)),
    services=2,
)
CALLERS = (GOVERNMENT, BANK, NEWSPAPER, EMERGENCY_LINE)

ESTONIA_2007 = Incident(
    name="estonia-2007",
    title="A country's services are flooded for days",
    when="27 April to May 2007, Estonia",
    scene="It is noon on the second day. Your sites and mail are flooded from abroad, and whoever could filter that is "
    "somebody you have never met. You have a printed card and a borrowed telephone.",
    first_sign="22:00",
    call_minutes=CALL_MINUTES,
    callers=CALLERS,
    teams=CAST,
    callers_least=2,
    callers_usual=len(CALLERS),
    callers_most=len(CALLERS),
    systems=sum(one.services for one in CALLERS),
    counted=NeedLine.FILTERING,
    moments=(
        Moment(at_minutes=0, says="Flooding of government sites begins, reported for the evening of 27 April."),
        Moment(
            at_minutes=2 * DAY_MINUTES,
            says="Over the next days banks, newspapers and, as reported, emergency lines are flooded too.",
        ),
        Moment(
            at_minutes=6 * DAY_MINUTES,
            says="The call that had an effect is made on 3 May, in person: the head of the national team is at a "
            "meeting in Prague with those who can filter.",
        ),
        Moment(at_minutes=7 * DAY_MINUTES, says="Within 24 hours of it things are reported much better."),
        Moment(at_minutes=SECOND_FLOOD_MINUTES, says="A second great flood, reported for 8 May."),
        Moment(
            at_minutes=SECOND_FLOOD_MINUTES + 2 * HOUR_MINUTES,
            says="Access from abroad is cut for a while, so that services stay reachable at home.",
        ),
    ),
    history_first_back_minutes=6 * DAY_MINUTES,
    history_all_back_minutes=7 * DAY_MINUTES,
    sources=(
        "Duncan B. Hollis, An e-SOS for Cyberspace, Harvard International Law Journal 52, 2011",
        "Eneken Tikk, Kadri Kaska and Liis Vihul, International Cyber Incidents: Legal Considerations, 2010",
        "Public reporting of April and May 2007",
    ),
    deadline_seconds=900.0,
)
