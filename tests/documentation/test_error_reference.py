"""Every refusal is in the reference, under a code that is written where it refuses."""

import importlib.util
import re
import sys

import pytest

CODE = r"[a-z0-9_]+(\.[a-z0-9_]+)+"


@pytest.fixture(scope="module")
def reference(repo_root):
    """The script that writes the page, as a module."""
    path = repo_root / "scripts" / "write_error_reference.py"
    spec = importlib.util.spec_from_file_location("write_error_reference", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def refusals(reference):
    return reference.refusals_in()


def test_every_refusal_names_its_code_as_a_literal(refusals):
    assert [refusal.place for refusal in refusals if not refusal.codes] == []


def test_every_code_is_dotted_lower_case(refusals):
    codes = {code for refusal in refusals for code in refusal.codes}
    assert [code for code in sorted(codes) if not re.fullmatch(CODE, code)] == []


def test_a_code_belongs_to_one_class_of_error(refusals):
    owners = {}
    for refusal in refusals:
        for code in refusal.codes:
            owners.setdefault(code, set()).add(refusal.error_class)
    assert {code: classes for code, classes in owners.items() if len(classes) > 1} == {}


def test_every_code_is_in_the_reference(refusals, repo_root):
    page = (repo_root / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    codes = {code for refusal in refusals for code in refusal.codes}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in page] == []


def test_the_reference_is_up_to_date(reference):
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page_of(), "make docs writes it anew"


def test_a_refusal_is_read_with_its_class_its_sentence_and_its_advice(reference, tmp_path):
    (tmp_path / "errors.py").write_text(
        'class EsosError(Exception):\n    """Base."""\n    status = 500\n    exit_code = 3\n'
        'class Wet(EsosError):\n    """Dry it."""\n    status = 418\n',
        encoding="utf-8",
    )
    (tmp_path / "tea.py").write_text(
        'def pour(cup, full):\n    raise Wet("tea.full" if full else "tea.spilt", f"{cup} is <wet>.", hint="Wipe | wait.")\n'
        "def fail(code):\n    raise Wet(code, 'Whatever.')\n"
        "def again(kept):\n    raise Wet(kept.code, kept.detail)\n",
        encoding="utf-8",
    )
    page = reference.page_of(tmp_path)
    assert "## Wet\n\nDry it. HTTP status 418, exit code 3.\n" in page
    assert "| `tea.full` | … is &lt;wet>. | Wipe \\| wait. |" in page
    assert "| `tea.spilt` | … is &lt;wet>. | Wipe \\| wait. |" in page
    assert [refusal.place for refusal in reference.refusals_in(tmp_path) if not refusal.codes] == ["tea.py:4"]
