"""The published case files: each holds, or is refused by just the steps that stand first in its vector."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from esos.audit.case import verify_case_file

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "spec" / "vectors" / "case").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_file_gets_the_verdict_it_expects(path):
    vector = json.loads(path.read_text(encoding="utf-8"))
    data = (json.dumps(vector["case_file"], indent=1, ensure_ascii=False) + "\n").encode()
    report = verify_case_file(data, pinned_public=bytes.fromhex(vector["public"]), origin=vector["origin"])
    codes = list(dict.fromkeys(step.code for step in report.steps if not step.passed))
    assert ({"refused": codes} if codes else {"accepted": True}) == vector["expect"], vector["sentence"]
    assert next(iter(vector)) == "expect"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_file_fits_the_published_schema(path):
    schema = json.loads((ROOT / "spec" / "schemas" / "case-file.json").read_text(encoding="utf-8"))
    case_file = json.loads(path.read_text(encoding="utf-8"))["case_file"]
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(case_file)] == []


def test_the_schema_is_what_its_script_writes():
    script = "write_case_file_schema.py"
    program = [sys.executable, ROOT / "scripts" / script, "--check"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: scripts/{script}"
