"""Whoever reads Arabic is shown no sentence of English: what stands in Latin letters is a name, a code or a unit."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from pages_table import opened_pages

RUN = re.compile(r"[A-Za-z][A-Za-z']+(?:[ ,;:]+[A-Za-z][A-Za-z']+)+")
"""Two words of Latin letters after one another."""
NOT_READ_AS_WORDS = frozenset({"script", "style", "code", "pre", "kbd", "bdi", "textarea", "svg", "template"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "wbr"})


class Words(HTMLParser):
    """The text of a page without names, codes and what is in another language by its own mark."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[bool] = [False]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            given = dict(attrs)
            is_other = given.get("lang", "ar") != "ar" or given.get("dir") == "ltr"
            self._open.append(self._open[-1] or tag in NOT_READ_AS_WORDS or is_other)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open[-1]:
            self.found.append(data)


@pytest.fixture(scope="module")
def pages(open_house):
    return open_house, opened_pages(open_house)


def test_every_page(pages):
    house, found = pages
    wrong = []
    for one in found:
        cookies = {"esos_session": house.sessions[one.reader]} if one.reader else {}
        with httpx.Client(base_url=house.http, cookies=cookies, timeout=30) as client:
            html = client.get(one.path, headers={"Accept-Language": "ar", "accept": "text/html"}).text
        assert 'lang="ar"' in html, one.path
        reader = Words()
        reader.feed(html)
        runs = RUN.findall(" | ".join(reader.found))
        wrong += [(one.name, run) for run in runs]
    print(*sorted(set(wrong)), sep="\n")
    assert not wrong
