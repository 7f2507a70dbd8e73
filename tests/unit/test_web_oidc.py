"""Signing in through an organisation's own provider: real tokens, and every lie refused with a code of its own."""

import asyncio
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import msgspec
import pytest
from doubles.oidc_provider import CLIENT, ENDLESS_BYTES, SECRET, Provider
from joserfc import jwk

from esos.errors import Forbidden, Malformed
from esos.web import oidc
from esos.web.oidc import Provider as Asked
from esos.web.oidc_settings import OidcSettings
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded, inside

pytestmark = pytest.mark.anyio
PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def one_provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def provider(one_provider):
    """The provider as it is when it tells no lies."""
    one_provider.be_honest()
    oidc._published.clear()
    oidc._failed.clear()
    return one_provider


@pytest.fixture(scope="module")
def live(tmp_path_factory, one_provider):
    provider, tmp_path = one_provider, tmp_path_factory.mktemp("oidc")
    (tmp_path / "secret").write_text(SECRET)
    settings = {
        "public_url": "http://localhost:8765", "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT,
        "oidc_secret_file": str(tmp_path / "secret"), "oidc_people": str(tmp_path / "people.toml"),
        "oidc_name": "Example Hospital",
    }  # fmt: skip
    made = founded(tmp_path / "home", members=1, realm=Realm.REAL, **settings)
    people = {"person-1": made.officers[0].id, "person-2": made.members[0].id, "person-3": "officer:gone"}
    (tmp_path / "people.toml").write_text("".join(f'"{claim}" = "{party}"\n' for claim, party in people.items()))
    return made


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def sign_in(client, provider):
    """Through the provider and back, in one browser."""
    sent = await client.get("/enter/oidc", headers=PAGE)
    assert sent.status_code == 303, sent.text
    back = provider.authorize(sent.headers["location"])
    return await client.get(f"/enter/oidc/back?{back}", headers={**PAGE, "cookie": cookie_of(sent)})


def cookie_of(sent) -> str:
    return sent.headers["set-cookie"].partition(";")[0]


async def test_a_person_who_is_known_here_is_signed_in_as_themselves(web, live, provider):
    client, station = web
    assert "Sign in through Example Hospital" in (await client.get("/enter", headers=PAGE)).text
    for claim, party, home in (("person-1", live.officers[0], "/watch"), ("person-2", live.members[0], "/inbox")):
        provider.claims = {"sub": claim}
        came = await sign_in(client, provider)
        assert came.headers["location"] == home
        assert "oidc" in {one.way for one in await station.tokens.sessions(party.id)}
        row = (await station.journal.accesses(limit=1))[0]
        assert (row.party, row.act, row.way) == (party.id, "signed_in", "oidc")
        client.cookies.clear()


@pytest.mark.parametrize("claim", ["person-9", "person-3"])
async def test_a_person_nobody_knows_here_is_refused_on_record_and_gets_no_right(web, provider, claim):
    client, station = web
    provider.claims = {"sub": claim, "role": "officer", "groups": ["registrar"]}
    before = dict(station.directory.officers)
    came = await sign_in(client, provider)
    assert came.status_code == 403
    assert "Your organisation knows you, but this station does not." in came.text
    row = (await station.journal.accesses(limit=1))[0]
    assert (row.act, row.way, row.about) == ("refused", "oidc", claim)
    assert station.directory.officers == before


def unsigned() -> str:
    parts = (b'{"alg":"none"}', b'{"sub":"person-1"}', b"")
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


LIES = {
    "another audience": ("lies", {"aud": "another"}, "oidc.audience"),
    "several audiences without a party": ("lies", {"aud": [CLIENT, "another"]}, "oidc.audience"),
    "another party": ("lies", {"azp": "another"}, "oidc.audience"),
    "another issuer": ("lies", {"iss": "https://elsewhere.example"}, "oidc.issuer"),
    "another nonce": ("lies", {"nonce": "another"}, "oidc.nonce"),
    "no nonce": ("lies", {"nonce": None}, "oidc.nonce"),
    "an old token": ("lies", {"iat": 1, "exp": 2}, "oidc.expired"),
    "a token of tomorrow": ("lies", {"iat": 2**33, "exp": 2**34}, "oidc.expired"),
    "no end": ("lies", {"exp": None}, "oidc.expired"),
    "no signature": ("raw_token", unsigned(), "oidc.signature"),
    "no token": ("raw_token", "nothing", "oidc.signature"),
    "another's signature": ("signing", jwk.RSAKey.generate_key(2048), "oidc.signature"),
}


@pytest.mark.parametrize("lie", list(LIES))
async def test_what_does_not_hold_signs_nobody_in(web, live, provider, lie):
    _, station = web
    before = len(await station.tokens.sessions(live.officers[0].id))
    name, value, code = LIES[lie]
    asked = Asked(OidcSettings(**{
        field: getattr(live.settings, f"oidc_{field}") for field in OidcSettings.__struct_fields__
    }), public_url=live.settings.public_url)  # fmt: skip
    state, address = await asked.begin(station)
    code_given = provider.authorize(address).partition("&")[0].removeprefix("code=")
    setattr(provider, name, value)
    with pytest.raises(Forbidden) as refused:
        await asked.end(station, state=state, cookie=state, code=code_given, device="")
    assert refused.value.code == code
    assert len(await station.tokens.sessions(live.officers[0].id)) == before


