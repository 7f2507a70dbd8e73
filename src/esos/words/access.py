"""What a record of accesses says: who came in how, and who looked at what, in whole sentences.

The one looked at reads the same rows as the auditor.
"""

from enum import StrEnum

from esos.words.language import later


class Act(StrEnum):
    """What was done. The first group is about coming in, the second about looking."""

    SIGNED_IN = "signed_in"
    REFUSED = "refused"
    SIGNED_OUT = "signed_out"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_COUNTER = "passkey_counter"
    CASE = "case"
    CASE_EXPORTED = "case_exported"
    ATTACHMENT = "attachment"
    MEMBER = "member"
    REGISTER = "register"
    ACCESSES = "accesses"
    CASES = "cases"
    REPORT = "report"
    DRAFT = "draft"
    PRACTICE = "practice"
    CONTACTS = "contacts"
    READINESS = "readiness"
    NUMBERS = "numbers"
    ROSTER = "roster"
    BRIEF = "brief"
    PEOPLE = "people"
    INVITED = "invited"
    BEACONS = "beacons"
    CONSTITUENCIES = "constituencies"
    OUTSIDE = "outside"
    LOST = "lost"


ACT_WORDS: dict[str, str] = {
    Act.SIGNED_IN: later("signed in"),
    Act.REFUSED: later("was refused at the door"),
    Act.SIGNED_OUT: later("signed out everywhere"),
    Act.PASSKEY_ADDED: later("added a passkey"),
    Act.PASSKEY_REMOVED: later("removed a passkey"),
    Act.PASSKEY_COUNTER: later("was refused: this passkey may have been copied"),
    Act.CASE: later("opened a case"),
    Act.CASE_EXPORTED: later("took a copy of a case"),
    Act.ATTACHMENT: later("opened an attachment"),
    Act.MEMBER: later("opened a member's card"),
    Act.REGISTER: later("opened the register"),
    Act.ACCESSES: later("read this record"),
    Act.CASES: later("looked over the cases"),
    Act.REPORT: later("opened a report that a law asks for"),
    Act.DRAFT: later("opened a call that is being written down"),
    Act.PRACTICE: later("looked at a practice"),
    Act.CONTACTS: later("looked at addresses of people"),
    Act.READINESS: later("looked at the readiness of the watch"),
    Act.NUMBERS: later("opened the telephone tree"),
    Act.ROSTER: later("opened the roster"),
    Act.BRIEF: later("opened the hand-over brief"),
    Act.PEOPLE: later("looked at who the people of the station are"),
    Act.INVITED: later("looked at who is invited"),
    Act.BEACONS: later("looked at whose signs of life are heard"),
    Act.CONSTITUENCIES: later("looked at who sees which members"),
    Act.OUTSIDE: later("asked for what is outside their view, and was shown nothing"),
    Act.LOST: later("accesses could not be recorded while the journal took nothing"),
}

WAY_WORDS: dict[str, str] = {
    "link": later("by a one-time link"),
    "passkey": later("with a passkey"),
    "oidc": later("through the organisation's own sign-in"),
    "session": later("on a page, signed in"),
    "bearer": later("with a program's token"),
    "presented": later("with its own key"),
    "page-link": later("by the link in a page"),
    "": later("without being known"),
}

DEVICE_WORDS: dict[str, str] = {
    "telephone": later("a telephone"),
    "tablet": later("a tablet"),
    "computer": later("a computer"),
    "program": later("a program"),
    "": later("an unknown device"),
}
"""Kinds of device only: the record is about who looked, and keeps no more of a person than that needs."""


def device_of(agent: str) -> str:
    """The kind of device that a browser says it is on; no version, no model."""
    said = agent.casefold()
    if not said:
        return ""
    if "ipad" in said or "tablet" in said:
        return "tablet"
    if "mobi" in said or "iphone" in said or "android" in said:
        return "telephone"
    return "computer" if "mozilla/" in said else "program"
