"""What is committed can be given away: no path of one machine, no download host, no link that leads nowhere."""

import re
import subprocess
from pathlib import Path

import pytest

# A tilde stands in the examples below, so that this file does not name what it forbids.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:(?:work|root|farm)/|(?:home|Users)/\w+/|tmp/[a-z])")
INDEX_HOST = re.compile(r"py[p]i\.(?:org|python)|python[h]osted\.|registry\.[n]pm|deb\.[d]ebian")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)
OUTSIDE = ("http://", "https://", "mailto:")


@pytest.fixture(scope="module")
def committed(repo_root) -> dict[Path, str]:
    """The text of every file that is committed or would be by ``git add``; what is no text is left out."""
    if not (repo_root / ".git").exists():
        pytest.skip("this is no checkout, so there is no list of committed files")
    program = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(program, cwd=repo_root, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = {}
    for path in (repo_root / name for name in names if name):
        try:
            texts[path] = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return texts


def lines_with(pattern: re.Pattern, texts: dict[Path, str], root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_one_machine(committed, repo_root):
    assert lines_with(MACHINE_PATH, committed, repo_root) == []


def test_no_file_names_a_package_index(committed, repo_root):
    assert lines_with(INDEX_HOST, committed, repo_root) == []


@pytest.mark.parametrize("line", ["cp x /wo~rk/main", 'open("/ho~me/ada/x")', "/ro~ot/.cache", "ls /tm~p/plan"])
def test_a_path_of_one_machine_is_found(line):
    assert MACHINE_PATH.search(line.replace("~", ""))


@pytest.mark.parametrize(
    "line", ["a/work/b", "https://example.org/home/ada/", "--home DIR", "at work/main", "tmp_path / x"]
)
def test_what_is_no_path_of_a_machine_is_left_alone(line):
    assert not MACHINE_PATH.search(line)


@pytest.mark.parametrize("host", ["py~pi.org", "files.python~hosted.org", "registry.n~pmjs.org", "deb.d~ebian.org"])
def test_a_package_index_is_found(host):
    assert INDEX_HOST.search(f"index-url = https://{host}/simple".replace("~", ""))


def test_every_lock_is_hashed_and_names_no_address(repo_root):
    locks = sorted(repo_root.glob("requirements*.lock"))
    assert len(locks) >= 3
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        entries = re.split(r"\n(?=\S)", text.strip())
        assert "://" not in text
        assert [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
        assert [entry for entry in entries if "==" not in entry.split("\n")[0]] == []


def slug(heading: str) -> str:
    """The anchor a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


def anchors_of(text: str) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#{1,6} (.+)$", FENCE.sub("", text), flags=re.MULTILINE)}


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors_of(target.read_text(encoding="utf-8"))


def broken_links(page: Path, text: str) -> list[str]:
    """The relative links of a page that lead to no file, or to no heading of it."""
    links = [one or other for one, other in LINK.findall(FENCE.sub("", text))]
    return [link for link in links if not link.startswith(OUTSIDE) and not leads_somewhere(page, link)]


def test_every_link_of_the_documentation_leads_somewhere(committed, repo_root):
    pages = {path: text for path, text in committed.items() if path.suffix == ".md"}
    found = {str(page.relative_to(repo_root)): broken_links(page, text) for page, text in pages.items()}
    assert len(pages) > 5
    assert {page: links for page, links in found.items() if links} == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    text = "# One\n[a](page.md) [b](gone.md) [c](#one) [d](page.md#two) [e](https://example.org/x)\n"
    page.write_text(text, encoding="utf-8")
    assert broken_links(page, text) == ["gone.md", "page.md#two"]
