"""Every page of the reference that is written from the code says what the code says now."""

import re
import subprocess
import sys

import pytest

WRITERS = {
    "write_cli_reference.py": ("cli.md",),
    "write_http_reference.py": ("http.md", "openapi.json"),
    "write_settings_reference.py": ("settings.md",),
    "write_limits_reference.py": ("limits.md",),
    "write_words_reference.py": ("first-aid.md", "natures-needs-grounds.md"),
    "write_error_reference.py": ("errors.md",),
    "write_metrics_reference.py": ("metrics.md",),
    "write_statements_reference.py": (),
    "write_case_tables.py": (),
    "write_statement_spec.py": (),
}


@pytest.mark.parametrize("script", WRITERS)
def test_a_generated_page_is_up_to_date(script, repo_root):
    done = subprocess.run(
        [sys.executable, repo_root / "scripts" / script, "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nRun: make docs"


def test_every_page_of_the_reference_is_written_by_a_script(repo_root):
    pages = {path.name for path in (repo_root / "docs" / "reference").iterdir()}
    assert pages == {page for written in WRITERS.values() for page in written}


def test_make_docs_runs_every_writer(repo_root):
    makefile = (repo_root / "Makefile").read_text(encoding="utf-8")
    docs = makefile.partition("\ndocs:")[2].partition("\n\n")[0]
    matched = {
        path.name for name in re.findall(r"scripts/(\S+\.py)", docs) for path in (repo_root / "scripts").glob(name)
    }
    assert set(WRITERS) - matched == set()


def test_a_page_that_was_changed_by_hand_is_found(repo_root, tmp_path):
    """The check is worth something only if it fails where the page differs."""
    copy = tmp_path / "repo"
    (copy / "docs" / "reference").mkdir(parents=True)
    (copy / "scripts").mkdir()
    for name in ("reference_pages.py", "write_words_reference.py"):
        (copy / "scripts" / name).write_bytes((repo_root / "scripts" / name).read_bytes())
    program = [sys.executable, copy / "scripts" / "write_words_reference.py"]
    assert subprocess.run([*program, "--check"], capture_output=True, timeout=60, check=False).returncode == 1
    assert subprocess.run(program, capture_output=True, timeout=60, check=False).returncode == 0
    assert subprocess.run([*program, "--check"], capture_output=True, timeout=60, check=False).returncode == 0
    page = copy / "docs" / "reference" / "first-aid.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Photograph", "Draw"), encoding="utf-8")
    assert subprocess.run([*program, "--check"], capture_output=True, timeout=60, check=False).returncode == 1
