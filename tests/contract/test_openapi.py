"""The interface answers as its own description says, whatever it is sent (OpenAPI 3.1, generated from the code)."""

import re
import sys
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded

HAS_A_FORM_OF_ITS_OWN = {
    "/api/v1/statements",
    "/api/v1/packets",
    "/api/v1/cases/{case_id}/statements",
    "/api/v1/requests/{request_id}/statements",
    "/api/v1/members/{member}/statements",
    "/api/v1/members",
    "/api/v1/pacts",
    "/api/v1/invitations/accept",
    "/api/v1/roster/shifts",
    "/log/tile/{path}",
}
"""What these take (COSE, a packet, the body of a kind, TOML, a calendar, the path of a tile) is told by spec/, not by JSON Schema."""
SHOWN_LETTERS = 1_500
STREAMS = "/api/v1/events"
"""Never ends, so it is tried elsewhere."""


@schemathesis.serializer("application/cose")
def as_raw_bytes(ctx, value) -> bytes:
    """Made-up bodies of the one operation that takes raw COSE."""
    return value if isinstance(value, bytes) else repr(value).encode()


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    live = founded(tmp_path_factory.mktemp("station") / "home", members=2, realm=Realm.REAL).start()
    yield live
    live.kill()


@pytest.fixture(scope="module")
def description(station) -> dict:
    answer = httpx.get(f"{station.http}/schema/openapi.json", timeout=20)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def api(station):
    schema = schemathesis.openapi.from_url(f"{station.http}/schema/openapi.json")
    return schema.exclude(path=STREAMS)


def operations(description: dict) -> list[tuple[str, str, dict]]:
    return [(path, method, one) for path, ways in description["paths"].items() for method, one in ways.items()]


def test_the_description_is_openapi_3_1_and_names_every_resource(description):
    assert description["openapi"].startswith("3.1")
    resources = {
        "members", "pacts", "cases", "cases/{case_id}", "cases/{case_id}/statements", "cases/{case_id}/requests",
        "requests/{request_id}", "roster", "drills", "receipts/{statement}", "checkpoint", "statements", "events",
    }  # fmt: skip
    assert {f"/api/v1/{resource}" for resource in resources} <= set(description["paths"])
    assert {"/log/checkpoint", "/metrics", "/healthz", "/readyz", "/v2/enqueue"} <= set(description["paths"])


def test_every_operation_says_what_it_does_and_how_it_refuses(description):
    for path, method, operation in operations(description):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert operation["description"], place
        assert re.fullmatch("[a-z_]+", operation["operationId"]), place
        if path.startswith("/api/"):
            refusal = operation["responses"]["400"]["content"]
            assert list(refusal) == ["application/problem+json"], place
            assert refusal["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), place


def test_every_value_that_is_named_is_described(description):
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', httpx.Response(200, json=description).text))
    assert named <= set(description["components"]["schemas"])
    assert {"CallGiven", "CaseView", "StatementKept", "Problem"} <= named


def test_only_what_programs_use_is_described(description):
    allowed = re.compile(r"/(api/v1|v2|log)/|/(metrics|healthz|readyz)$")
    assert [path for path in description["paths"] if not allowed.match(path)] == []


def attempt(operation, mode: GenerationMode, headers: dict[str, str], *, examples: int) -> str:
    """Try one operation with made-up requests; what was not as described, or nothing."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def answered_as_described(case):
        unsaid = [positive_data_acceptance] if operation.path in HAS_A_FORM_OF_ITS_OWN else []
        response = case.call(headers=headers)
        # A refusal for its size comes before anybody looks at what is wrong with it.
        unread = [negative_data_rejection] if response.status_code == 413 else []
        case.validate_response(response, excluded_checks=[*unsaid, *unread])

    try:
        answered_as_described()
    except Unsatisfiable:
        return ""  # nothing in it could be wrong
    except (FailureGroup, Failure) as found:
        return f"{operation.label}: {found}"[:SHOWN_LETTERS]
    return ""


def headers_of(station, who: str) -> dict[str, str]:
    tokens = {"officer": station.officers[0].token, "member": station.members[0].token}
    return bearer(tokens[who]) if who in tokens else {}


def attempt_all(api, headers: dict[str, str], *, examples: int) -> list[str]:
    found = [
        attempt(result.ok(), mode, headers, examples=examples)
        for result in api.get_all_operations()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]
    return [one for one in found if one]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ["officer", "nobody"])
def test_whatever_is_sent_is_answered_as_described(api, station, who):
    found = attempt_all(api, headers_of(station, who), examples=2)
    assert not found, "\n\n".join(found)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["officer", "member", "nobody"])
def test_whatever_is_sent_all_night_is_answered_as_described(api, station, who):
    found = attempt_all(api, headers_of(station, who), examples=200)
    assert not found, "\n\n".join(found)
