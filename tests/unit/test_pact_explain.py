"""A pact says in plain words everything that binds somebody."""

import importlib.util
import re
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

import msgspec
import pytest

import esos.pact
from esos.errors import Malformed
from esos.pact.explain import Explanation, explain
from esos.pact.form import bare, fields_of, item_type
from esos.pact.kept import KEPT_BY, LEFT_TO_PEOPLE, PEOPLE
from esos.pact.model import LawHook, LawStep, Pact, SectorWeight, TariffLine
from esos.pact.shipped import load, names
from esos.pact.threshold import parse_rule
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

SOURCE = Path(esos.pact.__file__).parent.parent


def full():
    """A pact in which every list has an item and every timer that may run runs."""
    pact = load("treaty")[1]
    replace = msgspec.structs.replace
    return replace(
        pact,
        threshold=replace(pact.threshold, sectors=(SectorWeight(sector="water", dependency=60),)),
        timers=replace(
            pact.timers,
            pan_pan=replace(pact.timers.pan_pan, wave_first_unacked_ms=1_800_000, reply_reminders_ms=(60_000,)),
        ),
        assistance=replace(pact.assistance, tariff=(TariffLine(line=NeedLine.ADVICE, price=5),)),
        law=replace(
            pact.law,
            hooks=(LawHook(name="N", applies_to="a", steps=(LawStep(after_ms=60_000, counted_from="c", what="w"),)),),
        ),
    )


def another(type_, value):
    """Another valid value of the same type."""
    kind = bare(type_)
    if get_origin(kind) is Literal:
        return next(choice for choice in get_args(kind) if choice != value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(choice for choice in kind if choice is not value)
    if kind is bool:
        return not value
    if kind is int:
        return value + 60_000 if value >= 60_000 else value + 1
    if kind is date:
        return value + timedelta(days=1)
    return "score >= 99" if is_rule(value) else f"{value}x"


def is_rule(text):
    try:
        return bool(parse_rule(text))
    except Malformed:
        return False


def changes(type_, value, path=""):
    """Every way to change one leaf of a value, and to shorten one list, with where it is."""
    item = item_type(type_)
    if item is not None:
        for index, one in enumerate(value):
            for place, new in changes(item, one, f"{path}[{index}]"):
                yield place, (*value[:index], new, *value[index + 1 :])
        yield f"{path} shortened", value[:-1]
    elif isinstance(value, msgspec.Struct):
        for key, (field, field_type) in fields_of(type(value)).items():
            for place, new in changes(field_type, getattr(value, field.name), f"{path}.{key}"):
                yield place, msgspec.structs.replace(value, **{field.name: new})
    else:
        yield path, another(type_, value)


def test_whatever_is_changed_in_a_pact_changes_its_explanation():
    pact = full()
    before = explain(pact).as_text()
    all_changes = [
        (place, new) for place, new in changes(Pact, pact) if not place.endswith("reply_reminders shortened")
    ]
    assert len(all_changes) > 180
    assert [place for place, new in all_changes if explain(new).as_text() == before] == []


def section_key(place):
    """``helpers.duty`` for ``.helpers.duty.mayday``."""
    return ".".join(re.sub(r"\[.*?\]| shortened", "", place).split(".")[1:3])


def test_every_key_of_the_form_is_kept_by_a_module_or_left_to_people():
    keys = {
        f"{section}.{key}"
        for section, (_, table) in fields_of(Pact).items()
        if section != "digest"
        for key in fields_of(bare(table))
    }
    assert keys == KEPT_BY.keys()
    modules = {kept for kept in KEPT_BY.values() if kept != PEOPLE}
    assert {name for name in modules if importlib.util.find_spec(name) is None} == set()


@pytest.mark.parametrize(("key", "module"), [(key, kept) for key, kept in KEPT_BY.items() if kept != PEOPLE])
def test_the_module_that_keeps_a_key_reads_it(key, module):
    field = key.partition(".")[2].replace("-", "_")
    source = Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8")
    assert field in source, f"{module} does not mention {field}"


@pytest.mark.parametrize("key", [key for key, kept in KEPT_BY.items() if kept == PEOPLE])
def test_what_is_left_to_people_is_read_by_no_decision(key):
    section, field = key.split(".")
    pattern = re.compile(rf"\b(rules|{section}|terms)\.{field}\b")
    sources = [path for room in ("case", "duty", "station") for path in (SOURCE / room).glob("*.py")]
    readers = [path.name for path in sources if pattern.search(path.read_text(encoding="utf-8"))]
    assert readers == [], f"{key} is acted on: say so in esos/pact/kept.py"


def test_a_sentence_is_marked_exactly_where_its_key_is_left_to_people():
    pact = full()
    before = set(explain(pact).as_text().splitlines())
    for place, new in changes(Pact, pact):
        key = section_key(place)
        lines = set(explain(new).as_text().splitlines()) - before
        if key in {"pact.title", "pact.name", "pact.version", "helpers.widen"} or place.endswith("shortened"):
            continue
        marks = {LEFT_TO_PEOPLE in line for line in lines}
        assert marks <= {KEPT_BY[key] == PEOPLE}, f"{place}: {lines}"


def test_a_reminder_that_is_taken_away_changes_the_explanation():
    pact = full()
    gone = msgspec.structs.replace(
        pact.timers, pan_pan=msgspec.structs.replace(pact.timers.pan_pan, reply_reminders_ms=())
    )
    assert explain(msgspec.structs.replace(pact, timers=gone)) != explain(pact)


@pytest.mark.parametrize("name", names())
def test_every_shipped_pact_answers_the_five_questions_in_whole_sentences(name):
    explanation = explain(load(name)[1])
    headings = [part.heading for part in explanation.parts]
    assert headings[1:6] == [
        "Which threats?",
        "Who may call?",
        "How, and who hears it?",
        "Who must help?",
        "What help?",
    ]
    assert headings[6:9] == [f"By when? {urgency.words} ({urgency})" for urgency in Urgency]
    for part in explanation.parts:
        assert part.sentences
        for sentence in part.sentences:
            assert sentence.endswith(".")
            assert "{" not in sentence
            assert "None" not in sentence


def test_a_pact_that_owes_no_help_and_widens_nowhere_says_so():
    pact = full()
    bare_pact = msgspec.structs.replace(
        pact,
        assistance=msgspec.structs.replace(pact.assistance, owed=()),
        helpers=msgspec.structs.replace(pact.helpers, widen=()),
    )
    text = explain(bare_pact).as_text()
    assert "No help is owed; it may be asked for." in text
    assert "the search is not widened to others" in text


def test_the_backup_of_an_emergency_is_told_in_words():
    text = explain(load("club")[1]).as_text()
    assert (
        "a person is due within 5 minutes: paged are the officer on watch at once, the backup officer after 1 minute"
        in text
    )
    assert "  A report of the situation is due every hour; after two missed, contact counts as lost.\n" in text


def test_the_explanation_is_data_too():
    explanation = explain(load("pledge")[1])
    again = msgspec.json.decode(msgspec.json.encode(explanation), type=Explanation)
    assert again == explanation
    assert again.digest == load("pledge")[1].digest.hex()


def test_an_explanation_says_that_nobody_is_asked_who_did_it():
    for name in names():
        assert "nothing is ever asked or read about who did it" in explain(load(name)[1]).as_text()
