"""The first-aid cards: what to do and what not to do in the next ten minutes, one card a nature of distress.

Shown the moment a call is sent, and printable. A card never waits for knowledge: every nature has
one, and none asks who did it (law 1).
"""

from collections.abc import Iterable

import msgspec

from esos.words.language import later, say
from esos.words.nature import Nature


class FirstAidCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Three to five things to do, in order, and two to four to leave alone."""

    nature: Nature
    do: tuple[str, ...]
    do_not: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the caller sees, in the words in which it was asked."""
        return self.nature.words


def card_for(nature: Nature) -> FirstAidCard:
    """The card of one nature, in the language spoken now; there is one for each."""
    do, do_not = _CARDS[nature]
    return FirstAidCard(nature=nature, do=tuple(map(say, do)), do_not=tuple(map(say, do_not)))


def cards_for(natures: Iterable[Nature]) -> tuple[FirstAidCard, ...]:
    """The cards of a call, in its order and each once; with no nature named, the card for not knowing."""
    named = tuple(dict.fromkeys(natures)) or (Nature.UNDESIGNATED,)
    return tuple(card_for(nature) for nature in named)


_NOTES = later("Keep notes on paper: what you saw, what you did, and the time of each.")
_SAFE_LINE = later("Use a telephone or a channel outside your own network, and stay reachable on it.")
_NO_CLEANING = later("Do not delete, clean or reinstall anything yet: helpers need to see it.")
_NO_OWN_MAIL = later("Do not discuss this in your own mail or chat: it may be read by others.")
_Card = tuple[tuple[str, ...], tuple[str, ...]]
_CARDS: dict[Nature, _Card] = {
    Nature.UNDESIGNATED: (
        (
            later("Name one person who leads and one who takes notes."),
            _SAFE_LINE,
            later("Take your newest backup off the network."),
            later("Make a list of what works, what does not, and since when."),
        ),
        (
            later("Do not switch machines off in a hurry: their memory holds what helpers need."),
            _NO_CLEANING,
            _NO_OWN_MAIL,
        ),
    ),
    Nature.DESTRUCTION: (
        (
            later("Take your backups off the network first, and keep them off."),
            later("Cut affected machines off: pull the network cable, turn wireless off, but leave them running."),
            later("Where data is visibly being destroyed and you cannot cut the machine off, switch it off."),
            later("Stop shared storage and the tools that install software everywhere."),
            later("Photograph the screens."),
        ),
        (
            later("Do not plug a backup into an affected network."),
            later("Do not log in to affected machines with an administrator's account."),
            later("Do not restart a machine that stopped: it may finish its work at start-up."),
        ),
    ),
    Nature.FLOODING: (
        (
            later("Write down which addresses and ports are flooded, how strongly, and since when."),
            later("Call your provider's emergency number and say that this call is under way."),
            later("Manage your network from another line than the flooded one."),
            later("Turn off what is costly and can wait: searches, downloads, sign-up forms."),
            later("Keep flow records and counters from before it began."),
        ),
        (
            later("Do not have your own address discarded upstream unless losing it is the lesser harm."),
            later("Do not publish the new address when you move a service."),
            later("Do not restart equipment again and again: each start makes it weaker for a while."),
        ),
    ),
    Nature.INTRUDER: (
        (
            _SAFE_LINE,
            later("Decide with a helper when to cut access; then cut everything at once."),
            later("Copy logs to a place your normal administrators' accounts cannot reach."),
            later("Take the newest backup and the keys to it off the network."),
            later("List the accounts with powerful rights and who really holds them."),
        ),
        (
            later("Do not lock one account after another: it warns whoever is inside."),
            later("Do not log in with your best account on a machine you do not trust."),
            _NO_OWN_MAIL,
        ),
    ),
    Nature.LOSS_OF_CONTROL: (
        (
            later("People first: clear the area and follow the plant's own emergency procedure."),
            later("Bring the process to a safe state by hand or by the safety system."),
            later("Cut the control network off from the office network and from remote access."),
            later("Put operators at the machines and agree who reads which gauge."),
            later("Note settings and alarms as they were."),
        ),
        (
            later("Do not trust what the screens show without looking at the machine itself."),
            later("Do not reset or reload a controller before its present state is saved."),
            later("Do not switch the safety system off or to bypass."),
        ),
    ),
    Nature.SPREADING: (
        (
            later("Separate networks from each other, starting with what must not be lost."),
            later("Stop file sharing, remote desktops and software distribution between machines."),
            later("Take backups off the network."),
            later("Tell connected partners by telephone, and close the links to them if they agree."),
            later("Keep one affected machine running and cut off, for helpers to examine."),
        ),
        (
            later("Do not carry files or sticks from an affected machine to a clean one."),
            later("Do not log in everywhere to look: your account may carry it along."),
            later("Do not reconnect a cleaned machine to a network that is not clean."),
        ),
    ),
    Nature.FOUL_SUPPLY: (
        (
            later("Stop automatic updates from this supplier everywhere."),
            later("Cut machines with this product off from the Internet, most important ones first."),
            later("Note the exact product, version and time of the last update."),
            later("Keep a copy of the update file for analysis."),
            later("Call the supplier on a number you had before, not on one from the update."),
        ),
        (
            later("Do not remove the product before its traces are saved."),
            later("Do not install an urgent correction you cannot verify by a second way."),
        ),
    ),
    Nature.IDENTITY_LOST: (
        (
            later("Telephone your registrar, certificate issuer and identity provider, and have changes frozen."),
            later("Use accounts that live outside the lost system, such as sealed emergency accounts."),
            later("End all open sessions once you hold an account you can trust."),
            later("Tell partners by telephone not to trust messages in your name."),
        ),
        (
            later("Do not reset passwords by a mailbox that may be lost as well."),
            later("Do not approve any sign-in request you did not start yourself."),
            later("Do not issue new keys from a machine that held the old ones."),
        ),
    ),
    Nature.MISDIRECTION: (
        (
            later("Look from outside: ask somebody in another network what names, routes and time they see."),
            later("Telephone your registrar and your providers, and have changes frozen."),
            later("Write down the right values: prefixes, origin networks, name servers, fingerprints."),
            later("Lower the trust in your own clock: compare it with a telephone."),
            later("Warn users by another way not to enter passwords."),
        ),
        (
            later("Do not correct names or routes from the account that may have changed them."),
            later("Do not announce smaller prefixes before your providers know of it."),
            later("Do not accept a changed certificate to get on with the work."),
        ),
    ),
    Nature.DATA_TAKEN: (
        (
            later("Close the way by which the data left, and keep its logs."),
            later("Write down which data, whose, how much and since when; say where you do not know."),
            later("Change keys and passwords that were among the data, from a clean machine."),
            later("Call the person who is answerable for data protection: legal clocks may be running."),
        ),
        (
            later("Do not contact whoever offers or demands the data on your own."),
            later("Do not search for or download the taken data yourself."),
            later("Do not announce numbers you have not checked."),
        ),
    ),
    Nature.DATA_FALSIFIED: (
        (
            later("Stop decisions and payments that rest on this data."),
            later("Set the system to read only, or cut it off from those who use it."),
            later("Save the present state and the logs before anything is corrected."),
            later("Find the last copy you trust, and take it off the network."),
            later("Tell those who may already have acted on false data."),
        ),
        (
            later("Do not overwrite the false data: it shows what was changed."),
            later("Do not restore before you know since when it was false."),
        ),
    ),
    Nature.OUTAGE: (
        (
            later("Ask what was changed last, and by whom it can be undone."),
            later("Go over to paper or the spare procedure for what people depend on."),
            later("Check power, cooling, lines and certificates before anything else."),
            later("Ask your providers whether they have trouble too."),
        ),
        (
            later("Do not change several things at once."),
            later("Do not restart what still works."),
            later("Do not exclude malice, nor assume it: the cause can be found later."),
        ),
    ),
    Nature.CUT_OFF: (
        (
            later("Go where there is a line: another building, a mobile telephone, a neighbour."),
            later("Say at which number and when you can be reached, and be there."),
            later("Send somebody with the printed card if no line works."),
            later("Agree fixed times to meet inside, since you cannot call each other."),
        ),
        (
            later("Do not all leave to look for a line: one goes, one stays."),
            later("Do not share borrowed accounts or passwords over an open line."),
        ),
    ),
    Nature.DEGRADING: (
        (
            later("Write down figures now and every few minutes: load, errors, free space, delay."),
            later("Make and detach a backup while you still can."),
            later("Decide at which figure you will switch over or shut down, and who decides."),
            later("Turn off what is costly and can wait."),
        ),
        (
            later("Do not wait for certainty before calling again: raising the urgency is free."),
            later("Do not add capacity blindly if it hides the cause."),
        ),
    ),
    Nature.COLLATERAL: (
        (
            later("Write down which addresses and services are hit, and what you think is being defended."),
            later("Collect one clear example: a blocked address, a route, an error with its time."),
            later("Move people who depend on the service to a spare way."),
            later("Have the station find the other side's contact: it may not know that you are hit."),
        ),
        (
            later("Do not answer with filters against the other side."),
            later("Do not work round a safety measure before its owner has spoken."),
        ),
    ),
    Nature.UNDER_PRESSURE: (
        (
            later("Close what need not be reachable from outside."),
            later("Apply the missing correction, or take the weak system off the Internet."),
            later("Require a second factor for every way in from outside."),
            later("Keep logs longer and copy them elsewhere."),
            later("Check that backups exist and can be detached."),
        ),
        (
            later("Do not assume that nobody is in: look for new accounts and sessions."),
            later("Do not tell callers or mails from outside how you protect yourselves."),
        ),
    ),
    Nature.DEFENDERS_LOST: (
        (
            later("Name whoever is present and calmest as the one in charge."),
            later("Gather keys, telephone lists and sealed passwords in one place."),
            later("Freeze changes: nothing new until somebody can watch it."),
            later("Write down what ought to be watched, for those who come to relieve you."),
        ),
        (
            later("Do not let one person go on without rest: ask for a relief now."),
            later("Do not hand out powerful accounts to strangers before the station has called back."),
        ),
    ),
    Nature.ISOLATING: (
        (
            later("Agree the order: backups first, then what is hit, then the links to partners."),
            later("Tell those who depend on you before the line goes, with the number to reach you."),
            later("Print or copy to paper what you need in the dark: contacts, plans, this card."),
            later("Keep one clean line for talking with helpers."),
        ),
        (
            later("Do not shut down what people's safety depends on before its replacement runs."),
            later("Do not wipe or power off more than isolation needs."),
            later("Do not reconnect piece by piece before a helper agrees."),
        ),
    ),
    Nature.HELD_TO_RANSOM: (
        (
            later("Take backups off the network and find out, without connecting them, how old they are."),
            later("Cut affected machines off, and leave them running where you can."),
            later("Photograph the demand, and keep one locked file and the note."),
            later("Ask the station for decryption help: for some kinds the key is already known."),
            later("Call your legal adviser and your insurer before any contact with the other side."),
        ),
        (
            later("Do not pay, answer or negotiate in the first hours."),
            later("Do not run decryption tools from unknown sources."),
            later("Do not delete locked files: many can be recovered later."),
        ),
    ),
    Nature.BEACON: (
        (
            later("Go and look: this alarm was sent by a program."),
            later("If all is well, cancel: it is free and nobody minds."),
            later("If not, call again yourself and say what you see."),
            _NOTES,
        ),
        (
            later("Do not silence the beacon before you know why it called."),
            later("Do not assume that somebody else has looked."),
        ),
    ),
}
