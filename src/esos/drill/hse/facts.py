"""``hse-2021``: a national health service, encrypted overnight; no mail, no telephones, no keys of its own."""

from esos.drill.hse.cast import CAST
from esos.drill.incident import DAY_MINUTES, HOUR_MINUTES, CallerFacts, Incident
from esos.station.drills import Moment
from esos.words.nature import Nature
from esos.words.need import NeedLine

CALLER = CallerFacts(
    name="A national health service (as in May 2021)",
    words="Our systems are being encrypted. We have no mail and no telephones; we are switching off.",
    natures=(Nature.DESTRUCTION, Nature.CUT_OFF, Nature.ISOLATING),
    sector="health",
    country="IE",
    facts={
        "threat_to_life_or_safety": True,
        "functional_impact": "denial-critical",
        "observed_activity": "effect",
        "recoverability": "extended",
    },
    state=("mail-gone", "telephones-gone", "accounts-untrusted"),
    needs=(
        (NeedLine.BACKUP_AND_RESTORE, 40),
        (NeedLine.FORENSICS, 12),
        (NeedLine.PEOPLE_ON_SITE, 12),
        (NeedLine.COMMUNICATIONS, 2),
        (NeedLine.MALWARE_ANALYSIS, 2),
    ),
    services=40,
)
HSE_2021 = Incident(
    name="hse-2021",
    title="A national health service is encrypted overnight",
    when="14 May 2021, Ireland",
    scene="It is ten to three at night. Mail and telephones are gone, files are being encrypted. "
    "You have a printed card.",
    first_sign="01:00",
    call_minutes=110,
    callers=(CALLER,),
    teams=CAST,
    systems=40,
    counted=NeedLine.BACKUP_AND_RESTORE,
    moments=(
        Moment(at_minutes=0, says="Encryption begins, reported as about one in the morning."),
        Moment(at_minutes=110, says="The first report of encrypted systems reaches the service (02:50)."),
        Moment(at_minutes=221, says="A critical incident is declared (04:41); systems are switched off."),
        Moment(
            at_minutes=6 * HOUR_MINUTES,
            says="The national cyber centre, the police and international partners are asked that morning.",
        ),
        Moment(
            at_minutes=6 * DAY_MINUTES,
            says="A decryption tool becomes available (20 to 21 May); it is tested before it is used.",
        ),
        Moment(at_minutes=12 * DAY_MINUTES, says="Soldiers help at a hospital in Cork, reported on day 12."),
        Moment(at_minutes=130 * DAY_MINUTES, says="All servers are reported decrypted (21 September)."),
    ),
    history_first_back_minutes=7 * DAY_MINUTES,
    history_all_back_minutes=130 * DAY_MINUTES,
    sources=(
        "Health Service Executive, Conti cyber attack on the HSE: independent post incident review, December 2021",
        "Press statements of the HSE and the Department of the Environment, Climate and Communications, May 2021",
    ),
)
