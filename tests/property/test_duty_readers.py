"""Whatever text comes, the readers of the duty engine answer with a value or with one refusal of the project."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from esos.duty.hours import awake_now, offset_minutes, read_hours
from esos.duty.offline import rank_text
from esos.errors import EsosError

NOW_MS = 1_780_000_000_000
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["need", "members", "id", "call", "now", "free"]), inner, max_size=4)
    ),
    max_leaves=12,
)
table_parts = st.sampled_from(
    [
        "id",
        "free",
        "capabilities",
        ",",
        "\n",
        "\r",
        "# ",
        "need: advice",
        "now: ",
        "advice=4",
        ";",
        '"',
        "a",
        "\0",
        "٣",
        "9" * 30,
        "24/7",
        "\u2028",
        "\ud800",
    ]
)


@given(st.text(max_size=60) | st.lists(table_parts, max_size=25).map("".join))
def test_any_text_is_ranked_or_refused(text):
    with contextlib.suppress(EsosError):
        rank_text(text, now_ms=NOW_MS)


@given(json_like)
def test_any_json_is_ranked_or_refused(value):
    import json

    with contextlib.suppress(EsosError):
        rank_text(json.dumps(value), now_ms=NOW_MS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_hours_and_zone_are_read_or_count_as_asleep(hours, zone):
    with contextlib.suppress(EsosError):
        read_hours(hours)
    assert awake_now(hours, zone, NOW_MS) in {True, False}
    assert offset_minutes(zone, NOW_MS) is None or -1440 < offset_minutes(zone, NOW_MS) < 1440
