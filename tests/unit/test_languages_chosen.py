"""Which language a reader gets: its own choice, else its browser's, else the station's; and sentences filled in."""

import asyncio
from types import SimpleNamespace

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.catalogues import tongues
from esos.station.tongues import Tongues
from esos.web.console import said
from esos.web.speaking import tongue_of
from esos.words.language import (
    ENGLISH,
    LANGUAGES,
    Tongue,
    apart,
    best_language,
    direction,
    number,
    say,
    say_count,
    speaking,
)


def spoken(own: str = "en", **cards: tuple[str, ...]) -> Tongues:
    members = {party: SimpleNamespace(languages=codes) for party, codes in cards.items()}
    journal = MemoryJournal(MemoryStore())
    return Tongues(journal=journal, directory=SimpleNamespace(members=members), known=tongues(), own=own)


def asked_with(**headers: str) -> dict[str, object]:
    return {"headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, es;q=0.3, ar;q=0.7", "ar"),
        ("de", ""),
        ("fr;q=0, es", "es"),
        ("fr;q=nonsense", ""),
        ("", ""),
        ("*", ""),
    ],
)
def test_a_browser_s_wish_is_read_by_its_weights(accepted, code):
    assert best_language(accepted) == code


def test_the_own_choice_goes_before_the_browser_s_and_that_before_the_station_s():
    here = spoken("es")
    assert tongue_of(asked_with(cookie="a=b; esos_language=ar", accept_language="fr"), here).code == "ar"
    assert tongue_of(asked_with(cookie="esos_language=xx", accept_language="fr"), here).code == "fr"
    assert tongue_of(asked_with(accept_language="de"), here).code == "es"


def test_a_party_is_written_to_in_what_it_chose_else_as_its_card_says_else_as_the_station_speaks():
    async def story() -> list[str]:
        here = spoken("es", **{"member:x": ("de", "ar"), "member:y": ("de",)})
        await here.choose("officer:one", "fr")
        await here.choose("member:x", "en")
        return [(await here.of(party)).code for party in ("officer:one", "member:x", "member:y", "officer:two", "")]

    assert asyncio.run(story()) == ["fr", "en", "es", "es", "es"]


def test_every_language_that_can_be_chosen_has_a_catalogue_and_arabic_runs_from_right_to_left():
    assert set(tongues()) == set(LANGUAGES)
    with speaking(tongues()["ar"]):
        assert direction() == "rtl"
        assert apart("K7-2") == "\u2068K7-2\u2069"
        assert number(1_234_567) == "1,234,567"
    assert (direction(), apart("K7-2"), number(1_234_567)) == ("ltr", "K7-2", "1\u202f234\u202f567")


def test_what_is_filled_into_a_sentence_of_a_page_is_escaped_and_markup_stays():
    class Marked:
        def gettext(self, message: str, /) -> str:
            return f'<"{message}">'

        def ngettext(self, one: str, many: str, count: int, /) -> str:
            return one if count == 1 else many

    with speaking(Tongue("fr", Marked())):
        assert said.say("{name} calls", name="<b>") == "&lt;&quot;&lt;b&gt; calls&quot;&gt;"
        assert said.say("{name} calls", name=said.Markup("<b>x</b>")) == "&lt;&quot;<b>x</b> calls&quot;&gt;"
        assert said.say_count("{count} team", "{count} teams", 2_000) == "2\u202f000 teams"


def test_an_empty_sentence_says_nothing_in_any_language():
    for one in (ENGLISH, *tongues().values()):
        with speaking(one):
            assert say("") == ""
            assert "1" in say_count("{count} team", "{count} teams", 1)
