"""The reader of mail and what cuts and reads its words: whatever comes, a value or one refusal, and always in time."""

import unicodedata
from email.message import EmailMessage
from email.policy import SMTP

from hypothesis import example, given, settings
from hypothesis import strategies as st

from esos.carriers.letter_html import text_of_html
from esos.carriers.letter_reader import decoded, read_letter
from esos.carriers.letter_text import own_words
from esos.errors import EsosError
from esos.station.files import clean_name
from esos.station.reply_address import ReplyAddresses
from esos.words.conference import read_conference
from esos.words.short_answers import MAIL_WORDS, read_mail_answer

BITS = st.sampled_from([
    b"From: a@b.example\r\n", b"Subject: =?x?q?=FF?=\r\n", b"\r\n", b"--b\r\n", b"--b--\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n', b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Type: message/rfc822\r\n", b"Content-Type: message/delivery-status\r\n",
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n',
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00\r\n", b"> quoted\r\n", b"On Monday it wrote:\r\n",
    b"<blockquote>", b"coming\r\n", b"\xff\x00\xfe", b"=?utf-8?b?////?=", b"From: x\r\n y\r\n", b"Auto-Submitted: no\r\n",
])  # fmt: skip


def unplain(text):
    """Without accents, capitals and what stands before the first letter."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return "".join(one for one in spread if unicodedata.category(one) != "Mn").strip()


def read_or_code(read, given):
    """What was read, or the code of the refusal; anything else that is raised is a finding."""
    try:
        return "", read(given)
    except EsosError as refusal:
        return refusal.code, None


ODD = st.lists(st.one_of(BITS, st.binary(max_size=30)), max_size=40).map(b"".join)


@given(ODD)
@example(b"")
@example(b"From: a@b.example\r\nContent-Type: text/plain; charset=undefined\r\n\r\nhelp")
def test_any_bytes_are_a_letter_or_a_refusal_with_one_code(raw):
    code, letter = read_or_code(read_letter, raw)
    assert code in {"", "mail.unreadable", "mail.too_large"}
    if letter is None:
        return
    assert "\x00" not in letter.text + letter.subject + letter.sender
    letter.text.encode()
    assert "\n" not in letter.subject


@settings(max_examples=30)
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "iso-8859-6", "shift_jis", "koi8-r", "utf-7"]))
def test_words_in_any_charset_are_read_as_they_were_written(text, charset):
    words = " ".join("".join(one for one in text if one.isalnum() or one == " ").split())
    try:
        words.encode(charset)
    except UnicodeEncodeError:
        words = "help"
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["Subject"] = "a@b.example", "x"
    content = b"From: a@b.example\r\nContent-Type: text/plain; charset=" + charset.encode()
    raw = content + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + words.encode(charset)
    if charset != "utf-16":  # which no mail carries as it is: it has zero bytes and line ends of its own
        assert read_letter(raw).text == words.strip()
    assert decoded(words.encode(charset), charset).replace("\ufeff", "") == words


@given(st.text(max_size=300), st.text(max_size=300))
def test_what_stands_below_the_line_is_never_taken_for_the_writers_words(above, below):
    own = "mine" + "".join(one for one in above if one.isalnum())
    text = f"{own}\n#+#+# Write your reply above this line.\n{below}"
    assert own_words(text) == own


@given(st.text(max_size=500))
def test_cutting_adds_nothing_and_never_fails(text):
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert set(own_words(text).split("\n")) <= {part for line in plain.split("\n") for part in (line, line.strip())} | {
        own_words(text).split("\n")[0], own_words(text).split("\n")[-1]
    }  # fmt: skip
    text_of_html(text)


@given(st.text(max_size=80))
@example("no problem")
@example("coming to think of it, we cannot")
@example("no 2")
def test_a_line_is_an_answer_only_where_it_begins_with_a_word_of_the_table_alone(text):
    code, found = read_or_code(read_mail_answer, text)
    assert not code or code.startswith("answer.")
    if found is not None:
        assert any(unplain(text).startswith(word) for word in MAIL_WORDS)


def test_no_problem_is_not_a_no_and_coming_to_think_of_it_binds_nobody():
    for line in (
        "no problem",
        "coming to think of it, we cannot",
        "Coming, but only if",
        "nobody",
        "limited time only",
        "yes, I saw it",
        "yes",
        "Oui, bien reçu",
        "I am out of office until Monday",
    ):
        assert read_mail_answer(line) is None


@given(st.binary(min_size=16, max_size=16), st.text(min_size=1, max_size=40), st.emails())
def test_a_reply_address_is_its_owners_and_no_changed_one_is(case, party, mail):
    made = ReplyAddresses(key=b"k" * 32, address="sos@club.example")
    address = made.reply_to(case, party, mail)
    assert len(address.partition("@")[0]) <= 64
    marked = made.read(address.upper())
    assert marked is not None
    assert made.whose(marked, [("other", mail), (party, mail)]) == (party, mail)
    assert made.whose(marked, [(party, "x" + mail)]) is None
    other = ReplyAddresses(key=b"K" * 32, address="sos@club.example")
    assert other.whose(marked, [(party, mail)]) is None


@given(st.text(max_size=200))
def test_a_name_of_a_file_is_clean_once_and_for_all(name):
    clean = clean_name(name)
    assert 0 < len(clean) <= 120
    assert clean_name(clean) == clean
    assert not set(clean) & set('/\\:"<>\r\n')


@given(st.text(max_size=100))
@example("https://good.example@evil.example/")
@example("javascript:alert(1)")
@example("https://exa\u202emple.net/")
def test_a_conference_is_one_of_four_schemes_with_a_host_that_is_shown(text):
    code, found = read_or_code(read_conference, text)
    assert code in {"", "conference.link"}
    assert found is None or (found.scheme in {"https", "tel", "sip", "sips"} and found.host)
