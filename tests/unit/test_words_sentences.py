"""What is said about a case and in a page: whole sentences with times, and never a word that collapses receipt into help."""

import re
from datetime import timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.duty.explain import why_you
from esos.duty.picture import CallPicture, Need
from esos.duty.tier import Duty
from esos.words.life import Concern, Life
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.page_text import PageFacts, PageReason, page_text
from esos.words.phrases import Coming, at, by, coming_words
from esos.words.sentences import CaseFacts, told
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

MINUTE = 60_000
MIDNIGHT = 1_772_323_200_000
"""2026-03-01 00:00 UTC."""
ARRIVED = MIDNIGHT + 50 * MINUTE + 6_000
"""00:50:06 UTC, 02:50:06 where the clock is two hours ahead."""


def ahead(minutes):
    return timezone(timedelta(minutes=minutes))


AVOIDED = re.compile(
    r"\b(ticket|alert rule|attackers?|threat actors?|workflow|casualt(y|ies)|summons|hoax|received|acknowledged)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\bD\d\d?\b|\bT_[A-Z]+\b|\bNone\b|[{}]|\(\)|  | \.|;\.|: \.")
TEXT = re.compile(r"^\S.*[.?:;]$|^\S.*\)$", re.DOTALL)


def facts(**changes) -> CaseFacts:
    values = {
        "station": "Northern Watch",
        "since_ms": ARRIVED,
        "zone": ahead(120),
        "person_due_ms": ARRIVED + 5 * MINUTE,
    }
    return CaseFacts(**(values | changes))


FULL = facts(
    officer_since_ms=ARRIVED + 2 * MINUTE,
    call_back_due_ms=ARRIVED + 10 * MINUTE,
    next_try_ms=ARRIVED + 5_000,
    wave_due_ms=ARRIVED + 6 * MINUTE,
    review_due_ms=ARRIVED + 1440 * MINUTE,
    settle_due_ms=ARRIVED + 45 * 1440 * MINUTE,
    asked=5,
    coming=(
        Coming(
            team="Lighthouse Scrubbing",
            line=NeedLine.SCRUBBING,
            units=20,
            needed_units=40,
            due_ms=ARRIVED + 20 * MINUTE,
        ),
    ),
    unmet=((NeedLine.SCRUBBING, 20), (NeedLine.ADVICE, 4)),
    released=3,
)


# -------------------------------------------------------------------------------------------------------- times
@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (120, "02:50:06 (00:50 UTC)"),
        (-300, "19:50:06 (00:50 UTC)"),
        (345, "06:35:06 (00:50 UTC)"),
        (0, "00:50:06 UTC"),
    ],
)
def test_an_instant_is_said_in_local_time_and_utc(offset, expected):
    assert at(ARRIVED, ahead(offset)) == expected


def test_a_deadline_is_said_to_the_minute_and_never_later_than_it_is():
    assert by(ARRIVED + 59 * 1000 - 6000, ahead(120)) == "02:50 (00:50 UTC)"


def test_a_deadline_on_another_day_says_which_day_in_local_time():
    assert by(ARRIVED + 1440 * MINUTE, ahead(120), seen_from_ms=ARRIVED) == "2026-03-02 02:50 (00:50 UTC)"
    assert by(ARRIVED + 60 * MINUTE, ahead(120), seen_from_ms=ARRIVED) == "03:50 (01:50 UTC)"
    late = MIDNIGHT - 70 * MINUTE
    assert by(late + 20 * MINUTE, ahead(120), seen_from_ms=late) == "01:10 (23:10 UTC)"
    assert by(late + 20 * MINUTE, ahead(60), seen_from_ms=late) == "2026-03-01 00:10 (23:10 UTC)"


@given(st.integers(0, 4_000_000_000_000), st.integers(-12 * 60, 14 * 60))
def test_every_instant_everywhere_can_be_said(ms, offset):
    assert re.fullmatch(r"\d\d:\d\d:\d\d( \(\d\d:\d\d UTC\)| UTC)", at(ms, ahead(offset)))