async def test_a_provider_that_names_another_issuer_is_not_believed(web, provider):
    provider.says_issuer = "https://elsewhere.example"
    assert (await web[0].get("/enter/oidc", headers=PAGE)).status_code == 403


async def test_however_often_the_button_is_pressed_the_provider_is_asked_once_until_its_word_runs_out(web, provider):
    client, _ = web
    for _ in range(5):
        assert (await client.get("/enter/oidc", headers=PAGE)).status_code == 303
    assert len(provider.asked) == 1
    oidc._published[provider.issuer] = (1, oidc._published[provider.issuer][1])
    assert (await client.get("/enter/oidc", headers=PAGE)).status_code == 303
    assert len(provider.asked) == 2


async def test_a_provider_that_does_not_answer_is_asked_once_for_some_seconds_and_then_again(
    web, provider, monkeypatch
):
    client, station = web
    looked, now_ms = [], station.clock.now_ms()
    monkeypatch.setattr(station.clock, "now_ms", lambda: now_ms)
    look_up = oidc.Provider._look_up

    async def gone(self):
        looked.append(self)
        await asyncio.sleep(0)
        raise oidc._unreachable()

    monkeypatch.setattr(oidc.Provider, "_look_up", gone)
    together = await asyncio.gather(*(client.get("/enter/oidc", headers=PAGE) for _ in range(4)))
    later = [await client.get("/enter/oidc", headers=PAGE) for _ in range(3)]
    assert {answer.status_code for answer in (*together, *later)} == {503}
    assert all("one-time link" in answer.text for answer in later)
    assert len(looked) == 1
    monkeypatch.setattr(oidc.Provider, "_look_up", look_up)
    now_ms += oidc.FAILURE_MS
    assert (await client.get("/enter/oidc", headers=PAGE)).status_code == 303


async def test_where_only_the_keys_of_a_provider_cannot_be_had_that_is_remembered_too(web, provider, monkeypatch):
    client, _ = web
    sent = await client.get("/enter/oidc", headers=PAGE)
    back = provider.authorize(sent.headers["location"])
    until_ms, found = oidc._published[provider.issuer]
    oidc._published[provider.issuer] = (until_ms, {**found, "jwks_uri": "http://127.0.0.1:9/keys"})
    refused = await client.get(f"/enter/oidc/back?{back}", headers={**PAGE, "cookie": cookie_of(sent)})
    assert refused.status_code == 503
    asked = len(provider.asked)
    assert (await client.get("/enter/oidc", headers=PAGE)).status_code == 503
    assert len(provider.asked) == asked


async def test_an_answer_without_end_is_read_no_further_than_its_limit(web, provider):
    provider.is_endless = True
    assert (await web[0].get("/enter/oidc", headers=PAGE)).status_code == 403
    assert provider.sent_bytes < ENDLESS_BYTES


async def test_a_way_back_is_good_once_and_in_the_browser_that_left(web, provider):
    client, _ = web
    sent = await client.get("/enter/oidc", headers=PAGE)
    back = provider.authorize(sent.headers["location"])
    client.cookies.clear()
    elsewhere = await client.get(f"/enter/oidc/back?{back}", headers=PAGE)
    assert "begun in another browser" in elsewhere.text
    mine = {**PAGE, "cookie": cookie_of(sent)}
    assert (await client.get(f"/enter/oidc/back?{back}", headers=mine)).status_code == 303
    client.cookies.clear()
    assert (await client.get(f"/enter/oidc/back?{back}", headers=mine)).status_code == 401


async def test_an_address_of_mail_counts_only_where_the_provider_verified_it(web, live, provider):
    _, station = web
    settings = OidcSettings(issuer=provider.issuer, client_id=CLIENT, secret_file=live.settings.oidc_secret_file,
                            claim="email", people=live.settings.oidc_people)  # fmt: skip
    asked = Asked(settings, public_url=live.settings.public_url)
    for verified, code in ((False, "oidc.unknown"), (True, "")):
        provider.claims = {"sub": "x", "email": "person-1", "email_verified": verified}
        state, address = await asked.begin(station)
        given = provider.authorize(address).partition("&")[0].removeprefix("code=")
        try:
            came = (await asked.end(station, state=state, cookie=state, code=given, device="")).party
        except Forbidden as cause:
            came = cause.code
        assert came == (code or live.officers[0].id)


async def test_a_provider_is_asked_by_https_or_on_this_machine_alone(web):
    _, station = web
    with pytest.raises(Malformed) as refused:
        await Asked(OidcSettings(issuer="http://login.example"), public_url="").begin(station)
    assert refused.value.code == "oidc.address"


def test_the_settings_of_a_sign_in_are_all_in_the_stations_settings(live):
    assert all(hasattr(live.settings, f"oidc_{name}") for name in msgspec.structs.asdict(OidcSettings()))
