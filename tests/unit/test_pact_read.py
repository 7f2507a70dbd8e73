"""A pact file is read exactly or refused with its key and its line."""

import hashlib
from datetime import date

import pytest

from esos.errors import Malformed
from esos.pact.read import PACT_MAX_BYTES, read_pact
from esos.pact.shipped import load
from esos.words.need import NeedLine

SMALLEST = """\
[pact]
name = "smallest"
title = "The smallest pact"
version = 3
in_force = 2026-01-01
parties = "teams"

[callers]
strangers = "advice-only"

[threshold]
mayday = ["score >= 70"]
pan-pan = ["score >= 40"]

[helpers]
reach = "members"

[assistance]
owed = ["advice"]
"""


def refused(text):
    with pytest.raises(Malformed) as refusal:
        read_pact(text if isinstance(text, bytes) else text.encode())
    return refusal.value


def changed(old, new):
    assert old in SMALLEST
    return SMALLEST.replace(old, new)


def test_the_smallest_pact_gets_the_usual_rest():
    pact = read_pact(SMALLEST.encode())
    assert (pact.name, pact.version, pact.pact.in_force) == ("smallest", 3, date(2026, 1, 1))
    assert pact.assistance.owed == (NeedLine.ADVICE,)
    assert pact.timers.mayday.call_back_ms == 600_000
    assert pact.digest == hashlib.sha256(SMALLEST.encode()).digest()


def test_one_byte_more_is_another_pact():
    assert read_pact(f"{SMALLEST}\n".encode()).digest != read_pact(SMALLEST.encode()).digest


def test_a_table_of_timers_may_name_only_what_it_changes():
    pact = read_pact(f'{SMALLEST}\n[timers.pan-pan]\ncall_back = "20min"\n'.encode())
    assert pact.timers.pan_pan.call_back_ms == 1_200_000
    assert pact.timers.pan_pan.reply_ms == 7_200_000
    assert pact.timers.mayday.reply_ms == 900_000


def test_an_unknown_key_is_refused_with_its_path_and_line():
    refusal = refused(changed('reach = "members"', 'reach = "members"\nattribution = "required"'))
    assert refusal.code == "pact.unknown_key"
    assert refusal.detail == "Line 17: helpers.attribution is no key of a pact."
    assert "wave_cap" in refusal.hint


def test_an_unknown_key_deep_inside_a_list_is_found():
    text = f'{SMALLEST}free_tier = [\n  {{ line = "advice", units = 1 }},\n  {{ line = "triage", units = 1, who = "x" }},\n]\n'
    assert refused(text).detail == "Line 22: assistance.free_tier[1].who is no key of a pact."


def test_a_field_of_the_model_that_belongs_to_no_file_is_unknown():
    assert refused(f"digest = 1\n{SMALLEST}").detail == "Line 1: digest is no key of a pact."


def test_the_name_of_a_field_is_not_its_key():
    refusal = refused(f'{SMALLEST}[timers.mayday]\ncall_back_ms = "5min"\n')
    assert (refusal.code, refusal.detail[:7]) == ("pact.unknown_key", "Line 21")


def test_a_missing_key_is_refused_at_its_table():
    refusal = refused(changed('reach = "members"\n', ""))
    assert refusal.code == "pact.missing"
    assert refusal.detail.startswith("Line 15: helpers.reach is missing; it must be one of: ")


