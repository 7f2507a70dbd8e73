"""Every vector is what its script writes: none is edited by hand, none is left over."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("write_*_vectors.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_writing_the_vectors_again_gives_the_same_files(script):
    program = [sys.executable, script, "--check"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: scripts/{script.name}"


def test_a_vector_that_is_left_over_or_changed_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    from vector_files import named, write_or_check

    wanted = named([("one", {"a": 1}), ("two", {"b": 2})])
    monkeypatch.setattr(sys, "argv", ["write"])
    assert write_or_check(tmp_path, wanted, None) == 0
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "three.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["write", "--check"])
    assert write_or_check(tmp_path, wanted, None) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["one.json", "three.json"]
