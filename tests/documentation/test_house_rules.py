"""The rules of the house hold, and each of them can fail: every contract and every ban is broken here on purpose."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

FUNCTION_MAX_LINES = 60
MODULE_MAX_LINES = 400
SIBLINGS = re.compile(r"[|:]")


# ---------------------------------------------------------------------------------------- import contracts
def contracts_of(repo_root: Path) -> dict[str, dict]:
    config = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in config["tool"]["importlinter"]["contracts"]}


def rows_of(contract: dict) -> list[list[str]]:
    """The layers from top to bottom, each as the packages that stand side by side."""
    return [[name.strip(" ()") for name in SIBLINGS.split(row)] for row in contract["layers"]]


@pytest.fixture
def skeleton(repo_root, tmp_path):
    """A tree with the project's contracts and one empty package for every place in the layers."""
    (tmp_path / "pyproject.toml").write_bytes((repo_root / "pyproject.toml").read_bytes())
    packages = [name for row in rows_of(contracts_of(repo_root)["layers"]) for name in row]
    for package in ["", *packages]:
        folder = tmp_path / "src" / "esos" / package
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text("", encoding="utf-8")
    return tmp_path


def write(tree: Path, module: str, *imports: str) -> None:
    path = tree / "src" / Path(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text("".join(f"import {name}\n" for name in imports), encoding="utf-8")


def check_imports(tree: Path, *contracts: str) -> tuple[int, str]:
    """Exit code and output of import-linter over a tree, its own copy of esos before the installed one."""
    limits = [part for name in contracts for part in ("--contract", name)]
    program = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache", *limits]
    environment = {"PYTHONPATH": str(tree / "src"), "COLUMNS": "400", "NO_COLOR": "1"}
    done = subprocess.run(program, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_empty_tree_keeps_every_contract(skeleton):
    code, output = check_imports(skeleton)
    assert code == 0, output


def test_no_layer_imports_one_above_it(skeleton, repo_root):
    rows = rows_of(contracts_of(repo_root)["layers"])
    upward = [(low, high) for place, row in enumerate(rows) for low in row for above in rows[:place] for high in above]
    for low in {low for low, _ in upward}:
        write(skeleton, f"esos.{low}.breach", *(f"esos.{high}" for lower, high in upward if lower == low))
    code, output = check_imports(skeleton, "layers")
    unseen = [pair for pair in upward if f"esos.{pair[0]} is not allowed to import esos.{pair[1]}" not in output]
    assert code != 0
    assert unseen == []


def test_no_package_imports_its_sibling(skeleton, repo_root):
    contract = contracts_of(repo_root)["layers"]
    rows = [[name.strip(" ()") for name in row.split("|")] for row in contract["layers"] if "|" in row]
    pairs = [(one, other) for row in rows for one in row for other in row if one != other]
    for one in {one for one, _ in pairs}:
        write(skeleton, f"esos.{one}.breach", *(f"esos.{other}" for first, other in pairs if first == one))
    code, output = check_imports(skeleton, "layers")
    unseen = [pair for pair in pairs if f"esos.{pair[0]} is not allowed to import esos.{pair[1]}" not in output]
    assert code != 0
    assert unseen == []


def test_a_new_package_needs_a_place(skeleton):
    write(skeleton, "esos.elsewhere.breach")
    code, output = check_imports(skeleton, "layers")
    assert code != 0
    assert "elsewhere" in output


@pytest.mark.parametrize("contract", ["core-io", "use-case-io", "sql", "one-verifier"])
def test_what_is_forbidden_is_forbidden_in_every_package_it_is_forbidden_in(skeleton, repo_root, contract):
    rule = contracts_of(repo_root)[contract]
    sources = [name.removesuffix(".*") for name in rule["source_modules"]]
    for source in sources:
        write(skeleton, f"{source}.breach", *rule["forbidden_modules"])
    code, output = check_imports(skeleton, contract)
    seen = set(re.findall(r"^(\S+) is not allowed to import (\S+):", output, flags=re.MULTILINE))
    seen = {(source.removesuffix(".breach"), forbidden) for source, forbidden in seen}
    assert code != 0
    assert {(source, forbidden) for source in sources for forbidden in rule["forbidden_modules"]} - seen == set()


def test_the_core_is_everything_below_the_use_cases(repo_root):
    contracts = contracts_of(repo_root)
    rows = rows_of(contracts["layers"])
    use_cases = next(place for place, row in enumerate(rows) if "station" in row)
    core = {f"esos.{name}" for row in rows[use_cases + 1 :] for name in row}
    assert set(contracts["core-io"]["source_modules"]) == core
    assert set(contracts["use-case-io"]["source_modules"]) == {f"esos.{name}" for name in rows[use_cases]}


@pytest.mark.parametrize(("contract", "homes"), [("sql", {"storage"}), ("one-verifier", {"keys", "vault"})])
def test_sql_and_cryptography_have_no_other_home(repo_root, contract, homes):
    contracts = contracts_of(repo_root)
    places = {name for row in rows_of(contracts["layers"]) for name in row} - {"service", "settings"}
    sources = {name.removesuffix(".*").removeprefix("esos.") for name in contracts[contract]["source_modules"]}
    assert sources == places - homes


def test_two_bridges_do_not_know_each_other(skeleton):
    write(skeleton, "esos.bridges.stix.translate", "esos.bridges.cap")
    write(skeleton, "esos.bridges.cap.translate")
    code, output = check_imports(skeleton, "bridges")
    assert code != 0
    assert "esos.bridges.stix is not allowed to import esos.bridges.cap" in output


def test_two_modules_of_one_package_do_not_import_each_other(skeleton):
    write(skeleton, "esos.case.table", "esos.case.fold")
    write(skeleton, "esos.case.fold", "esos.case.table")
    code, output = check_imports(skeleton, "cycles")
    assert code != 0
    assert "table" in output


def test_every_contract_has_a_test_that_breaks_it(repo_root):
    broken_above = {"layers", "core-io", "use-case-io", "sql", "one-verifier", "bridges", "cycles"}
    assert set(contracts_of(repo_root)) == broken_above


# --------------------------------------------------------------------------------------------- banned calls
def banned_in(repo_root: Path) -> list[str]:
    config = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))
    return sorted(config["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])


def lint(tree: Path, module: str, text: str) -> str:
    path = tree / "src" / "esos" / module
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    program = [
        str(Path(sys.executable).parent / "ruff"),
        "check",
        "--no-cache",
        "--select",
        "TID251",
        "--output-format",
    ]
    done = subprocess.run([*program, "concise", str(path)], cwd=tree, capture_output=True, text=True, check=False)
    return done.stdout


def breaches(banned: list[str]) -> str:
    """A module that uses every banned name, one a line, each by the way ``import a.b; a.b.c``."""
    imports = sorted(
        {"asyncio", "datetime", "nacl.signing", "nacl.utils", "numpy", "os", "random", "secrets", "time", "uuid"}
    )
    return "".join(f"import {name}\n" for name in imports) + "".join(f"{name}\n" for name in banned)


@pytest.mark.parametrize("module", ["case/table.py", "station/receive.py", "words/need.py", "beacon/schedule.py"])
def test_the_clock_chance_and_the_environment_are_banned_outside_the_adapters(skeleton, repo_root, module):
    banned = banned_in(repo_root)
    output = lint(skeleton, module, breaches(banned))
    assert [name for name in banned if f"`{name}` is banned" not in output] == []


@pytest.mark.parametrize("module", ["storage/writer.py", "vault/dice.py", "service.py", "cli/call.py"])
def test_adapters_may_read_the_clock(skeleton, repo_root, module):
    assert "TID251" not in lint(skeleton, module, breaches(banned_in(repo_root)))


def test_reading_the_clock_in_the_core_is_refused_with_the_way_out(skeleton):
    output = lint(skeleton, "case/table.py", "from time import time\n\nnow = time()\n")
    assert "Time arrives as an argument in ms (now_ms)." in output


def test_no_second_implementation_of_the_signature_is_used(repo_root):
    """Decision 0002: two verifiers that differ on an edge would let two honest readers disagree."""
    users = [path for path in (repo_root / "src").rglob("*.py") if "asymmetric.ed25519" in path.read_text("utf-8")]
    assert users == []


# ------------------------------------------------------------------------------------------ size of the rooms
def modules_of(repo_root: Path) -> list[Path]:
    return sorted((repo_root / "src" / "esos").rglob("*.py"))


def function_lengths(repo_root: Path) -> dict[str, int]:
    lengths = {}
    for path in modules_of(repo_root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                place = f"{path.relative_to(repo_root)}:{node.lineno} {node.name}"
                lengths[place] = node.end_lineno - node.lineno + 1
    return lengths


def test_no_function_is_longer_than_a_page(repo_root):
    lengths = function_lengths(repo_root)
    assert {place: lines for place, lines in lengths.items() if lines > FUNCTION_MAX_LINES} == {}
    assert statistics.median(lengths.values()) < 10


def test_no_module_is_longer_than_one_sitting(repo_root):
    lengths = {str(path.relative_to(repo_root)): path.read_text("utf-8").count("\n") for path in modules_of(repo_root)}
    assert {place: lines for place, lines in lengths.items() if lines > MODULE_MAX_LINES} == {}


def test_every_module_opens_with_its_caption(repo_root):
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in modules_of(repo_root)}
    assert [str(path) for path, tree in trees.items() if not ast.get_docstring(tree)] == []