def test_a_missing_section_is_named():
    assert (
        refused(changed('[helpers]\nreach = "members"\n', "")).detail
        == "Line 1: helpers is missing; it must be a table."
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("version = 3", "version = 0", "Line 4: pact.version must be a whole number from 1 to 1,000,000, not 0."),
        ("version = 3", "version = true", "Line 4: pact.version must be a whole number from 1 to 1,000,000, not True."),
        ("version = 3", "version = 3.0", "Line 4: pact.version must be a whole number from 1 to 1,000,000, not 3.0."),
        ("version = 3", "version = 0xffffffffffffffffffff", "Line 4: pact.version must be a whole number"),
        (
            'title = "The smallest pact"',
            'title = ""',
            "Line 3: pact.title must be one line of 1 to 80 characters, not ''.",
        ),
        (
            'title = "The smallest pact"',
            'title = "a\\u0007"',
            "Line 3: pact.title must be one line of 1 to 80 characters",
        ),
        ('title = "The smallest pact"', 'title = "a\\n"', "Line 3: pact.title must be one line of 1 to 80 characters"),
        ('name = "smallest"', 'name = "A b"', "Line 2: pact.name must be a short name of small letters"),
        ('name = "smallest"', 'name = "a\\n"', "Line 2: pact.name must be a short name of small letters"),
        ("2026-01-01", '"2026-01-01"', "Line 5: pact.in_force must be a date such as 2026-01-31, not '2026-01-01'."),
        ("2026-01-01", "2026-01-01T00:00:00Z", "Line 5: pact.in_force must be a date such as 2026-01-31"),
        ("2026-01-01", "1969-12-31", "Line 5: pact.in_force must lie in the years 2000 to 2999."),
        (
            'parties = "teams"',
            'parties = "pirates"',
            "Line 6: pact.parties must be one of: organisation, teams, states, ",
        ),
        ("[pact]\n", "[pact]\nmembers_min = 9\nmembers_max = 8\n", "Line 2: pact.members_min must not be more than"),
        (
            'strangers = "advice-only"',
            'strangers = "ignored"',
            "Line 9: callers.strangers must be one of: advice-only, ",
        ),
        (
            'strangers = "advice-only"',
            'delegates = 1\nstrangers = "advice-only"',
            "Line 9: callers.delegates must be true or false",
        ),
        (
            'mayday = ["score >= 70"]',
            "mayday = []",
            "Line 12: threshold.mayday must be a list of 1 to 100 items, not 0 items.",
        ),
        (
            'mayday = ["score >= 70"]',
            'mayday = ["score >= 70", "score >= 70"]',
            "Line 12: threshold.mayday[1] says score >= 70 twice.",
        ),
        ('mayday = ["score >= 70"]', "mayday = 70", "Line 12: threshold.mayday must be a list of 1 to 100 items."),
        (
            'mayday = ["score >= 70"]',
            'mayday = [\n  "score >= 70",\n  "actor == state",\n]',
            "Line 14: threshold.mayday[1] cannot be read: 'actor' is no effect that can be observed (The known names are: ",
        ),
        ('pan-pan = ["score >= 40"]', 'pan-pan = ["score >"]', "Line 13: threshold.pan-pan[0] cannot be read: "),
        ('owed = ["advice"]', 'owed = ["hack-back"]', "Line 19: assistance.owed[0] must be one of: advice, triage, "),
        ('owed = ["advice"]', 'owed = ["advice", "advice"]', "Line 19: assistance.owed[1] says advice twice."),
        ('[helpers]\nreach = "members"', 'helpers = "all"', "Line 15: pact."),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_whole_range(old, new, sentence):
    if new.startswith("helpers ="):
        # a bare key before the first table, so that it is not taken for a key of [threshold]
        text, sentence = f"{new}\n{changed(old, '')}", "Line 1: helpers must be a table."
    else:
        text = changed(old, new)
    refusal = refused(text)
    assert refusal.code == "pact.value"
    assert refusal.detail.startswith(sentence)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('[timers.mayday]\nack = "none"', "timers.mayday.ack must run, or nobody would be due next."),
        ('[timers.mayday]\nack = "7min"', "timers.mayday.wave_first_unacked must leave a person the 7 minutes of ack."),
        ("[timers.mayday]\nreply = 900", 'timers.mayday.reply must be a duration such as "15min", not 900.'),
        ('[timers.mayday]\nsettle = "400d"', "timers.mayday.settle must be 1 hour to 365 days."),
        (
            '[timers.mayday]\nreply_reminders = ["10min", "5min"]',
            "timers.mayday.reply_reminders must rise, and all come before",
        ),
        (
            '[timers.mayday]\nreply_reminders = ["15min"]',
            "timers.mayday.reply_reminders must rise, and all come before",
        ),
        ('[timers.mayday]\nreply_reminders = ["none"]', "timers.mayday.reply_reminders must rise, and all come before"),
        (
            '[timers.mayday]\nreply_reminders = ["1min","2min","3min","4min","5min","6min"]',
            "timers.mayday.reply_reminders must be at most 5.",
        ),
        ('[timers.pan-pan]\nlease = "none"', "timers.pan-pan.lease must run, or nobody would be due next."),
        (
            '[timers.advisory]\nwave_first_ack = "1h"',
            'timers.advisory.wave_first_ack must be "none": nobody asks for help',
        ),
        ('[timers.advisory]\nreview = "none"', "timers.advisory.review must run, or nobody would be due next."),
        ('[timers.urgent]\nack = "1h"', "timers.urgent is no key of a pact."),
        (
            '[helpers.duty]\npan-pan = "nothing"\nadvisory = "answer"',
            "helpers.duty must not ask more at a lower urgency",
        ),
        (
            '[helpers.ladder.mayday]\nsteps = [{ after = "0s", page = "watch" }]',
            "helpers.ladder.mayday.steps must have 2 to 10 steps",
        ),
        (
            '[helpers.ladder.mayday]\nsteps = [{ after = "1s", page = "watch" }, { after = "1min", page = "backup" }]',
            'helpers.ladder.mayday.steps[0] must page the watch after "0s".',
        ),
        (
            '[helpers.ladder.mayday]\nsteps = [{ after = "0s", page = "backup" }, { after = "1min", page = "watch" }]',
            'helpers.ladder.mayday.steps[0] must page the watch after "0s".',
        ),
        (
            '[helpers.ladder.mayday]\nsteps = [{ after = "0s", page = "watch" }, { after = "0s", page = "backup" }]',
            "helpers.ladder.mayday.steps must stand in rising order of time.",
        ),
        (
            '[helpers.ladder.mayday]\nsteps = [{ after = "0s", page = "watch" }, { after = "6min", page = "backup" }]',
            "helpers.ladder.mayday.steps[1] must come when a person is due, after 5 minutes, or before.",
        ),
        ('[helpers.ladder.mayday]\nround = "none"', "helpers.ladder.mayday.round must be 10 seconds to 24 hours."),
        ('[helpers.ladder.mayday]\nround = "25h"', "helpers.ladder.mayday.round must be 10 seconds to 24 hours."),
        ("[disclosure]\nwitnesses_needed = 1", "disclosure.witnesses_needed must not be more than witnesses_asked."),
        ('[disclosure]\ntlp = "RAINBOW"', "disclosure.tlp must be one of: CLEAR, GREEN, AMBER, AMBER+STRICT, RED"),
        (
            "[disclosure]\nretention_days = 0",
            "disclosure.retention_days must be a whole number from 1 to 36,500, not 0.",
        ),
        (
            '[[law.hooks]]\nname = "X"\napplies_to = "y"\nsteps = [{ after = "none", counted_from = "a", what = "b" }]',
            "law.hooks[0].steps[0].after must be more than none and at most 365 days.",
        ),
        (
            '[[law.hooks]]\nname = "X"\napplies_to = "y"\nsteps = []',
            "law.hooks[0].steps must be a list of 1 to 10 items, not 0 items.",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_with_a_line_inside_its_section(section, sentence):
    refusal = refused(f"{SMALLEST}\n{section}\n")
    line, _, rest = refusal.detail.partition(": ")
    assert rest.startswith(sentence)
    assert 21 <= int(line.removeprefix("Line ")) <= 25


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("wave_first_size = 9\nwave_cap = 8", "helpers.wave_first_size must not be more than wave_cap, 8."),
        ("wave_cap = 10_001", "helpers.wave_cap must be a whole number from 1 to 10,000, not 10001."),
        (
            'second_officers = ["named"]',
            'helpers.second_named must list offices exactly where second_officers has "named".',
        ),
        (
            'second_named = ["Duty office"]',
            'helpers.second_named must list offices exactly where second_officers has "named".',
        ),
        ('second_officers = ["own-station", "own-station"]', "helpers.second_officers[1] says own-station twice."),
        ("tiers = []", "helpers.tiers must be a list of 1 to 5 items, not 0 items."),
        ('tiers = ["pact", "pact"]', "helpers.tiers[1] says pact twice."),
        ('widen = ["sector", "sector"]', "helpers.widen[1] says sector twice."),
    ],
)
def test_what_does_not_fit_among_the_helpers_is_refused(keys, sentence):
    refusal = refused(changed('reach = "members"', f'reach = "members"\n{keys}'))
    assert refusal.detail.split(": ", 1)[1].startswith(sentence)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (
            'above_free = "ceiling"\ncurrency = "EUR"',
            'assistance.ceiling must be given exactly where above_free is "ceiling".',
        ),
        ("ceiling = 5", 'assistance.ceiling must be given exactly where above_free is "ceiling".'),
        ('currency = "EUR"', "assistance.currency must be given exactly where there are prices."),
        ('above_free = "ceiling"\nceiling = 5', "assistance.currency must be given exactly where there are prices."),
        (
            'currency = "euro"',
            "assistance.currency must be a currency of three capital letters, or nothing, not 'euro'.",
        ),
        ('above_free = "at-rate"', 'assistance.tariff must list prices where above_free is "at-rate".'),
        (
            'free_tier = [{ line = "advice", units = 1 }, { line = "advice", units = 2 }]',
            "assistance.free_tier[1] says advice twice.",
        ),
        (
            'free_tier = [{ line = "advice", units = 0 }]',
            "assistance.free_tier[0].units must be a whole number from 1 to",
        ),
        ('free_tier = [{ line = "advice" }]', "assistance.free_tier[0].units is missing"),
        ("free_tier = [1]", "assistance.free_tier[0] must be a table."),
    ],
)
def test_what_does_not_fit_about_the_help_is_refused(keys, sentence):
    assert refused(f"{SMALLEST}{keys}\n").detail.split(": ", 1)[1].startswith(sentence)


