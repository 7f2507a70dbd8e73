"""Every page in a language that nobody speaks: what stands outside its marks was not said, and is never translated."""

import re
import secrets
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from esos.words.language import Tongue, speaking
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
HTML = {"accept": "text/html"}
NAMES = re.compile(
    r"Example[\w ]*|First officer|Second officer|Auditor|The officer at the station|Mutual-aid club|\b[A-Z0-9]{6}\b|Officer \w+|Member \w+|Team \w+|Watch \w+|General Hospital|Their words|English|Français|Español|العربية"
)
CODES = re.compile(
    r"mayday|pan-pan|advisory|UTC|e-SOS|AS\d+|https?://\S+|\b[0-9a-f]{6,}\b|Proof[:.]?|mail|file", re.IGNORECASE
)


class Marked:
    """Says everything between marks."""

    def gettext(self, message: str, /) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, count: int, /) -> str:
        return f"⟦{one if count == 1 else many}⟧"


def unsaid(html: str) -> list[str]:
    """Visible words outside the marks."""
    body = re.sub(r"<(code|kbd|pre|title|script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    body = re.sub(r'<(details|p|span|ul)\b[^>]* lang="en" dir="ltr"[^>]*>.*?</\1>', "", body, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]*>", "\n", body))
    while (fewer := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = fewer
    text = CODES.sub("", NAMES.sub("", text))
    return [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{3}", line)]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("said") / "home", members=3, realm=Realm.REAL)


async def test_every_page_says_all_that_its_reader_sees(live):
    async with inside(live) as (client, station):
        officer, member = bearer(live.officers[0].token), bearer(live.members[0].token)
        called = await client.post(
            "/api/v1/calls",
            headers=member,
            json={"details": {"urgency": "mayday", "natures": ["flooding"], "words": "Their words"}},
        )
        made = called.json()
        case = f"/api/v1/cases/{made['case']}/statements"
        await client.post(case, headers=officer, json={"kind": "acknowledged", "body": {}})
        request = secrets.token_hex(16)
        asked = {"request": request, "responder": live.members[1].id, "lines": [{"line": "filtering", "quantity": 10}]}
        answer = await client.post(case, headers=officer, json={"kind": "requested", "body": asked})
        assert answer.status_code < 300, answer.text
        await station.fold_all()
        station.tongues.known = {"en": Tongue("en", Marked())}
        path = urlsplit(made["page"]).path
        seats = {
            "": [
                "/", path, f"{path}/cancel", f"{path}/report", "/log", "/enter", "/enter/none", "/nothing-here",
                "/c/none",
            ],
            live.officers[0].id: [
                "/watch", f"/watch/{made['case']}", f"/watch/{made['case']}?history=all",
                f"/case/{made['case']}/report", "/register", f"/register/{live.members[1].id}", "/sign-out",
            ],
            live.members[1].id: ["/inbox", f"/inbox/{request}", f"/register/{live.members[1].id}"],
        }  # fmt: skip
        left = {}
        for party, paths in seats.items():
            cookies = f"esos_session={await station.tokens.session(party)}" if party else "a=b"
            for page in paths:
                answer = await client.get(page, headers={**HTML, "cookie": cookies})
                assert "⟦" in answer.text, page
                if found := unsaid(answer.text):
                    left[page.replace(made["case"], "CASE")] = found
        assert left == {}, "\n".join(f"{page}: {found}" for page, found in left.items())


async def test_one_case_is_read_in_three_languages(live):
    async with inside(live) as (client, station):
        await station.tongues.choose(live.officers[0].id, "fr")
        for party, code in ((live.officers[0].id, "fr"), (live.members[0].id, "ar"), (live.members[1].id, "en")):
            await station.tongues.choose(party, code)
            assert (await station.tongues.of(party)).code == code
        page = await client.get("/", headers={**HTML, "accept-language": "ar"})
        assert 'lang="ar" dir="rtl"' in page.text
        chosen = await client.post("/language", data={"language": "fr", "back": "/log"}, headers=HTML)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/log")
        assert "esos_language=fr" in chosen.headers["set-cookie"]
        away = await client.post("/language", data={"language": "fr", "back": "//elsewhere.example"}, headers=HTML)
        assert away.headers["location"] == "/"


async def test_a_row_that_one_reader_saw_is_said_to_the_next_in_their_own_language(live):
    async with inside(live) as (client, station):
        headers = bearer(live.members[2].token)
        made = (await client.post("/api/v1/calls", headers=headers, json={"details": {"natures": ["flooding"]}})).json()
        await station.fold_all()
        (record,) = [one for one in await station.views.records(only_open=True) if one.id.hex() == made["case"]]
        english = station.views.row(record, 0)
        with speaking(Tongue("fr", Marked())):
            theirs = station.views.row(record, 0)
        assert "⟦" not in english.state_words
        assert theirs.state_words.startswith("⟦")
        assert station.views.row(record, 0) == english
