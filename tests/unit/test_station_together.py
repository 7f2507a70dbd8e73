"""Several small calls that share a product or a network are shown as what they may be: one situation."""

import sys
from pathlib import Path

import msgspec
import pytest

from esos.station.case_rows import CaseRow
from esos.station.together import CALLS_MIN_COUNT, common_causes
from esos.web.csrf import SESSION_COOKIE
from esos.words.life import Life
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded, inside

SMALL = {
    "functional_impact": "denial-non-critical",
    "observed_activity": "effect",
    "recoverability": "supplemented",
    "potential_impact": "minimal",
    "threat_to_life_or_safety": False,
    "critical_service_denied": False,
}
PLAIN = {str: "", bool: False, int: 0}


def row(number: int, **fields) -> CaseRow:
    plain = {
        field.encode_name: PLAIN.get(field.type, ()) for field in msgspec.structs.fields(CaseRow) if field.required
    }
    return msgspec.convert({**plain, "code": f"CODE{number}", "state": "arrived", **fields}, CaseRow)


def test_calls_that_name_one_product_are_shown_together_however_it_is_written():
    rows = [
        row(1, products=["Example:Router"]),
        row(2, products=["example:router "]),
        row(3, products=["example:router"]),
    ]
    (cause,) = common_causes(rows, None)
    assert cause.shared == "the product example:router"
    assert cause.codes == ("CODE1", "CODE2", "CODE3")
    assert cause.sentence == "3 calls share the product example:router: they may have one cause."


def test_two_calls_are_no_pattern_and_ended_calls_do_not_count():
    two = [row(number, asn=64500) for number in range(CALLS_MIN_COUNT - 1)]
    assert common_causes(two, None) == ()
    assert common_causes([*two, row(9, asn=64500, state=Life.CLOSED.value)], None) == ()
    assert [one.shared for one in common_causes([*two, row(9, asn=64500)], None)] == ["the network AS64500"]


def test_many_small_calls_are_graver_as_one():
    few, many = ([row(number, asn=64500, facts=SMALL) for number in range(count)] for count in (3, 100))
    assert "As one they score" in common_causes(few, None)[0].sentence
    assert (
        common_causes(few, None)[0].sentence.partition("score")[2]
        != common_causes(many, None)[0].sentence.partition("score")[2]
    )


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("together") / "home", members=1, realm=Realm.REAL)


@pytest.mark.anyio
async def test_the_watch_floor_says_that_calls_may_have_one_cause(live):
    async with inside(live) as (client, station):
        for _ in range(CALLS_MIN_COUNT):
            await client.post("/api/v1/calls", json={"details": {"products": ["example:router"], "facts": SMALL}})
        token = await station.tokens.make(live.officers[0].id, "session", lives_ms=600_000)
        page = (await client.get("/watch", headers={"cookie": f"{SESSION_COOKIE}={token}"})).text
        assert "3 calls share the product example:router: they may have one cause. As one they score" in page
