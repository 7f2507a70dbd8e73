"""A page that reloads by itself can be stopped and started again, and shows meanwhile what was asked for."""

import html
import re

import httpx
import pytest
from doubles.small_club import small_club

from esos.web.csrf import SESSION_COOKIE

pytestmark = pytest.mark.anyio
ASKED = ("/watch", "/watch?ended=1", "/watch?start=0&ended=1")


def the_way(page: str, words: str) -> str:
    """The address behind a link with these words."""
    found = re.search(rf'<a href="([^"]*)">{re.escape(words)}</a>', page)
    assert found, words
    return html.unescape(found[1])


@pytest.mark.parametrize("path", ASKED)
async def test_stopping_the_reload_and_letting_it_go_on_keeps_the_rest_of_what_was_asked_for(tmp_path, path):
    async with small_club(tmp_path / "home") as club:
        cookies = {SESSION_COOKIE: await club.station.tokens.make(club.officer, "session", lives_ms=60_000)}
        async with httpx.AsyncClient(transport=club.transport, base_url="http://localhost", cookies=cookies) as web:
            going = (await web.get(path)).text
            still_at = the_way(going, "Stop that while you read or write.")
            still = (await web.get(still_at)).text
    assert still_at == f"{path}{'&' if '?' in path else '?'}still=1"
    assert 'http-equiv="refresh"' in going
    assert 'http-equiv="refresh"' not in still
    assert the_way(still, "Let it reload again.") == path