# ------------------------------------------------------------------------------------------- the brief's sentences
def test_arrived_says_that_no_person_has_seen_it_and_when_one_is_due():
    said = told(Life.ARRIVED, facts())
    assert said.now == "Arrived 02:50:06 (00:50 UTC). No person has seen it yet; one is due by 02:55 (00:55 UTC)."


def test_taken_says_who_has_the_case_and_since_when():
    said = told(Life.ACKNOWLEDGED, FULL)
    assert said.now == "The officer on watch at Northern Watch has your case since 02:52 (00:52 UTC)."
    assert said.next == ("You are called back by 03:00 (01:00 UTC). The first teams are asked by 02:56 (00:56 UTC).")


def test_mobilising_counts_those_asked_and_those_coming_and_says_when_the_next_are_asked():
    said = told(Life.MOBILISING, facts(asked=5, wave_due_ms=ARRIVED + 6 * MINUTE, officer_since_ms=ARRIVED))
    assert said.now.startswith("5 teams asked, 0 coming; next teams are asked at 02:56 (00:56 UTC).")


def test_one_team_is_one_team():
    assert told(Life.MOBILISING, facts(asked=1)).now.startswith("1 team asked, 0 coming;")


def test_assisting_says_who_is_coming_with_how_much_of_what_is_needed_and_when():
    said = told(Life.ASSISTING, FULL)
    assert said.now.startswith("Lighthouse Scrubbing is coming: 20 of 40 Gbit/s, due 03:10 (01:10 UTC).")
    assert "Still needed: Cleaning of traffic (20 Gbit/s); Advice (4 person-hours)." in said.now


def test_a_team_that_has_not_said_when_is_coming_without_a_time():
    coming = Coming(team="Lighthouse", line=NeedLine.ADVICE, units=2, needed_units=8)
    assert coming_words(coming, 120) == "Lighthouse is coming: 2 of 8 person-hours."


# ----------------------------------------------------------------------------------------------------------- laws
@pytest.mark.parametrize("life", [life for life in Life if life.is_open and life is not Life.ARRIVED])
def test_no_open_case_hides_that_no_person_has_charge_of_it(life):
    """A machine may have asked the first teams by itself: receipt is not help."""
    without = told(life, facts(asked=5)).now
    assert "No person has charge of it now; one is due by 02:55 (00:55 UTC)." in without
    assert "officer on watch" not in without
    assert "The officer on watch at Northern Watch has your case" in told(life, FULL).now


@pytest.mark.parametrize("life", [life for life in Life if not life.is_open])
def test_a_case_that_is_not_open_claims_no_officer(life):
    assert "has your case" not in told(life, FULL).now


@pytest.mark.parametrize("life", [life for life in Life if life.is_ended or life is Life.CLOSED])
def test_every_end_says_that_calling_again_is_possible(life):
    assert "call again" in told(life, FULL).do_meanwhile


@pytest.mark.parametrize("life", [life for life in Life if life.is_ended])
def test_every_end_says_that_helpers_are_released_and_consent_is_over(life):
    said = told(life, FULL).now
    assert "Every consent you gave has ended." in said
    assert life is Life.STOOD_DOWN or "3 teams are told and released" in said


@pytest.mark.parametrize("life", Life)
@pytest.mark.parametrize("known", [FULL, facts(), CaseFacts(station="Northern Watch", since_ms=ARRIVED)])
def test_every_life_has_three_whole_sentences_without_codes_or_words_to_avoid(life, known):
    said = told(life, known)
    for text in (said.now, said.next, said.do_meanwhile):
        assert TEXT.match(text), text
        assert len(text.split()) >= 3
        assert not CODE.search(text), text
        assert not AVOIDED.search(text), text


@pytest.mark.parametrize("life", Life)
def test_a_drill_says_so_first_and_a_real_case_never_does(life):
    drill = told(life, facts(is_exercise=True))
    assert drill.now == "This is a drill. " + told(life, facts()).now
    assert "drill" not in told(life, facts()).now


