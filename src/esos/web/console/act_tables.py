"""Every act a page can offer, with its words and its form: tables, in the order in which a page shows them.

Law 9: nothing here can ask for, offer or allow retaliation; law 8: cancelling asks for nothing.
"""

from esos.web.console.act_keeping import KEEPING_ACTS
from esos.web.console.fields import COSTS, GROUNDS, NO_DISTRESS, RUNGS, URGENCIES, Act, Field

_NOTE = Field(name="note", label="Note", hint="One sentence for the history, if you like.")
_REASON = Field(name="reason", label="Reason")
_ACCOUNT = (
    Field(name="hours", label="Hours", kind="number"),
    Field(name="cost_eur", label="Cost in euro", kind="number"),
    _NOTE,
)
_READY = Field(name="ready_minutes", label="Ready in how many minutes", kind="number")

OFFICER_ACTS: tuple[Act, ...] = (
    Act(
        kind="acknowledged",
        title="Take charge of this case",
        button="I take this case",
        says="The caller is told at once that a named officer has its case. Other officers become backup.",
        weight="main",
    ),
    Act(
        kind="hand_over_accepted",
        title="Accept the case",
        button="I take it over",
        says="The case was offered to you. It moves to you now.",
        weight="main",
    ),
    Act(
        kind="called_back",
        title="Record the call-back",
        button="Record what I heard",
        says="Ring the number that was fixed beforehand, not one from the call itself, and say here what you heard.",
        fields=(
            Field(
                name="result",
                label="What did you hear?",
                kind="rows",
                required=True,
                options=(
                    ("in_distress", "The caller is in distress"),
                    ("no_distress", "The caller says that there is no distress"),
                    ("no_answer", "Nobody answered"),
                    ("wrong_party", "Somebody else answered"),
                ),
            ),
            Field(name="by", label="By which number or way", hint="As “the switchboard number on the member card”."),
            Field(name="confirms", label="The situation itself is confirmed, not only the caller", kind="check"),
        ),
        weight="main",
    ),
    Act(
        kind="requested",
        title="Ask a team",
        button="Ask this team",
        says="The team owes an answer by the pact's reply time. Wave by wave the station also asks by itself.",
        fields=(
            Field(name="responder", label="Which team", kind="member", required=True),
            Field(name="lines", label="For what", kind="needs", required=True, hint="What is still open is filled in."),
        ),
        weight="main",
    ),
    Act(
        kind="messaged",
        title="Write to everybody on the case",
        button="Send",
        says="Caller, helpers and officers on this case read it. It stays in the history.",
        fields=(Field(name="text", label="Message", kind="long", required=True),),
    ),
    Act(
        kind="stabilised",
        title="Declare it stable",
        button="It is stable",
        says="On the caller's or a helper's word. Help stays; standing down is proposed later.",
        fields=(_NOTE,),
    ),
    Act(
        kind="relapsed",
        title="It got worse again",
        button="It got worse again",
        says="The search for help goes on at once.",
        fields=(_NOTE,),
        weight="main",
    ),
    Act(
        kind="urgency_changed",
        title="Change the urgency",
        button="Change the urgency",
        says="Raising takes effect at once. Lowering needs a second officer.",
        fields=(
            Field(name="urgency", label="New urgency", kind="rows", required=True, options=URGENCIES),
            _REASON,
        ),
    ),
    Act(
        kind="severity_overruled",
        title="Set the proposed severity aside",
        button="Set it aside",
        says="The machine's proposal and yours both stay on record. Lowering needs a second officer.",
        fields=(
            Field(name="urgency", label="It is", kind="rows", required=True, options=URGENCIES),
            Field(name="reason", label="Why", required=True),
        ),
    ),
    Act(
        kind="control_proven",
        title="Record proof of control",
        button="Record the proof",
        says="The caller showed that it controls what it asks others to change. Without it nothing is done to others.",
        fields=(
            Field(name="resource", label="What it controls", required=True, hint="A network, a name, an account."),
            Field(name="rung", label="How it was shown", kind="rows", required=True, options=RUNGS),
            Field(name="hours", label="Good for how many hours", kind="number", required=True, value="24"),
        ),
    ),
    Act(
        kind="channel_set",
        title="Who may write",
        button="Set who may write",
        says="Restricted means: only the caller, the coordinator and committed helpers write here.",
        fields=(
            Field(
                name="channel",
                label="The case's channel is",
                kind="rows",
                required=True,
                options=(("open", "open to everybody on the case"), ("restricted", "restricted")),
            ),
        ),
    ),
    Act(
        kind="contact_lost",
        title="Contact with the caller is lost",
        button="Contact is lost",
        says="Concern is raised. After a while the case may be stood down without the caller's word.",
        fields=(Field(name="by", label="How you know"),),
    ),
    Act(
        kind="contact_returned",
        title="Contact with the caller is back",
        button="Contact is back",
        says="Concern about silence is over.",
        fields=(_NOTE,),
    ),
    Act(
        kind="handed_over",
        title="Hand the case over",
        button="Offer the case",
        says="The case stays yours until the other officer accepts.",
        fields=(Field(name="to", label="To whom", kind="officer", required=True), _NOTE),
    ),
    Act(
        kind="suspended",
        title="Suspend the effort",
        button="Propose to suspend",
        says="Work stops although a need is unmet. Everybody is released; the caller may call again at any time.",
        fields=(_REASON,),
        weight="grave",
    ),
    Act(
        kind="resumed",
        title="Resume the effort",
        button="Propose to resume",
        says="The search for help goes on.",
        fields=(_NOTE,),
        weight="main",
    ),
    Act(
        kind="stood_down",
        title="Stand down",
        button="Stand everybody down",
        says="Everybody is released and every consent ends. Before the case is stable this needs a second officer.",
        fields=(
            Field(name="caller_agrees", label="The caller agrees; I heard it say so", kind="check"),
            _NOTE,
        ),
        weight="grave",
    ),
    Act(
        kind="no_emergency",
        title="Find that there is no emergency",
        button="Propose: no emergency",
        says="Call back first, or say what else proves it. This judges nobody's intent, and calling again undoes it.",
        fields=(
            Field(name="shown_by", label="What shows it", kind="rows", required=True, options=NO_DISTRESS),
            Field(name="evidence", label="In a sentence", required=True),
        ),
        weight="grave",
    ),
    Act(
        kind="cancelled",
        title="Take back a call that you entered",
        button="Take the call back",
        says="For a call entered by mistake. Where anybody else reported it, somebody calls back first.",
        fields=(Field(name="reason", label="What happened, if you like"),),
        weight="grave",
    ),
    Act(
        kind="closed",
        title="Close the case",
        button="Close the case",
        says="The last word: what happened, what it cost, what was learned.",
        fields=(
            Field(name="report", label="Report", kind="long"),
            Field(name="costs", label="Costs", kind="long"),
            Field(name="lessons", label="Lessons", kind="long"),
        ),
        weight="main",
    ),
    *KEEPING_ACTS,
)
"""An officer's acts on a case, in the order in which a page shows them."""

