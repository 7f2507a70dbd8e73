"""A COSE library of others reads our statements and packets as we do; it lives in an environment of its own."""

import json
import shutil
import subprocess
import sys

import pytest

SCRIPT = "scripts/check_with_other_cose.py"
FEWEST_HOLD, FEWEST_REFUSED = 90, 9


@pytest.fixture(scope="module")
def other_python(repo_root):
    program = repo_root / ".venv-cwt" / "bin" / "python"
    if not program.exists():
        pytest.skip("the other COSE library is not installed here: make cose")
    return program


def compare(python, root):
    done = subprocess.run([python, root / SCRIPT], capture_output=True, text=True, timeout=100, check=False)
    *disagreed, last = done.stdout.splitlines()
    return done.returncode, [line for line in disagreed if line], json.loads(last)


def test_another_cose_library_agrees_on_every_statement_and_packet(other_python, repo_root, capsys):
    code, disagreed, found = compare(other_python, repo_root)
    assert (code, disagreed) == (0, [])
    assert found["holds"] >= FEWEST_HOLD
    assert found["refused"] >= FEWEST_REFUSED
    with capsys.disabled():
        sys.stdout.write(f" [{found['holds']} of our messages hold for {found['library']}, {found['refused']} do not]")


def test_where_it_disagreed_it_would_be_seen(other_python, repo_root, tmp_path):
    (tmp_path / "scripts").mkdir()
    shutil.copy(repo_root / SCRIPT, tmp_path / SCRIPT)
    for folder in ("statements", "packet"):
        shutil.copytree(repo_root / "spec" / "vectors" / folder, tmp_path / "spec" / "vectors" / folder)
    spoiled = tmp_path / "spec" / "vectors" / "statements" / "kind-called.json"
    vector = json.loads(spoiled.read_text(encoding="utf-8"))
    vector["statement"] = vector["statement"][:-2] + ("00" if vector["statement"][-2:] != "00" else "01")
    spoiled.write_text(json.dumps(vector), encoding="utf-8")
    code, disagreed, found = compare(other_python, tmp_path)
    assert (code, found["agrees"]) == (1, False)
    assert disagreed == ["kind-called: we say True, the other library False", "kind-called: another payload than ours"]
