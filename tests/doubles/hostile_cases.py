"""Case files that must be refused, each well formed, with the steps that must refuse it; and some that must hold.

``BY_ANYBODY``: whoever holds a file can change it. ``BY_THE_STATION``: only the station can sign for a changed one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from doubles.case_forge import (
    AGAIN,
    CALLER,
    CLINIC,
    CONSENT,
    HONEST,
    ITSELF,
    LODGED,
    NOBODY,
    OFFICER,
    OTHER,
    OTHERS,
    SPARE,
    START_MS,
    STATION,
    TEMPORARY,
    Line,
    Story,
    arrived,
    attests,
    bundle_of,
    card_of,
    enrolled,
    granted,
    log_of,
    member,
    name_of,
    say,
    standing,
    word_of,
    wrote,
)
from esos.case.bundle import CaseBundle
from esos.keys.identity import public_of
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message import bodies as b
from esos.words.realm import Realm

STRANGER = Speaker(
    party=f"stranger:{name_of(NOBODY)}", roles=frozenset({Role.STRANGER}), stranger_key=public_of(NOBODY)
)
HELPER = member(name_of(OTHER))


class Hostile(NamedTuple):
    """The codes of the steps that do not hold, each once, what was done, and how to make the file."""

    codes: tuple[str, ...]
    sentence: str
    make: Callable[[], CaseBundle]


def changed(**fields: Any) -> CaseBundle:
    return msgspec.structs.replace(bundle_of(), **fields)


def row(place: int, **fields: Any) -> CaseBundle:
    """The honest file with one statement's line changed."""
    rows = list(bundle_of().statements)
    rows[place] = msgspec.structs.replace(rows[place], **fields)
    return changed(statements=tuple(rows))


def order(*places: int) -> CaseBundle:
    rows = bundle_of().statements
    return changed(statements=tuple(rows[place] for place in places))


def others_call(at: int) -> tuple[Any, ...]:
    """The honest file's lines with another caller's call from the same log instead of one of them."""
    log = log_of(HONEST, word_of(HONEST))
    rows = list(bundle_of().statements)
    rows[at] = log.statement(OTHERS, "applied", "")
    return tuple(rows)


STAMMERED = HONEST.with_line(arrived(second=60, joined=True))
"""The station says once more that the first call arrived, which changes nothing."""


def whole_of(story: Story) -> dict[str, Any]:
    """Everything of a story's file but its statements."""
    fields = msgspec.structs.asdict(bundle_of(story))
    del fields["statements"]
    return fields


def flip_note(note: str) -> str:
    """A signed note with another key's id before the signature."""
    text, _, base64 = note.rpartition(" ")
    return f"{text} {'B' if base64[0] == 'A' else 'A'}{base64[1:]}"


def as_told(place: int, **changes: Any) -> CaseBundle:
    """The station's file in which one speaker is shown otherwise than it was."""
    line = HONEST.lines[place]
    told = replace(line, speaker=msgspec.structs.replace(line.speaker, **changes))
    return bundle_of(HONEST.instead(place, told))


def with_last(*lines: Line, register: Sequence[Line] = HONEST.register) -> CaseBundle:
    return bundle_of(Story(lines=(*HONEST.lines, *lines), register=tuple(register)))


def beginning(*, register: Sequence[Line] = HONEST.register, **said: Any) -> CaseBundle:
    """The station's file in which it says otherwise how the case began."""
    return bundle_of(replace(HONEST.instead(1, arrived(**said)), register=tuple(register)))


def keys_but(*places: int) -> tuple[bytes, ...]:
    return tuple(bundle_of().keys[place] for place in places)


