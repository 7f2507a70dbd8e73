"""What /metrics says, and that the dashboard and the conditions worth waking somebody for ask for nothing else."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from esos.errors import Busy
from esos.station.records import CaseRecord, Folding, Parcel
from esos.station.station import PROBE_NAME
from esos.web import probe
from esos.web.figures import FIGURES

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
MONITORING = Path(__file__).parent.parent.parent / "deploy" / "monitoring"
NAME = re.compile(r"\b(?:esos|process)_[a-z0-9_]+\b")
FLOOD = 10_001
"""More cases than a list was ever read for one figure."""
UNITS = ("_seconds", "_bytes", "_ratio", "_info", "_total")
COUNTED_THINGS = re.compile(
    "_(cases_open|cases_without_officer|journal_head|members|officers|officers_on_watch|log_leaves|parcels_waiting|"
    "parcels_given_up|entries_set_aside|event_streams_open|store_waiting|requests_in_hand|requests_in_line|"
    "connections_open|journal_writable|pact_in_force|process|process_folds|clock_wrong|strangers_door_shut|"
    "beacons_heard|beacons_silent)$"
)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("metrics") / "home", members=2)


@pytest.fixture
def empty(tmp_path):
    """A station with no case yet."""
    return founded(tmp_path / "home")


@pytest.fixture
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def figures(client) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    return {
        one.name
        + ("{" + ",".join(f"{key}={value}" for key, value in one.labels.items()) + "}" if one.labels else ""): (
            one.value
        )
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def asked_for() -> dict[str, set[str]]:
    """By file, the names that it asks Prometheus for."""
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    rules = yaml.safe_load((MONITORING / "prometheus-rules.yml").read_text(encoding="utf-8"))
    conditions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return {
        "dashboard": {name for query in queries for name in NAME.findall(query)},
        "conditions": {name for query in conditions for name in NAME.findall(query)},
    }


async def test_every_figure_that_the_dashboard_or_a_condition_asks_for_is_there(web):
    client, _ = web
    await client.get("/api/v1/cases")
    text = (await client.get("/metrics")).text
    given = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    for file, names in asked_for().items():
        assert len(names) > 8
        assert names - given == set(), file
    shown = {name for name in given if name.startswith("esos_") and not name.endswith("_created")}
    assert shown - asked_for()["dashboard"] == set(), "the dashboard shows all there is"


async def test_the_dashboard_s_panels_have_their_own_places_and_say_what_they_show():
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    cells = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(panel["description"].endswith(".") for panel in board["panels"] if panel["type"] != "row")


async def test_every_condition_says_in_words_what_is_the_matter_and_what_to_do():
    rules = yaml.safe_load((MONITORING / "prometheus-rules.yml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in {"page", "look"}
        for words in (rule["annotations"]["summary"], rule["annotations"]["next"]):
            assert words.endswith("."), words
            assert words[0].isupper() or words.startswith("{{"), words


def test_every_name_says_its_unit_or_what_it_counts():
    for figure in FIGURES:
        assert figure.name.endswith(UNITS) or COUNTED_THINGS.search(figure.name), figure.name
        assert (figure.kind == "counter") == figure.name.endswith("_total"), figure.name
        assert figure.says.endswith("."), figure.name


async def test_the_figures_say_what_waits_and_since_when(web, live):
    client, station = web
    before = await figures(client)
    assert before["esos_cases_without_officer"] == 0
    kept = await client.post("/api/v1/calls", json={"caller_name": "Example Clinic"})
    assert kept.status_code == 201
    async with asyncio.timeout(60):
        while await station.journal.unlogged(limit=1):
            await asyncio.sleep(0.02)
    station.clock.now_ms = lambda now=station.clock.now_ms: now() + 120_000
    now = await figures(client)
    assert now["esos_cases_without_officer"] == 1
    assert now["esos_cases_without_officer_oldest_seconds"] >= 119
    assert now["esos_journal_writable"] == 1
    assert now["esos_pact_in_force"] == 1
    assert now["esos_officers_on_watch"] == 1
    assert now["esos_log_lag_seconds"] < 119
    assert now["esos_http_requests_total{outcome=admitted,work=words}"] >= 1
    assert now["esos_http_requests_in_hand{work=health}"] == 1
    assert now["esos_disk_free_bytes"] > 0
    assert now["process_resident_memory_bytes"] > 0
    said = (await client.get("/metrics")).text
    assert not [name for name in ("Example Clinic", live.members[0].id, live.members[0].name) if name in said]


async def test_in_a_flood_all_is_counted_and_the_case_that_has_waited_longest_is_still_seen(empty):
    async with inside(empty) as (client, station):
        now_ms = station.clock.now_ms()
        flood = [case_kept(number, opened_ms=now_ms) for number in range(FLOOD)]
        assert all(await station.journal.save([case_kept(FLOOD, opened_ms=now_ms - 3_600_000), *flood], now_ms=now_ms))
        now = await figures(client)
    assert now["esos_cases_open"] == now["esos_cases_without_officer"] == FLOOD + 1
    assert now["esos_cases_without_officer_oldest_seconds"] >= 3_600
    assert now["esos_parcels_waiting"] == FLOOD + 1
    assert now["esos_parcels_late_seconds"] >= 3_600


def case_kept(number: int, *, opened_ms: int) -> Folding:
    """A case without a person, and a page of it that was to go when it was opened."""
    name = number.to_bytes(16)
    record = CaseRecord(
        id=name, caller="somebody", version=1, life="arrived", is_open=True, urgency="mayday", concern="alert",
        holder="", page_code="", opened_ms=opened_ms, updated_ms=opened_ms, blob=b"",
    )  # fmt: skip
    page = Parcel(id=name, case=name, kind="page", not_before_ms=opened_ms, blob=b"", lane="nobody takes this one")
    return Folding(
        route="", fence=0, case=record, expected_version=0, verdicts=(), said=(), due=(), parcels=(page,)
    )  # fmt: skip


async def test_a_store_out_of_reach_is_said_and_the_rest_is_still_shown(web, monkeypatch):
    client, station = web

    lease = station.journal.lease

    async def unreachable(*given, **named):
        if given and given[0] != PROBE_NAME:  # the folding beside this test goes on
            return await lease(*given, **named)
        raise Busy("storage.unreachable", "The database does not answer.")

    for name in ("lease", "head", "unlogged"):
        monkeypatch.setattr(station.journal, name, unreachable)
    now = await figures(client)
    assert now["esos_journal_writable"] == 0
    assert "esos_cases_open" not in now
    assert now["esos_members"] == 2


async def test_a_store_that_stands_still_is_said_soon_by_all_who_look_and_asked_once(web, monkeypatch):
    client, station = web
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.1)
    goes_on, asked, lease = asyncio.Event(), [], station.journal.lease

    async def still(name, **given):
        if name == PROBE_NAME:
            asked.append(name)
            await goes_on.wait()
        return await lease(name, **given)

    monkeypatch.setattr(station.journal, "lease", still)
    async with asyncio.timeout(60):
        ready = await asyncio.gather(*(client.get("/readyz") for _ in range(9)))
        station.clock.now_ms = lambda now=station.clock.now_ms: now() + 5_000
        now = await figures(client)
        alive = await client.get("/healthz")
        assert {(one.status_code, one.json()["troubles"][0]) for one in ready} == {(503, probe.SILENT)}
        assert (now["esos_journal_writable"], "esos_cases_open" in now, alive.status_code) == (0, False, 200)
        assert len(asked) == 1
        goes_on.set()
        while probe.SILENT in (await client.get("/readyz")).text:
            await asyncio.sleep(0.01)


async def test_what_is_refused_is_counted_by_its_kind_of_work(web, live):
    client, _ = web
    refused = "esos_http_requests_total{outcome=refused,work=rest}"
    assert refused not in await figures(client)
    assert (await client.get("/api/v1/cases", headers=bearer(live.officers[0].token))).status_code == 200
    now = await figures(client)
    assert "esos_store_refused_total" in now
    assert set(now) >= {f"esos_http_requests_in_line{{work={work}}}" for work in ("words", "desk", "pages", "rest")}