LINK_ACTS = frozenset({"acknowledged", "hand_over_accepted", "called_back", "messaged"})
"""What an officer may do by the link in a page, without signing in."""

DIRECTOR_ACTS: tuple[Act, ...] = (
    Act(
        kind="selected",
        title="Choose this offer",
        button="Choose",
        says="The team is asked to commit itself.",
        weight="main",
    ),
    Act(
        kind="not_taken",
        title="Thank them; the offer is not needed",
        button="Thank, not needed",
        says="Its duty is done, with thanks.",
    ),
    Act(kind="released", title="Release this team", button="Release", says="It may go home, with thanks."),
    Act(
        kind="extended",
        title="Let it stay longer",
        button="Extend",
        says="The agreement goes on for so many days beyond its end, as the caller wishes it.",
        fields=(Field(name="days", label="Days", kind="number", value="7"), _NOTE),
    ),
    Act(
        kind="request_cancelled",
        title="Take the request back",
        button="Take the request back",
        says="The team need do nothing more.",
    ),
    Act(
        kind="settled",
        title="Settle its account",
        button="Settle",
        says="Hours and costs are known.",
        fields=_ACCOUNT,
    ),
)
"""The coordinator's acts on one request."""

RESPONDER_ACTS: tuple[Act, ...] = (
    Act(
        kind="committed",
        title="We come",
        button="We come: commit",
        says="You are bound, and the caller is told that you are coming.",
        fields=(
            Field(name="lines", label="With what", kind="needs", hint="What was asked is filled in."),
            _READY,
            Field(name="cost", label="Cost", kind="choice", options=COSTS),
        ),
        weight="main",
    ),
    Act(
        kind="offered",
        title="We can offer a part, or under a condition",
        button="Offer",
        says="You are not bound until the coordinator chooses your offer and you commit.",
        fields=(
            Field(
                name="how",
                label="You offer",
                kind="rows",
                options=(
                    ("partial", "a part of what is asked"),
                    ("full", "all of it"),
                    ("conditional", "it under a condition"),
                ),
                value="partial",
            ),
            Field(name="lines", label="How much", kind="needs"),
            Field(name="condition", label="The condition, if there is one"),
            _READY,
            Field(name="cost", label="Cost", kind="choice", options=COSTS),
        ),
    ),
    Act(
        kind="declined",
        title="We decline",
        button="Decline",
        says="A no with its ground is a full answer; caller and station are told. Nobody is judged by it.",
        fields=(
            Field(name="ground", label="Your ground", kind="rows", required=True, options=GROUNDS),
            Field(name="sentence", label="One sentence more, if you like"),
        ),
    ),
    Act(
        kind="considering",
        title="We are looking at it",
        button="We are looking at it",
        says="The station sees that a person has the request. An answer is still due.",
    ),
    Act(
        kind="progressed",
        title="Report work",
        button="Report",
        says="Your first report counts as your first useful act.",
        fields=(
            Field(name="note", label="What was done", kind="long", required=True),
            Field(name="done_percent", label="How much of it is done, in percent", kind="number"),
        ),
        weight="main",
    ),
    Act(
        kind="returned",
        title="We have ended our work",
        button="We have returned",
        says="Only the account is open then.",
        fields=(_NOTE,),
        weight="main",
    ),
    Act(
        kind="extended",
        title="The work takes longer",
        button="Ask to stay longer",
        says="Caller and coordinator are asked; once one of them agrees, it goes on for so many days beyond its end.",
        fields=(Field(name="days", label="Days", kind="number", value="7"), _NOTE),
    ),
    Act(
        kind="settled",
        title="Settle the account",
        button="Settle",
        says="Hours and costs, zero where there were none. Then the request is closed.",
        fields=_ACCOUNT,
        weight="main",
    ),
    Act(
        kind="withdrew",
        title="We have to withdraw",
        button="Withdraw",
        says="Other teams are asked at once.",
        fields=(
            Field(name="ground", label="Your ground", kind="rows", required=True, options=GROUNDS),
            Field(name="notice_minutes", label="You stay for how many minutes yet", kind="number"),
            Field(name="sentence", label="One sentence more, if you like"),
        ),
        weight="grave",
    ),
)
"""A responder's acts on its request."""

CALLER_ACTS: tuple[Act, ...] = (
    Act(
        kind="messaged",
        title="Tell us more",
        button="Send",
        says="The officer and the teams on your case read it.",
        fields=(Field(name="text", label="Your message", kind="long", required=True),),
    ),
    Act(
        kind="urgency_changed",
        title="It got worse",
        button="Change the urgency",
        says="Raising the urgency is free and takes effect at once.",
        fields=(Field(name="urgency", label="How urgent is it now?", kind="rows", required=True, options=URGENCIES),),
    ),
    Act(
        kind="updated",
        title="Change what you need",
        button="This is what we need",
        says="Teams are asked for this, and for no more.",
        fields=(Field(name="needs", label="How much of what", kind="needs", required=True),),
    ),
    Act(
        kind="relapsed",
        title="It is bad again",
        button="It is bad again",
        says="The teams are asked again at once.",
        weight="main",
    ),
    Act(
        kind="cancelled",
        title="Cancel the call",
        button="Cancel the call",
        says="This is free and nobody asks why. Everybody the call reached is told.",
        fields=(Field(name="reason", label="A word for those who came, if you like"),),
        weight="grave",
    ),
)
"""A caller's acts on its own case."""