def test_a_sector_nobody_knows_is_refused():
    refusal = refused(
        changed(
            'pan-pan = ["score >= 40"]', 'pan-pan = ["score >= 40"]\nsectors = [{ sector = "enemy", dependency = 9 }]'
        )
    )
    assert refusal.detail.startswith("Line 14: threshold.sectors[0].sector must be one of: energy, it, ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[pact\n", 1),
        ("[pact]\nname = 'x\n", 2),
        ("[pact]\nname = 'x'\nname = 'y'\n", 3),
        ("[pact]\n\n[pact]\n", 3),
        ("a = [\n\n1,\n", 3),
        ("in = 2026-02-31\n", 1),
        (f"n = {'9' * 1_999}", 1),
        (b"[pact]\n\nname = '\xff'\n", 3),
        (b"\xef\xbb\xbf[pact]\n", 1),
        (b"\0", 1),
        ("a = " + "[\n" * 100_000, 1),
        (f"\n\n{'a.' * 30}a = 1", 3),
    ],
)
def test_what_is_no_toml_is_refused_with_a_line(text, line):
    refusal = refused(text)
    assert refusal.detail.startswith(f"Line {line}: ") or refusal.code == "pact.too_large"
    assert refusal.code in {"pact.malformed", "pact.too_large"}