def test_no_two_lives_say_the_same():
    assert len({told(life, FULL).now for life in Life}) == len(Life)


# ---------------------------------------------------------------------------------------------------------- pages
MINIMAL = PageFacts(urgency=Urgency.MAYDAY)
RICH = PageFacts(
    urgency=Urgency.MAYDAY,
    caller="Harbour Hospital",
    station="Northern Watch",
    team="Lighthouse Scrubbing",
    natures=(Nature.FLOODING, Nature.CUT_OFF),
    needs=((NeedLine.SCRUBBING, 40),),
    unmet=((NeedLine.ADVICE, 4),),
    called_ms=ARRIVED,
    since_ms=ARRIVED,
    now_ms=ARRIVED,
    due_ms=ARRIVED + 15 * MINUTE,
    escalates_ms=ARRIVED + 20 * MINUTE,
    zone=ahead(120),
    tier=DutyTier.PACT,
    basis="Pact of the northern harbours, article 4",
    why=("Part of this traffic crosses your network.", "You are awake now."),
    concern=Concern.ALERT,
    matter="end the case as no emergency",
    reason="the caller answered that there is no distress",
    reply="the porter's own telephone",
    numbers=("+44 1632 960 001",),
    case_code="K7QF2M",
    answer_code="4711-20",
)
NO_URGENCY = {
    "not_taken",
    "released",
    "cancelled",
    "standdown_proposed",
    "committed_to_caller",
    "officer_has_your_case",
    "stood_down",
    "call_taken_back",
    "ended",
    "not_needed",
    "warning_over",
    "law_due",
    "message",
    "message_quiet",
    "page_returned",
}


def sentences(title: str, body: str) -> list[str]:
    return [title, *body.split("\n")]


@pytest.mark.parametrize("reason", PageReason)
@pytest.mark.parametrize("known", [MINIMAL, RICH])
def test_every_page_has_a_title_to_wake_to_and_a_body_of_sentences(reason, known):
    title, body = page_text(reason, known)
    assert "\n" not in title
    assert 10 <= len(title) <= 120
    assert body
    for text in sentences(title, body):
        assert len(text.split()) >= 3, text
        assert text[0].isupper(), text
        assert not CODE.search(text), text
        assert not AVOIDED.search(text), text
    assert [line for line in body.split("\n") if line[-1] not in ".?"] == []


def test_no_two_reasons_have_the_same_page():
    assert len({page_text(reason, RICH)[0] for reason in PageReason}) == len(PageReason)


def test_a_page_to_the_watch_says_who_what_since_when_and_what_happens_otherwise():
    title, body = page_text(PageReason.WATCH_DUE, RICH)
    assert title == "Emergency now (mayday): Harbour Hospital is calling and nobody has taken it"
    assert body.split("\n") == [
        "Harbour Hospital called at 02:50:06 (00:50 UTC).",
        "What it sees: We are flooded with traffic; We are cut off: no mail, telephone or network.",
        "You are on watch. No person has answered yet.",
        "A person is due by 03:05 (01:05 UTC).",
        "Open the link and take the case. Only your own word stops the calls; that this page reached you does not.",
        "If nobody takes it, the next person on the list is called at 03:10 (01:10 UTC).",
        "If the link does not open, answer by telephone with the code 4711-20.",
    ]


def test_a_request_says_what_why_you_by_which_duty_by_when_how_to_decline_and_when_you_are_released():
    _, body = page_text(PageReason.ASKED, RICH)
    for expected in (
        "Harbour Hospital asks Lighthouse Scrubbing for: Cleaning of traffic (40 Gbit/s).",
        "Why you: Part of this traffic crosses your network. You are awake now.",
        "Who caused it plays no part: no such field is read.",
        "You are bound by the pact.",
        "Please answer by 03:05 (01:05 UTC).",
        "To decline, open the link and choose a lawful ground",
        "You are released as soon as the need is met or the case ends.",
    ):
        assert expected in body


