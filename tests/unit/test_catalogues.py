"""The catalogues are whole: every sentence that is said stands in each of them, translated, with the same places."""

import importlib.util
import re
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment
from jinja2.nodes import TemplateData

from esos.catalogues import tongues
from esos.web.console.script_words import COUNTED, MONTHS, SENTENCES
from esos.words.page_lines import ALWAYS
from esos.words.page_words import PAGES

ROOT = Path(__file__).parent.parent.parent
WEB = ROOT / "src" / "esos" / "web"
UNSAID = re.compile(r"e-SOS|UTC|DRILL", re.IGNORECASE)
LANGUAGES = ("fr", "es", "ar")


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("catalogues_tool", ROOT / "scripts" / "catalogues.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said(tool):
    return tool.said_everywhere()


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def bare(text: str) -> str:
    """What stands outside the placeholders of a line."""
    return "".join(literal for literal, _, _, _ in Formatter().parse(text))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_that_is_said_is_in_the_catalogue_and_no_other(tool, said, code):
    assert set(tool.translations(tool.read(code))) == set(said), "run: make catalogues"


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_sentence_lacks_its_translation(tool, said, code):
    assert tool.missing(code) == []
    assert not [one.id for one in tool.read(code) if one.id and one.fuzzy]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_has_the_places_of_the_english_sentence(tool, code):
    wrong = []
    for key, string in tool.translations(tool.read(code)).items():
        for form in filter(None, (string,) if isinstance(string, str) else string):
            free = places(key[-1]) - places(form)
            may_lack = {"count"} if len(key) > 1 else set()
            if places(form) - places(key[-1]) or free - may_lack:
                wrong.append((key[0], form))
    assert wrong == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_compiled_catalogue_is_what_its_source_compiles_to(tool, code):
    source = (tool.FOLDER / f"{code}.po").read_bytes()
    assert (tool.FOLDER / f"{code}.mo").read_bytes() == tool.mo_bytes(source, code), "run: make catalogues"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_line_of_every_page_is_a_sentence_of_the_catalogue(tool, code):
    """A line of a table that was never marked for extraction would go out in English to everybody."""
    known = set(tool.translations(tool.read(code)))
    lines = {line for page in PAGES.values() for line in (page.title, *page.body, *ALWAYS)}
    worded = {line for line in lines if any(letter.isalpha() for letter in bare(line))}
    assert len(worded) > 100
    assert sorted(line for line in worded if (line,) not in known) == []


def test_arabic_has_six_forms_and_french_counts_nothing_as_one():
    forms = {tongues()["ar"].catalogue.plural(count) for count in (0, 1, 2, 3, 11, 100)}
    assert forms == set(range(6))
    assert tongues()["fr"].catalogue.plural(0) == 0
    assert tongues()["es"].catalogue.plural(0) == 1


@pytest.mark.parametrize("path", sorted((WEB / "templates").glob("*.html")), ids=lambda path: path.name)
def test_nothing_that_a_reader_sees_stands_in_a_template_unsaid(path):
    blocks = re.compile(r"\{% block (kind|live) %\}.*?\{% endblock %\}", re.DOTALL)
    tree = Environment(autoescape=True).parse(blocks.sub("", path.read_text(encoding="utf-8")))
    html = "\ufffc".join(node.data for node in tree.find_all(TemplateData))
    bare = re.sub(r"<(code|kbd|pre)\b.*?</\1>", "", html, flags=re.DOTALL)
    bare = re.sub(r"<[^>]*>", "", bare.replace("&nbsp;", " ").replace("&amp;", "&"))
    seen = [line.strip() for line in bare.splitlines() if re.search(r"[A-Za-z]{3}", UNSAID.sub("", line))]
    assert seen == []
    labels = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"\ufffc]*[A-Za-z]{2}[^"\ufffc]*)"', html)
    assert labels == []


def test_every_sentence_of_a_script_is_among_those_that_pages_carry():
    carried = {*SENTENCES, *MONTHS, *(one for pair in COUNTED for one in pair)}
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (WEB / "static").glob("*.js"))
    calls = re.findall(r"\b(?:say|sayCount|words)\(((?:[^()]|\([^()]*\))*)\)", scripts)
    wanted = {one for call in calls for one in re.findall(r'"([^"]{2,})"', call)}
    assert wanted <= carried, wanted - carried
    assert len(wanted) > 20
