"""A model check of the tables: everything is reachable, nothing is a dead end, and no row stands untold."""

import ast
import importlib
import inspect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from esos.case import step as stepping
from esos.case.clock import ON_ELAPSED
from esos.case.guards import free, is_any
from esos.case.model import AFTER_WORK, ASKED, BOUND, PENDING, CaseRole
from esos.case.table import AT_END, BY_CLOCK, LAST_HELPER_LOST, LATE_YES, LIFE_ROWS, REQUEST_ROWS
from esos.case.timing import REMINDERS, TIMERS
from esos.keys.speaker import Role
from esos.message.kinds import KINDS, Scope
from esos.pact.check import REMINDERS_MAX
from esos.pact.ladder import DEFAULT_LADDERS
from esos.words.life import Life
from esos.words.request_state import RequestState

STORIES = (
    "calling", "urgency", "charge", "requests", "money", "waves", "consent", "ends", "timers", "parts", "suspecting",
    "law", "sight",
)  # fmt: skip
LIFE_MOVES = {
    *((frm, to) for row in LIFE_ROWS for frm in row.frm for to in row.to),
    *(move for row in REQUEST_ROWS for move in row.moves),
    LAST_HELPER_LOST,
}
STATE_MOVES = {
    *((frm, to) for row in REQUEST_ROWS for frm in row.frm for to in row.to),
    *((frm, to) for _, frms, to in BY_CLOCK for frm in frms),
    *((frm, to) for frms, to in AT_END for frm in frms),
}
WAYS_IN = {RequestState.SENT, RequestState.OFFERED}
ROLES_AT_STATION = {
    CaseRole.CALLER: {Role.MEMBER, Role.STRANGER, Role.BEACON},
    CaseRole.RELAY: {Role.MEMBER, Role.STRANGER, Role.BEACON, Role.RELAY, Role.OFFICER},
    CaseRole.OFFICER: {Role.OFFICER},
    CaseRole.COORDINATOR: {Role.OFFICER},
    CaseRole.SECOND: {Role.OFFICER, Role.SECOND},
    CaseRole.RESPONDER: {Role.MEMBER},
    CaseRole.STATION: {Role.STATION},
    CaseRole.REGISTRAR: {Role.REGISTRAR},
    CaseRole.ANY: set(Role),
}
"""Which roles at a station somebody can have who is this to a case."""


def reachable(start, moves):
    """Everything that moves lead to."""
    found, waiting = set(start), list(start)
    while waiting:
        here = waiting.pop()
        new = {to for frm, to in moves if frm is here} - found
        found |= new
        waiting += new
    return found


# ------------------------------------------------------------------------------------------ the model check
def test_every_life_is_reached_from_the_first_call():
    assert reachable({Life.CALLING}, LIFE_MOVES) == set(Life)


def test_every_life_but_the_last_has_a_way_out_and_the_last_has_none():
    ends = {life for life in Life if not {to for frm, to in LIFE_MOVES if frm is life} - {life}}
    assert ends == {Life.ERASED}


@pytest.mark.parametrize("life", [life for life in Life if life not in {Life.CLOSED, Life.ERASED}])
def test_every_life_can_come_to_its_close(life):
    assert Life.CLOSED in reachable({life}, LIFE_MOVES)


@pytest.mark.parametrize("life", [life for life in Life if life.is_open])
def test_the_caller_can_always_cancel_and_every_end_is_undone_by_calling(life):
    assert (life, Life.CANCELLED) in LIFE_MOVES
    assert all((end, Life.ARRIVED) in LIFE_MOVES for end in Life if end.is_ended)


def test_every_state_of_a_request_is_reached_and_every_one_comes_to_an_end():
    assert reachable(WAYS_IN, STATE_MOVES) == set(RequestState)
    for state in RequestState:
        ends = {one for one in reachable({state}, STATE_MOVES) if one.is_end}
        assert ends, state
        assert state.is_end == (not {to for frm, to in STATE_MOVES if frm is state}), state


def test_nothing_leads_out_of_an_outcome():
    assert {frm for frm, _ in STATE_MOVES if frm.is_end} == set()


def test_an_end_of_the_case_takes_every_open_request_to_its_end_or_on_its_way_home():
    covered = frozenset().union(*(frms for frms, _ in AT_END)) | AFTER_WORK
    assert covered == {state for state in RequestState if not state.is_end}
    assert {to for _, to in AT_END} <= AFTER_WORK | {state for state in RequestState if state.is_end}


def test_the_groups_of_states_part_the_states():
    groups = Counter(state for group in (ASKED, PENDING - ASKED, BOUND, AFTER_WORK) for state in group)
    assert set(groups.values()) == {1}
    assert groups.keys() == {state for state in RequestState if not state.is_end}


def test_for_an_event_and_a_state_there_is_at_most_one_row():
    lives = Counter((row.event, life) for row in LIFE_ROWS for life in row.frm)
    states = Counter((row.event, state) for row in REQUEST_ROWS for state in row.frm)
    assert [place for place, count in (lives + states).items() if count > 1] == []
    assert {row.event for row in LIFE_ROWS} & {row.event for row in REQUEST_ROWS} == set()