def test_a_file_or_a_line_that_is_too_long_is_refused():
    assert refused(b"#" * (PACT_MAX_BYTES + 1)).code == "pact.too_large"
    refusal = refused(f"{SMALLEST}# {'x' * 2_000}\n")
    assert (refusal.code, refusal.detail[:8]) == ("pact.too_large", "Line 20:")


def test_a_file_of_exactly_the_limit_is_read():
    raw = SMALLEST.encode()
    padding = b"#\n" * ((PACT_MAX_BYTES - len(raw)) // 2)
    assert read_pact(raw + padding + b"\n" * ((PACT_MAX_BYTES - len(raw)) % 2)).name == "smallest"


def test_lines_are_counted_alike_with_carriage_returns():
    text = changed("version = 3", "version = 0").replace("\n", "\r\n")
    assert refused(text).detail.startswith("Line 4: ")


def test_a_long_or_strange_key_is_shown_short_and_plain():
    refusal = refused(f'"{"k" * 500}\\u202e" = 1\n{SMALLEST}')
    assert len(refusal.detail) < 120
    assert refusal.detail.isascii() or "…" in refusal.detail
    assert "\u202e" not in refused('"\u202e" = 1').detail


@pytest.mark.parametrize("name", ["pledge", "club", "treaty", "federation"])
def test_a_shipped_pact_that_loses_any_required_line_is_refused(name):
    raw, _ = load(name)
    required = (b"name = ", b"title = ", b"version = ", b"in_force = ", b"parties = ", b"strangers = ", b"reach = ")
    for start in required:
        kept = [line for line in raw.splitlines(keepends=True) if not line.startswith(start)]
        assert refused(b"".join(kept)).code == "pact.missing", start
