"""What is practised: a few plainly fictitious situations, what is told in the course of each, and what to do better.

Law 7: a scene is played by an exercise station alone, by a caller that exists only there.
"""

import msgspec

from esos.words.language import later
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

CALLER_KIND = "practice"
"""The kind on the card of a caller that exists for practice only: no team, so that nobody expects it to wake."""
CALLER_NAME = "Practice caller (nobody is in distress)"


class Inject(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the caller tells in the course of a scene: minutes after its call, and the words.

    ``needs`` are what it needs from then on, ``urgency`` what its call becomes.
    """

    at_minutes: int
    says: str
    needs: tuple[tuple[NeedLine, int], ...] = ()
    urgency: Urgency | None = None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A situation to practise: what the caller sees, what it needs, and what is told afterwards."""

    name: str
    title: str
    situation: str
    nature: Nature
    urgency: Urgency
    needs: tuple[tuple[NeedLine, int], ...]
    injects: tuple[Inject, ...]


SCENES: dict[str, Scene] = {
    one.name: one
    for one in (
        Scene(
            name="night-ward",
            title=later("A hospital at night"),
            situation=later("The screens of three wards show only a demand for money. The laboratory works on paper."),
            nature=Nature.DESTRUCTION,
            urgency=Urgency.MAYDAY,
            needs=((NeedLine.ADVICE, 4), (NeedLine.TRIAGE, 8), (NeedLine.BACKUP_AND_RESTORE, 2)),
            injects=(
                Inject(at_minutes=5, says=later("The backup server is encrypted as well. An old copy lies in a safe.")),
                Inject(
                    at_minutes=15,
                    says=later("The telephone exchange has stopped. We speak on two private telephones."),
                    needs=((NeedLine.COMMUNICATIONS, 1),),
                ),
                Inject(at_minutes=30, says=later("A newspaper asks what has happened. Nobody has answered yet.")),
            ),
        ),
        Scene(
            name="flooded-town",
            title=later("A town that cannot be reached"),
            situation=later("Every page of the town is unreachable. So is the emergency doctors' appointment line."),
            nature=Nature.FLOODING,
            urgency=Urgency.PAN_PAN,
            needs=((NeedLine.FILTERING, 20), (NeedLine.ADVICE, 2)),
            injects=(
                Inject(
                    at_minutes=5,
                    says=later("It is twice as much now, and our provider's other customers suffer too."),
                    needs=((NeedLine.FILTERING, 40),),
                    urgency=Urgency.MAYDAY,
                ),
                Inject(at_minutes=20, says=later("It stopped. Our provider does not know why, nor for how long.")),
            ),
        ),
        Scene(
            name="lost-keys",
            title=later("Somebody else has the keys"),
            situation=later("Two administrators were signed out everywhere, and accounts appear that nobody made."),
            nature=Nature.IDENTITY_LOST,
            urgency=Urgency.PAN_PAN,
            needs=((NeedLine.IDENTITY_REBUILD, 8), (NeedLine.FORENSICS, 4)),
            injects=(
                Inject(at_minutes=5, says=later("The accounts have begun to read the mail of the management.")),
                Inject(
                    at_minutes=20,
                    says=later("The domain's registrar asks whether we wish to move the name away. We do not."),
                    urgency=Urgency.MAYDAY,
                ),
            ),
        ),
    )
}
"""By name, in the order in which a station goes through them by itself."""

TOO_SLOW_PERSON = later(
    "A person took the call after {took}; within {goal} was the aim. Who was on watch, and what woke them?"
)
NOBODY_ON_WATCH = later("The roster named nobody for this hour, so everybody was called. Fill the gap.")
NO_PERSON = later("No person took the call. Look at the readiness of the watch before anything else.")
NOBODY_ASKED = later("No team was asked. Does the pact ask by itself, and do cards say what the teams can do?")
FEW_ANSWERS = later(
    "{answered} of {asked} teams answered; {goal} % was the aim. Call those that were silent, and ask why."
)
NO_HELP = later("No team was bound to come. Which need could nobody meet?")
LATE_HELP = later("The first team was bound after {took}; within {goal} was the aim.")
NEED_OPEN = later("{line}: {open} {unit} stayed unmet. Who could lodge that on its card?")
SILENT_TEAM = later("{name} did not answer. Ask whether its address still reaches a person.")
ALL_WELL = later("Every aim of this practice was reached. Take a harder scene next time, and another hour.")