def flipped(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def of_register(**fields: Any) -> CaseBundle:
    rows = bundle_of().register
    return changed(register=(msgspec.structs.replace(rows[0], **fields), *rows[1:]))


BY_ANYBODY: dict[str, Hostile] = {
    "substituted-call": Hostile(
        ("case.key", "case.exported", "case.opening", "case.outcome"),
        "Another caller's call, from the same log, stands in the place of the real one.",
        lambda: changed(statements=others_call(0)),
    ),
    "inserted-call": Hostile(
        ("case.key", "case.exported", "case.call", "replay.verdict", "case.outcome"),
        "Another caller's call, from the same log, is added.",
        lambda: changed(statements=(*bundle_of().statements, others_call(0)[0])),
    ),
    "cut-at-the-end": Hostile(
        ("case.exported",),
        "The last statement, a second word for the first call, is left out.",
        lambda: changed(statements=bundle_of(STAMMERED).statements[:-1], **whole_of(STAMMERED)),
    ),
    "cut-in-the-middle": Hostile(
        ("case.key", "case.exported", "case.outcome"), "The consent is left out.", lambda: order(0, 1, 2, 4, 5, 6)
    ),
    "reordered": Hostile(
        ("case.key", "case.exported", "case.opening", "replay.verdict", "case.outcome"),
        "The consent stands before the officer took charge.",
        lambda: order(2, 0, 1, 3, 4, 5, 6),
    ),
    "swapped-messages": Hostile(
        ("case.exported",),
        "Two statements stand in another order; the case is the same.",
        lambda: order(0, 1, 2, 4, 3, 5, 6),
    ),
    "register-cut": Hostile(
        ("case.exported", "case.consent"),
        "The consent lodged in peace time is left out.",
        lambda: changed(register=bundle_of().register[:1]),
    ),
    "another-verdict": Hostile(
        ("case.exported", "replay.verdict", "case.outcome"),
        "A statement is shown as refused.",
        lambda: row(4, verdict="case.role", reason="This is for coordinator to say."),
    ),
    "another-time": Hostile(
        ("proof.inclusion",), "A statement is shown as had a minute earlier.", lambda: row(4, at_ms=START_MS - 30_000)
    ),
    "another-speaker": Hostile(
        ("proof.inclusion",),
        "A statement is shown as known in another way.",
        lambda: row(4, admission=bundle_of().statements[4].admission.replace('"key"', '"temporary-key"')),
    ),
    "another-number": Hostile(
        ("proof.inclusion",), "A statement is shown under another number.", lambda: row(4, seq=90)
    ),
    "another-author": Hostile(
        ("statement.signature",),
        "One bit of a signature is another.",
        lambda: row(4, cose=flipped(bundle_of().statements[4].cose)),
    ),
    "register-signature": Hostile(
        ("statement.signature",),
        "One bit of a signature in the register is another.",
        lambda: of_register(cose=flipped(bundle_of().register[0].cose)),
    ),
    "another-size": Hostile(
        ("proof.size", "proof.inclusion"), "The proofs are for another size of the log.", lambda: changed(size=10)
    ),
    "another-head": Hostile(
        ("proof.checkpoint",),
        "The head of the log is signed by somebody else.",
        lambda: changed(checkpoint=flip_note(bundle_of().checkpoint)),
    ),
    "another-station": Hostile(
        ("case.station",),
        "The file names another station's key.",
        lambda: changed(station=msgspec.structs.replace(bundle_of().station, public=public_of(OTHER))),
    ),
    "another-origin": Hostile(
        ("case.station",),
        "The file names another log.",
        lambda: changed(station=msgspec.structs.replace(bundle_of().station, origin="south-station.example/esos-log")),
    ),
    "another-realm": Hostile(
        ("case.realm", "case.opening", "replay.verdict", "case.outcome"),
        "A real case is shown as an exercise.",
        lambda: changed(station=msgspec.structs.replace(bundle_of().station, realm=Realm.EXERCISE)),
    ),
    "another-case": Hostile(
        ("case.exported", "case.subject", "case.opening", "case.outcome"),
        "The file names another case.",
        lambda: changed(case=bytes(16)),
    ),
    "key-missing": Hostile(("case.key",), "A key is left out.", lambda: changed(keys=keys_but(0, 1))),
    "key-more": Hostile(
        ("case.key",),
        "A key is added with which nobody signed.",
        lambda: changed(keys=(*keys_but(0, 1, 2), public_of(OTHER))),
    ),
    "key-twice": Hostile(("case.key",), "A key stands twice.", lambda: changed(keys=keys_but(0, 1, 2, 2))),
    "keys-reordered": Hostile(
        ("case.key",), "The keys stand in another order.", lambda: changed(keys=keys_but(1, 0, 2))
    ),
    "no-statement": Hostile(("cose.malformed",), "A statement is no statement.", lambda: row(4, cose=b"help")),
    "no-speaker": Hostile(
        ("bundle.admission",),
        "Who spoke is written in another way.",
        lambda: row(4, admission=bundle_of().statements[4].admission + " "),
    ),
}

BY_THE_STATION: dict[str, Hostile] = {
    "opened-by-another-call": Hostile(
        ("case.opening",),
        "The caller's second call is shown as the one that opened the case.",
        lambda: bundle_of(Story(lines=(AGAIN, arrived(AGAIN)), register=HONEST.register)),
    ),
    "opened-for-another-caller": Hostile(
        ("case.opening", "case.consent", "replay.verdict", "case.outcome"),
        "The call is shown as opening the case of another member.",
        lambda: beginning(caller=HELPER.party),
    ),
    "opened-late": Hostile(
        ("case.opening", "replay.verdict", "case.outcome"),
        "Something stands before the opening call.",
        lambda: bundle_of(HONEST.with_line(replace(wrote(CLINIC, CALLER), verdict="case.state"), 0)),
    ),
    "opening-not-said": Hostile(
        ("replay.opening", "case.outcome"),
        "The station never says how the case began.",
        lambda: bundle_of(HONEST.instead(1, arrived(joined=True))),
    ),
    "call-that-never-arrived": Hostile(
        ("case.call",),
        "A second call stands in the file, and the station nowhere says that it arrived in this case.",
        lambda: bundle_of(HONEST.instead(6)),
    ),
    "call-of-another-caller": Hostile(
        ("case.caller",),
        "Another caller's call is said to have arrived in this case.",
        lambda: with_last(OTHERS, arrived(OTHERS, 50, joined=True)),
    ),
    "call-left-out": Hostile(
        ("case.call",),
        "The station says that a second call arrived, and leaves the call out.",
        lambda: bundle_of(HONEST.instead(5)),
    ),
    "two-callers": Hostile(
        ("case.caller",),
        "The station names another caller with the second call.",
        lambda: bundle_of(HONEST.instead(6, arrived(AGAIN, 41, joined=True, caller=HELPER.party))),
    ),
    "statement-of-another-case": Hostile(
        ("case.subject",), "A message about another case.", lambda: with_last(wrote(CLINIC, CALLER, case=bytes(16)))
    ),
    "statement-of-no-case": Hostile(
        ("case.subject", "replay.verdict", "case.outcome"),
        "A statement that is about no case, and no packet could say.",
        lambda: with_last(replace(say(CLINIC, CALLER, "tested", b.Tested(call=b"test one"), 30), verdict="case.state")),
    ),
    "exercise-in-a-real-case": Hostile(
        ("case.realm",),
        "A message said in an exercise.",
        lambda: with_last(wrote(CLINIC, CALLER, realm=Realm.EXERCISE)),
    ),
    "grant-by-the-station": Hostile(
        ("case.speaker", "case.consent"),
        "The station signs a consent itself, and shows it as the caller's.",
        lambda: with_last(granted(STATION)),
    ),
    "grant-attested": Hostile(
        ("case.attested", "case.consent", "replay.verdict", "case.outcome"),
        "The station attests a consent, which nobody can.",
        lambda: with_last(
            replace(
                granted(STATION, msgspec.structs.replace(CALLER, attested=True), attests=attests(CALLER)),
                verdict="applied",
            )
        ),
    ),
    "grant-attested-in-secret": Hostile(
        ("case.attested", "case.consent"),
        "The station attests a consent, and shows it as signed with the caller's key.",
        lambda: with_last(granted(STATION, CALLER, attests=attests(CALLER))),
    ),
    "grant-with-a-key-nobody-knows": Hostile(
        ("case.speaker",),
        "A consent under a key of which nothing shows that it is the caller's.",
        lambda: with_last(granted(NOBODY)),
    ),
    "grant-by-another": Hostile(
        ("case.consent", "replay.verdict", "case.outcome"),
        "A helper consents for the caller, and the station lets it.",
        lambda: with_last(replace(granted(OTHER, HELPER), verdict="applied")),
    ),
    "member-for-another": Hostile(
        ("case.speaker",),
        "One member's message is shown as another's.",
        lambda: as_told(4, party=HELPER.party),
    ),
    "member-by-a-token": Hostile(
        ("case.speaker",),
        "A message under a key is shown as known by a token.",
        lambda: as_told(4, known_by=KnownBy.TOKEN),
    ),
    "member-as-officer": Hostile(
        ("case.speaker",),
        "A member speaks under its own key as an officer.",
        lambda: as_told(4, roles=frozenset({Role.MEMBER, Role.OFFICER})),
    ),
    "member-with-a-strangers-role": Hostile(
        ("case.speaker",),
        "A member speaks under its own key and is shown as a stranger as well.",
        lambda: as_told(4, roles=frozenset({Role.MEMBER, Role.STRANGER})),
    ),
    "member-as-auditor": Hostile(
        ("case.speaker",),
        "Somebody says what is not for them to say.",
        lambda: as_told(4, roles=frozenset({Role.AUDITOR})),
    ),
    "member-as-stranger": Hostile(
        ("case.speaker",),
        "A stranger's message is shown as of another stranger.",
        lambda: with_last(wrote(CLINIC, STRANGER, "From far.")),
    ),
    "stranger-with-a-name": Hostile(
        ("case.speaker",),
        "A stranger's message is shown as a member's.",
        lambda: with_last(wrote(NOBODY, msgspec.structs.replace(STRANGER, party=HELPER.party))),
    ),
    "stranger-as-member": Hostile(
        ("case.speaker",),
        "A stranger is shown with a member's role.",
        lambda: with_last(
            wrote(NOBODY, msgspec.structs.replace(STRANGER, roles=frozenset({Role.STRANGER, Role.MEMBER})))
        ),
    ),
    "stranger-known-by-key": Hostile(
        ("case.speaker",),
        "A stranger is shown as known by a key.",
        lambda: with_last(wrote(NOBODY, msgspec.structs.replace(STRANGER, known_by=KnownBy.KEY))),
    ),
    "station-as-member": Hostile(
        ("case.speaker",),
        "What the station says itself is shown with a member's role.",
        lambda: with_last(wrote(STATION, msgspec.structs.replace(ITSELF, roles=frozenset({Role.MEMBER})))),
    ),
    "attested-by-a-member": Hostile(
        ("case.attested",),
        "A member attests for an officer.",
        lambda: with_last(wrote(CLINIC, OFFICER)),
    ),
    "attested-for-another": Hostile(
        ("case.attested",),
        "What the station attests for one officer is shown as another's.",
        lambda: as_told(2, party="officer:two"),
    ),
    "attested-in-another-way": Hostile(
        ("case.attested",),
        "What was attested by a link is shown as by a session.",
        lambda: with_last(wrote(STATION, OFFICER, attests=attests(OFFICER, known_by="link"))),
    ),
    "attested-shown-as-signed": Hostile(
        ("case.attested",),
        "What the station attests is shown as signed by the officer.",
        lambda: as_told(2, attested=False),
    ),
    "signed-shown-as-attested": Hostile(
        ("case.attested",),
        "What the caller signed is shown as attested.",
        lambda: as_told(4, attested=True),
    ),
    "card-by-another": Hostile(
        ("case.card",),
        "The member's card is signed by somebody else.",
        lambda: with_last(register=(card_of(CLINIC, SPARE, by=NOBODY), CONSENT)),
    ),
    "card-that-is-none": Hostile(
        ("case.card",),
        "In the place of the member's card stands another statement of the member.",
        lambda: with_last(register=(card_of(CLINIC, SPARE, proof=CONSENT.statement.raw), CONSENT)),
    ),
    "card-without-its-key": Hostile(
        ("case.card",),
        "The member's card does not name the key that signed it.",
        lambda: with_last(register=(card_of(CLINIC, SPARE, names=(SPARE,)), CONSENT)),
    ),
    "consent-nobody-lodged": Hostile(
        ("case.consent",),
        "The station tells of a consent lodged in peace time, and there is none.",
        lambda: beginning(standing=(standing(grant=bytes(32)),)),
    ),
    "consent-lodged-by-another": Hostile(
        ("case.consent",),
        "The consent that the station tells of was lodged by somebody else.",
        lambda: beginning(
            standing=(standing(grant=(theirs := say(OTHER, HELPER, "grant_lodged", LODGED, -10)).statement.id),),
            register=(HONEST.register[0], theirs),
        ),
    ),
    "consent-for-more": Hostile(
        ("case.consent",),
        "The consent that the station tells of is for more than was lodged.",
        lambda: beginning(standing=(standing(scope="Everything."),)),
    ),
    "consent-for-longer": Hostile(
        ("case.consent",),
        "The consent that the station tells of lasts longer than was lodged.",
        lambda: beginning(standing=(standing(expires_ms=START_MS + 26 * 3_600_000),)),
    ),
    "judged-otherwise": Hostile(
        ("replay.verdict", "case.outcome"),
        "The station refused a statement that the tables take.",
        lambda: bundle_of(HONEST.instead(3, replace(granted(), verdict="grant.expiry", reason="Too long."))),
    ),
    "another-outcome": Hostile(
        ("case.outcome",),
        "The station signs for another case than the statements make.",
        lambda: bundle_of(word=word_of(HONEST, case_sha256=bytes(32))),
    ),
    "another-count": Hostile(
        ("case.exported",),
        "The station signs for one statement more.",
        lambda: bundle_of(word=word_of(HONEST, count=8)),
    ),
    "word-for-another-case": Hostile(
        ("case.exported",),
        "The station signs for another case.",
        lambda: bundle_of(word=word_of(HONEST, case=bytes(16))),
    ),
    "word-by-another": Hostile(
        ("case.exported", "case.speaker"),
        "Somebody else signs for the statements.",
        lambda: bundle_of(word=say(CLINIC, CALLER, "case_exported", word_of(HONEST).statement.body, 100)),
    ),
    "word-attested": Hostile(
        ("case.exported", "case.speaker"),
        "The station signs for the statements in the name of an officer.",
        lambda: bundle_of(word=say(STATION, OFFICER, "case_exported", word_of(HONEST).statement.body, 100)),
    ),
    "another-word": Hostile(
        ("case.exported", "case.outcome"),
        "In the place of the station's word stands another statement of it.",
        lambda: bundle_of(word=card_of(CLINIC, SPARE)),
    ),
}

HOLDING: dict[str, Hostile] = {
    "holds": Hostile((), "An honest file.", bundle_of),
    "holds-with-a-stranger": Hostile(
        (),
        "A stranger's message, which the tables refuse.",
        lambda: with_last(wrote(NOBODY, STRANGER)),
    ),
    "holds-by-the-stations-word": Hostile(
        (),
        "A consent under a temporary key, of which the station alone says whose it is.",
        lambda: with_last(
            granted(TEMPORARY, member(CALLER.party, KnownBy.TEMPORARY_KEY)),
            register=(*HONEST.register, enrolled(CALLER.party, TEMPORARY)),
        ),
    ),
    "holds-by-clocks-that-differ": Hostile(
        (),
        "A second call was had by a process whose clock is late: the consents last from the first one on.",
        lambda: with_last(
            late := say(CLINIC, CALLER, "called", b.Called(call=b"call odd"), -30),
            arrived(late, -29, joined=True, standing=(standing(),)),
        ),
    ),
    "holds-with-something-set-aside": Hostile(
        (),
        "A message that the station could not fold.",
        lambda: with_last(
            replace(wrote(CLINIC, CALLER, "Odd."), verdict="fold.set_aside", reason="It could not be folded.")
        ),
    ),
}