@pytest.mark.parametrize("reason", PageReason)
def test_no_page_says_a_thing_twice_or_ends_a_sentence_twice(reason):
    duty = Duty(tier=DutyTier.CONTRACT, basis="You have a contract with the caller.", owed="You owe an answer.")
    picture = CallPicture(caller="caller", natures=(Nature.FLOODING,))
    need = Need(line=NeedLine.FILTERING, needed=40, open_units=40)
    why = " ".join(why_you(duty, picture, need, 20, 0))
    facts = msgspec.structs.replace(RICH, why=(why,), basis=duty.basis, matter="end the case.")
    title, body = page_text(reason, facts)
    assert "Why you: Why you" not in body
    assert ".." not in title + body.replace("...", "")


@pytest.mark.parametrize("tier", DutyTier)
def test_a_request_says_the_duty_in_words_and_never_as_a_number(tier):
    _, body = page_text(PageReason.ASKED, PageFacts(urgency=Urgency.PAN_PAN, tier=tier))
    assert f"You are {tier.words}. {tier.owed}" in body
    assert not re.search(r"\btier\b|\b[0-4]\b", body)


@pytest.mark.parametrize("reason", [reason for reason in PageReason if reason not in NO_URGENCY])
@pytest.mark.parametrize("urgency", Urgency)
def test_a_page_that_wants_something_begins_with_its_urgency_in_words_and_the_code_word(reason, urgency):
    title, _ = page_text(reason, PageFacts(urgency=urgency, caller="Harbour Hospital"))
    assert title.startswith(f"{urgency.words} ({urgency})")


@pytest.mark.parametrize("reason", sorted(NO_URGENCY))
def test_a_page_that_gives_relief_does_not_sound_like_an_emergency(reason):
    title, _ = page_text(PageReason(reason), RICH)
    assert "Emergency" not in title


def test_a_caller_without_a_name_is_still_a_caller():
    title, body = page_text(PageReason.WATCH_DUE, PageFacts(urgency=Urgency.MAYDAY, called_ms=ARRIVED))
    assert "an unnamed caller is calling" in title
    assert body.startswith("An unnamed caller called at 00:50:06 UTC.")


def test_a_name_is_written_as_its_owner_writes_it():
    _, body = page_text(PageReason.WATCH_DUE, PageFacts(urgency=Urgency.MAYDAY, caller="eHarbour", called_ms=ARRIVED))
    assert body.startswith("eHarbour called at")


@given(st.text(max_size=80), st.sampled_from(PageReason))
def test_a_name_can_forge_neither_a_line_nor_a_field_of_a_page(name, reason):
    as_before = page_text(
        reason, PageFacts(urgency=Urgency.MAYDAY, caller="Harbour", team="T", reason="R", called_ms=0)
    )
    forged = page_text(
        reason, PageFacts(urgency=Urgency.MAYDAY, caller=f"H{name}", team=f"T{name}", reason=f"R{name}", called_ms=0)
    )
    assert forged[1].count("\n") == as_before[1].count("\n")
    assert len(forged[0].splitlines()) == 1


def test_braces_in_a_name_are_only_braces():
    title, _ = page_text(PageReason.WATCH_DUE, PageFacts(urgency=Urgency.MAYDAY, caller="{code} {0} {caller.x}"))
    assert "{code} {0} {caller.x} is calling" in title


def test_what_is_wanted_of_the_reader_is_said_even_when_no_time_is_known():
    for reason, wanted in {
        PageReason.ASKED: "Please answer: offer, commit or decline.",
        PageReason.SELECTED: "Please commit",
        PageReason.SECOND_NEEDED: "agree or object",
        PageReason.STANDDOWN_PROPOSED: "agree, or say what is still needed",
        PageReason.SITREP_DUE: "Please say how it stands",
        PageReason.REVIEW_DUE: "Please decide whether it goes on",
        PageReason.ADVISORY_WARNING: "Please say that a person has seen this",
        PageReason.CANCELLED: "stop any work on its systems",
        PageReason.LEASE_LOST: "take the case",
    }.items():
        assert wanted in page_text(reason, MINIMAL)[1]
