"""Real incidents as facts for drills: what was reported when, what was needed, and what really happened.

Told from public reporting; times as reported, local. Nobody is named, and who did it is not told: it
never mattered for helping (law 1). Where sources differ the text says "reported".
"""

import msgspec

from esos.station.drills import Moment
from esos.words.nature import Nature
from esos.words.need import NeedLine

HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident: its history, what is called for in the drill, and the figures of the loss model.

    ``first_sign`` is shown as the local time of minute 0. ``call_minutes`` is when the drill's call is
    made: when the first report was really made, so that no hindsight helps. ``systems`` services are
    down from minute 0; ``history`` is what really happened to them (see ``drill/hours.py``).
    """

    name: str
    title: str
    when: str
    caller_name: str
    caller_words: str
    first_sign: str
    call_minutes: int
    natures: tuple[Nature, ...]
    sector: str
    country: str
    facts: dict[str, str | bool]
    state: tuple[str, ...]
    systems: int
    needs: tuple[tuple[NeedLine, int], ...]
    moments: tuple[Moment, ...]
    history_first_back_minutes: int
    history_all_back_minutes: int
    decryptor_minutes: int
    sources: tuple[str, ...]


HSE_2021 = Incident(
    name="hse-2021",
    title="A national health service is encrypted overnight",
    when="14 May 2021, Ireland",
    caller_name="A national health service (as in May 2021)",
    caller_words="Our systems are being encrypted. We have no mail and no telephones; we are switching off.",
    first_sign="01:00",
    call_minutes=110,
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
    systems=40,
    needs=(
        (NeedLine.BACKUP_AND_RESTORE, 40),
        (NeedLine.FORENSICS, 12),
        (NeedLine.PEOPLE_ON_SITE, 12),
        (NeedLine.COMMUNICATIONS, 2),
        (NeedLine.MALWARE_ANALYSIS, 2),
    ),
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
    decryptor_minutes=7 * DAY_MINUTES,
    sources=(
        "Health Service Executive, Conti cyber attack on the HSE: independent post incident review, December 2021",
        "Press statements of the HSE and the Department of the Environment, Climate and Communications, May 2021",
    ),
)
INCIDENTS: dict[str, Incident] = {HSE_2021.name: HSE_2021}
"""Incidents that can be played, by name."""
