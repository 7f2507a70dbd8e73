"""Forms cannot be posted from elsewhere: the token follows from the visitor's cookie and the station's key."""

import pytest
from litestar.testing import RequestFactory

from esos.errors import Forbidden
from esos.web.csrf import FIELD, SESSION_COOKIE, VISIT_COOKIE, Csrf, derive_secret


def request_with(**cookies: str):
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return RequestFactory().post("/", headers={"cookie": header} if header else {})


def test_a_form_given_before_a_restart_still_holds_after_it():
    before, after = Csrf(b"m" * 32), Csrf(b"m" * 32)
    after.check({FIELD: before.token_for("visit")}, request_with(**{VISIT_COOKIE: "visit"}))


@pytest.mark.parametrize(
    ("cookies", "token_of", "code"),
    [
        ({}, "visit", "csrf.cookie"),
        ({VISIT_COOKIE: "another"}, "visit", "csrf.token"),
        ({VISIT_COOKIE: "visit", SESSION_COOKIE: "session"}, "visit", "csrf.token"),
        ({SESSION_COOKIE: "session"}, None, "csrf.token"),
    ],
)
def test_a_form_of_another_visit_is_refused(cookies, token_of, code):
    csrf = Csrf(b"m" * 32)
    form = {FIELD: csrf.token_for(token_of)} if token_of else {}
    with pytest.raises(Forbidden) as refused:
        csrf.check(form, request_with(**cookies))
    assert refused.value.code == code


def test_another_station_s_tokens_do_not_hold_here():
    assert Csrf(b"m" * 32).token_for("visit") != Csrf(b"n" * 32).token_for("visit")


def test_the_key_follows_from_the_master_key_as_rfc_5869_says():
    """Test case 3 of RFC 5869 (no salt, no info), its first 32 bytes."""
    prk_input = bytes([0x0B]) * 22
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert derive_secret(prk_input, b"").hex() == expected
