"""Why each line of a first-aid card is there: one short clause a line, in the order of the card.

People follow what they understand, and leave out what nobody explained. Law 1: no reason says who did it.
"""

from esos.words.language import later
from esos.words.nature import Nature

_Whys = tuple[tuple[str, ...], tuple[str, ...]]
_SAFE_LINE = later("Your own network may be down, or others may listen on it.")
_LAST_COPY = later("It may soon be the only copy you have.")
_NO_CLEANING = later("Cleaning takes away what shows how it happened, and how far it went.")
_NO_OWN_MAIL = later("Others may read it, and then they know what you will do.")
_LATER = later("It makes room for what cannot wait.")
WHYS: dict[Nature, _Whys] = {
    Nature.UNDESIGNATED: (
        (
            later("One head decides; one pair of hands writes. Nothing is done twice or forgotten."),
            _SAFE_LINE,
            _LAST_COPY,
            later("Helpers ask this first, and a list shows what is getting worse."),
        ),
        (later("What is in memory is gone with the power."), _NO_CLEANING, _NO_OWN_MAIL),
    ),
    Nature.DESTRUCTION: (
        (
            later("What is still whole now can be restored later."),
            later("Cut off, the damage stops there; left on, the memory stays, and a key may be in it."),
            later("Then each minute costs more than the memory is worth."),
            later("They carry the damage to every machine at once."),
            later("A picture needs no login, and the text on the screen helps to find a cure."),
        ),
        (
            later("It would be destroyed like the rest."),
            later("The password could be taken, and it opens every door."),
            later("What was stopped half way could run on."),
        ),
    ),
    Nature.FLOODING: (
        (
            later("With this your provider and helpers can build a filter at once."),
            later("A full line can only be cleared before it reaches you."),
            later("On the flooded line you lock yourself out."),
            _LATER,
            later("Only beside a normal day can anybody see what is not normal."),
        ),
        (
            later("It ends the flood by making you vanish: nobody reaches you any more."),
            later("The flood follows to where you went."),
            later("It comes up empty, and all users knock at the same time."),
        ),
    ),
    Nature.INTRUDER: (
        (
            _SAFE_LINE,
            later("A door left open is used again within minutes."),
            later("Those accounts may be lost, and logs are the first thing to be wiped."),
            _LAST_COPY,
            later("You can only close doors that you know of."),
        ),
        (
            later("What is warned hides, or does its worst at once."),
            later("Your password could be read there, and used."),
            _NO_OWN_MAIL,
        ),
    ),
    Nature.LOSS_OF_CONTROL: (
        (
            later("Machines can be replaced."),
            later("A safe state stays safe when the screens are wrong."),
            later("What came in by those links can come again."),
            later("Eyes at the machine see what no network can change."),
            later("Without them nobody can tell later what was changed."),
        ),
        (
            later("What they show may be old, or made up."),
            later("A reset wipes the only trace of what was loaded into it."),
            later("It is the last thing between a fault and harm to people."),
        ),
    ),
    Nature.SPREADING: (
        (
            later("It cannot cross a gap; begin where loss would hurt most."),
            later("These are the roads that it takes."),
            _LAST_COPY,
            later("It may come from them, or be on the way to them."),
            later("One live machine tells more than ten clean ones."),
        ),
        (
            later("It travels with them."),
            later("Each login may leave your password behind."),
            later("It would be hit again in minutes."),
        ),
    ),
    Nature.FOUL_SUPPLY: (
        (
            later("The next update may bring more of it."),
            later("It may take orders from outside."),
            later("This tells helpers who else has it."),
            later("The supplier may take it back, and then nobody can study it."),
            later("A number in a false update may be false too."),
        ),
        (
            later("Removing it also removes the signs of what it did."),
            later("A false cure is a common second blow."),
        ),
    ),
    Nature.IDENTITY_LOST: (
        (
            later("A freeze stops more changes while you prove who you are."),
            later("The lost system cannot lock what it does not know."),
            later("A new password does not end a session that is open."),
            later("They would act on orders that you never gave."),
        ),
        (
            later("The new password would go to the wrong hands."),
            later("One tap lets a stranger in."),
            later("The new keys would be known as soon as they are made."),
        ),
    ),
    Nature.MISDIRECTION: (
        (
            later("From inside, all may look right."),
            later("A freeze stops more changes while you prove who you are."),
            later("Those who help can then compare, and put it right."),
            later("With a false time, false certificates look good, and logs do not match."),
            later("They may be typing them into a copy of your page."),
        ),
        (
            later("Whoever reads along can change it back."),
            later("They may filter it as an error, and make it worse."),
            later("It may be the very sign that you are in the wrong place."),
        ),
    ),
    Nature.DATA_TAKEN: (
        (
            later("What is still leaving can still be stopped."),
            later("Those who must be told need facts, and a gap is a fact."),
            later("What was copied can be used at any hour."),
            later("The time to report may count from now."),
        ),
        (
            later("A wrong word can cost more data, money or proof."),
            later("It may be against the law, and it may carry harm."),
            later("A number that must be taken back costs trust."),
        ),
    ),
    Nature.DATA_FALSIFIED: (
        (
            later("A wrong dose or payment cannot be called back."),
            later("Nobody adds to the false data, and nobody acts on it."),
            later("What is put right too soon can no longer be compared."),
            _LAST_COPY,
            later("They can still stop what they began."),
        ),
        (
            later("The pattern of the changes tells what else to look at."),
            later("You may restore the false data."),
        ),
    ),
    Nature.OUTAGE: (
        (
            later("Most outages begin with a change, and a change can be undone."),
            later("People must not wait for the repair."),
            later("These are quick to look at, and often the cause."),
            later("You need not search at home for what is broken there."),
        ),
        (
            later("You would not know which one helped."),
            later("It may not come up again."),
            later("Both guesses make you blind; the remedy is the same for now."),
        ),
    ),
    Nature.CUT_OFF: (
        (
            later("One working line is enough to get help."),
            later("Helpers cannot find you by trying."),
            later("A person with a card can call from any telephone."),
            later("News then has a time and a place."),
        ),
        (
            later("Whoever calls back must find somebody."),
            later("You do not know who listens there."),
        ),
    ),
    Nature.DEGRADING: (
        (
            later("Two figures make a trend, and a trend gives you a time."),
            later("Soon there may be nothing left to copy, or no way to copy it."),
            later("Fixed while calm, it is done in time."),
            _LATER,
        ),
        (
            later("Help needs time to come."),
            later("It costs much, and fails again at a worse hour."),
        ),
    ),
    Nature.COLLATERAL: (
        (
            later("From this the other side can see what it hits besides."),
            later("One clear case moves a filter; a long complaint does not."),
            later("Talks take longer than people can wait."),
            later("Nobody lifts a block that they do not know of."),
        ),
        (
            later("Two filters against each other cut off everybody between."),
            later("It may be what keeps others alive."),
        ),
    ),
    Nature.UNDER_PRESSURE: (
        (
            later("What cannot be reached cannot be tried."),
            later("Known gaps are tried first."),
            later("A stolen password alone then opens nothing."),
            later("What begins slowly is only seen in old logs."),
            later("When you need them it is too late to look."),
        ),
        (
            later("Noise at the door may hide somebody inside."),
            later("Friendly questions are a way to look for gaps."),
        ),
    ),
    Nature.DEFENDERS_LOST: (
        (
            later("A leader who is there is better than an expert who is not."),
            later("Relief can only work with what it finds."),
            later("A change that nobody watches can break what still works."),
            later("They do not know your normal day."),
        ),
        (
            later("Tired people make the second accident."),
            later("Anybody can offer help when you are weak."),
        ),
    ),
    Nature.ISOLATING: (
        (
            later("Backups are lost first; partners need a word before."),
            later("They can go over to a spare way in time."),
            later("What is on a server cannot be read without it."),
            later("Without it you are alone with the damage."),
        ),
        (
            later("The cure must not do more harm than the ill."),
            later("Memory and traces are gone with the power."),
            later("One link opened too soon undoes it all."),
        ),
    ),
    Nature.HELD_TO_RANSOM: (
        (
            later("With a good backup you need nothing from the other side."),
            later("It stops the spread and keeps the memory, where a key may be."),
            later("From these the kind of lock can be told."),
            later("Then nobody needs to pay."),
            later("Some acts may cost your cover or break a law."),
        ),
        (
            later("Payment brings no certain key, and an answer starts their clock."),
            later("They may destroy what could be saved."),
            later("A key often turns up months later."),
        ),
    ),
    Nature.BEACON: (
        (
            later("A program knows what it was told to look at, and no more."),
            later("Helpers are then free for others."),
            later("A person's word counts for more than a program's."),
            later("What seems small now may be the clue later."),
        ),
        (
            later("It may be right."),
            later("Everybody thinks so, and then nobody has."),
        ),
    ),
}
"""Of each nature the whys of its ``do`` lines and of its ``do_not`` lines."""