# ------------------------------------------------------------------------------------------ kinds and roles
def test_every_kind_that_concerns_a_case_has_a_row_and_no_other_has():
    about_cases = {name for name, kind in KINDS.items() if kind.scope in {Scope.CASE, Scope.CALL}}
    assert {row.event for row in (*LIFE_ROWS, *REQUEST_ROWS)} == about_cases
    assert about_cases >= LATE_YES


def test_a_statement_about_a_request_names_it_and_no_other_row_needs_one():
    assert all("request" in KINDS[row.event].body.__struct_fields__ for row in REQUEST_ROWS)


@pytest.mark.parametrize("row", [*LIFE_ROWS, *REQUEST_ROWS], ids=lambda row: row.event)
def test_whoever_a_row_lets_speak_is_admitted_by_the_table_of_kinds(row):
    for role in row.who:
        assert KINDS[row.event].who & ROLES_AT_STATION[role], f"{row.event}: a {role.value} is never admitted"


@pytest.mark.parametrize("row", [*LIFE_ROWS, *REQUEST_ROWS], ids=lambda row: row.event)
def test_every_row_says_in_sentences_what_it_does_and_when_it_may(row):
    for part in (row.do, row.guard, row.two):
        assert (inspect.getdoc(part) or "").split("\n", maxsplit=1)[0].endswith("."), part


def test_what_two_people_must_agree_to_is_never_said_by_the_station_alone():
    assert not any(CaseRole.STATION in row.who for row in (*LIFE_ROWS, *REQUEST_ROWS) if row.two.__name__ != "never")


# ------------------------------------------------------------------------------------------ timers
def calls_of(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def started_in(path: Path) -> Iterator[str]:
    """Names of the timers that a module starts, by literal, or one by one from the tuple of reminders."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in calls_of(tree, "run", "start", "start_at"):
        first = call.args[0]
        if isinstance(first, ast.Constant):
            yield first.value
        elif path.name == "draft.py":
            continue  # hands the name on
        elif isinstance(first, ast.Name) and first.id == "name":
            yield from REMINDERS if "REMINDERS" in ast.unparse(tree) else ()
        else:
            raise AssertionError(f"{path.name}:{call.lineno}: {ast.unparse(first)} names no timer")


def test_every_timer_started_anywhere_is_in_the_table_and_every_one_of_the_table_is_started(repo_root):
    modules = sorted((repo_root / "src" / "esos" / "case").glob("*.py"))
    started = {name for path in modules for name in started_in(path)}
    assert started == TIMERS.keys()


def test_a_timer_that_no_row_knows_is_found(tmp_path):
    module = tmp_path / "late.py"
    module.write_text(
        'def f(d):\n    d.run("tea")\n    d.start("cake", 1)\n    d.start_at("bread", 1)\n', encoding="utf-8"
    )
    assert set(started_in(module)) == {"tea", "cake", "bread"}
    module.write_text("def f(d, what):\n    d.run(what)\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="names no timer"):
        list(started_in(module))


def test_every_timer_has_an_act_and_every_act_a_timer():
    assert ON_ELAPSED.keys() == TIMERS.keys()


def test_every_timer_names_what_it_waits_for_who_holds_the_case_next_and_what_follows():
    holders = {step.page for ladder in DEFAULT_LADDERS.values() for step in ladder.steps} | {"coordinator", "station"}
    for row in TIMERS.values():
        assert row.holder in holders
        assert all((row.label, row.waits_for, row.says))


def test_there_is_a_timer_for_every_reminder_a_pact_may_set():
    assert len(REMINDERS) == REMINDERS_MAX


# ------------------------------------------------------------------------------------------ the stories
def stories() -> Iterator[object]:
    """Every story that needs nothing but itself."""
    for name in STORIES:
        module = importlib.import_module(f"test_case_stories_{name}")
        for told in vars(module).values():
            if (
                inspect.isfunction(told)
                and told.__name__.startswith("test_")
                and not inspect.signature(told).parameters
            ):
                yield told


def test_every_row_of_both_tables_is_told_in_a_story(monkeypatch):
    told = []
    obey = stepping._obey
    monkeypatch.setattr(stepping, "_obey", lambda d, row, *subject: told.append(id(row)) or obey(d, row, *subject))
    for story in stories():
        story()
    untold = [(row.event, sorted(row.frm)) for row in (*LIFE_ROWS, *REQUEST_ROWS) if id(row) not in told]
    assert untold == []


def test_every_guard_of_both_tables_refuses_in_a_story(monkeypatch):
    """A guard that never says no guards nothing."""
    refusing = set()
    obey = stepping._obey

    def watched(d, row, *subject):
        refusal = obey(d, row, *subject)
        if refusal is not None and refusal.code != "case.role":
            refusing.add(row.guard)
        return refusal

    monkeypatch.setattr(stepping, "_obey", watched)
    for story in stories():
        story()
    silent = {row.guard.__name__ for row in (*LIFE_ROWS, *REQUEST_ROWS)} - {guard.__name__ for guard in refusing}
    assert silent - {free.__name__, is_any.__name__} == set()
