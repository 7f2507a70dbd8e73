"""What ARCHITECTURE.md names exists: packages, modules, decisions, and the test beside each law."""

import re
from pathlib import Path

import pytest

LAW = re.compile(r"^\| (?P<number>\d+) (?P<law>[^|]+) \| (?P<kept>[^|]+) \| (?P<tests>[^|]+) \|$", flags=re.MULTILINE)
LAWS = 12
NOT_PACKAGES = {"__pycache__"}


@pytest.fixture(scope="module")
def page(repo_root) -> str:
    return (repo_root / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tests_that_exist(repo_root) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (repo_root / "tests").rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, flags=re.MULTILINE)}


def test_each_of_the_twelve_laws_names_a_test_that_exists(page, tests_that_exist):
    rows = list(LAW.finditer(page))
    assert [int(row["number"]) for row in rows] == list(range(1, LAWS + 1))
    named = {row["number"]: re.findall(r"`(test_\w+)`", row["tests"]) for row in rows}
    assert {number: tests for number, tests in named.items() if not tests} == {}
    assert {number: tests for number, tests in named.items() if not set(tests) <= tests_that_exist} == {}


def test_every_package_is_described_and_stands_in_a_layer(page, repo_root):
    source = repo_root / "src" / "esos"
    packages = {path.name for path in source.iterdir() if path.is_dir()} - NOT_PACKAGES
    layers = page.partition("## The layers")[2].partition("## Where each law lives")[0]
    rows = "\n".join(line.split("|")[1] for line in layers.splitlines() if line.startswith("| `"))
    shown = set(re.findall(r"`(\w+)`", layers))
    assert packages - shown == set()
    assert packages - {"cli"} - set(re.findall(r"`(\w+)`", rows)) == set()


def test_every_module_and_decision_that_is_named_exists(page, repo_root):
    modules = set(re.findall(r"`((?:\w+/)+\w+\.py)`", page))
    assert modules
    assert {name for name in modules if not _exists(repo_root, name)} == set()
    decisions = set(re.findall(r"decision (\d{4})", page))
    assert {
        number for number in decisions if not list((repo_root / "docs" / "decisions").glob(f"{number}-*.md"))
    } == set()


def _exists(repo_root: Path, name: str) -> bool:
    return (repo_root / name).is_file() or (repo_root / "src" / "esos" / name).is_file()


def test_it_is_two_pages(page):
    assert len(page.split()) < 1700
