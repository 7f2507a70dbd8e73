"""``esos take``: a call taken in a terminal, where each answer is at the station before the next question."""

import json
import os
import subprocess
import sys

import pytest
from live import founded

from esos.words.realm import Realm


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    live = founded(tmp_path_factory.mktemp("take") / "home", realm=Realm.EXERCISE)
    live.start()
    yield live
    live.kill()


def esos(live, *arguments: str, typed: str = "") -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "esos.cli.main", *arguments, "--url", live.http, "--token", live.officers[0].token]
    return subprocess.run(line, input=typed, capture_output=True, text=True, timeout=120, check=False, env=os.environ)


def test_the_questions_are_asked_in_order_and_a_dot_makes_it_a_call_with_what_is_there(live):
    done = esos(live, "take", typed="+353999000111\nThe night porter\nExample Mill\n.\n")
    assert done.returncode == 0, done.stderr
    asked = [done.stdout.index(one) for one in ("ring you back", "Who is speaking", "Which organisation")]
    assert asked == sorted(asked)
    assert "Please do this, in this order" in done.stdout
    cases = live.client(live.officers[0].token).get("/api/v1/cases").json()["cases"]
    assert "Example Mill" in [one["caller_name"] for one in cases]


def test_what_was_begun_is_listed_resumed_and_put_aside(live):
    begun = json.loads(esos(live, "take", "--answer", "caller=Example Quay", "--json").stdout)
    listed = json.loads(esos(live, "take", "--list", "--json").stdout)["drafts"]
    assert [one["answers"]["caller"] for one in listed] == ["Example Quay"]
    more = esos(live, "take", "--resume", begun["draft"], typed="112\n")
    assert more.returncode != 0
    kept = json.loads(esos(live, "take", "--list", "--json").stdout)["drafts"][0]["answers"]
    assert kept == {"caller": "Example Quay", "reply": "112"}
    assert esos(live, "take", "--resume", begun["draft"], "--aside").returncode == 0
    assert json.loads(esos(live, "take", "--list", "--json").stdout)["drafts"] == []


def test_an_answer_to_no_question_is_refused_with_the_questions_there_are(live):
    refused = esos(live, "take", "--answer", "culprit=nobody", "--call", "--json")
    assert refused.returncode != 0
    assert esos(live, "take", "--answer", "nonsense").returncode == 2
    assert esos(live, "take", "--aside").returncode == 2
