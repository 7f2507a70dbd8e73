"""What one mail may cost: however its marks, headers and parts are broken, reading it takes a bounded effort."""

import asyncio
import subprocess
import sys
import threading

import pytest

from esos.carriers import letter_post
from esos.carriers.letter_html import text_of_html
from esos.carriers.letter_reader import TEXT_READ_MAX_BYTES, read_letter, references_of
from esos.carriers.mail_message import read_mail
from esos.carriers.mail_parts import HEAD_MAX_BYTES, PARSED_HEADER_MAX_BYTES, PARTS_WITHIN_MAX
from esos.errors import Busy, Malformed

pytestmark = pytest.mark.anyio
CPU_MAX_S = 60
"""Reading each of these once takes some seconds; by a reader whose effort grows with the square, many minutes."""

READ_ALL = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_MAX_S}, {CPU_MAX_S}))
from esos.carriers.letter_reader import read_letter
from esos.carriers.mail_message import read_mail
from esos.errors import EsosError

def read(raw):
    for reader in (read_letter, read_mail):
        try:
            reader(raw)
        except EsosError:
            pass

HTML = ("<a ", "<!--", "<![", "<?", "</", "<a x='", '<a x="', '<a x= ', "<script>", "<style ", "&#", "<p><blockquote>",
        "</script", "From:\\n", "On x wrote:\\n> ", '<a "<a', "<", "a=", "= ")
for mark in HTML:
    words = (mark * 250_000)[:250_000].encode()
    read(b"From: a@b.example\\r\\nContent-Type: text/html\\r\\n\\r\\n" + words)
    read(b"From: a@b.example\\r\\n\\r\\n" + words)
part = b"--b\\r\\nContent-Type: text/html\\r\\n\\r\\n" + b"<a " * 40_000 + b"\\r\\n"
read(b'From: a@b.example\\r\\nContent-Type: multipart/mixed; boundary="b"\\r\\n\\r\\n' + part * 60 + b"--b--\\r\\n")
for value in (b';"', b'";', b";", b"x;", b"(", b"a@b,", b"=?a?q?"):
    for name in (b"Content-Type", b"Content-Disposition", b"From", b"Subject", b"Received"):
        for size in (4_000, 60_000, 1_000_000):
            lines = b"\\r\\n ".join([value * (70 // len(value))] * (size // 72))
            read(name + b": multipart/mixed" + lines + b"\\r\\nX: y\\r\\n\\r\\nhelp")
read(b"From: a@b.example\\r\\n" + b"Content-Type: message/rfc822\\r\\n\\r\\n" * 100_000)
read(b'Content-Type: multipart/mixed; boundary="b"\\r\\n\\r\\n' + b"--b\\r\\n\\r\\nx\\r\\n" * 300_000)
print("read")
"""


def test_reading_the_most_broken_mails_takes_an_effort_that_grows_with_their_length_only():
    found = subprocess.run([sys.executable, "-c", READ_ALL], capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("read\n", 0), found.stderr[-500:]


class Counted(str):  # noqa: SLOT000 - it counts
    """A page that counts how much of it was looked through."""

    looked = 0

    def find(self, mark, start=0, end=None):
        found = super().find(mark, start)
        self.looked += (len(self) if found < 0 else found) - start
        return found


@pytest.mark.parametrize("mark", ["<a ", "<!--", "<![", "<?x", "</", "<a x='", '<a x="', "<p", "<!---->", "x"])
def test_no_place_of_a_page_is_looked_through_more_than_a_few_times(mark):
    page = Counted(mark * (TEXT_READ_MAX_BYTES // len(mark)))
    text_of_html(page)
    assert page.looked <= 4 * len(page)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Yes <a b <b>we</b> come", "Yes <a b we come"),
        ("a <!-- b", "a <!-- b"),
        ("a<!-- <p>no</p> -->b<!--> c", "ab c"),
        ("2 < 3 &amp; 4 > 3", "2 < 3 & 4 > 3"),
        ('<a title="x > y">it</a><br/>is', "it\nis"),
        ("<style>p > a {}</style><script>if (a<b) x='<p>'</script>here", "here"),
        ("<html><head><title>no</title><body>words", "words"),
        ("<![if !mso]><p>one</p><![endif]>", "one"),
        ("<svg viewBox='0'/>shown<blockquote>old</blockquote>", "shown\n> old"),
        ("&#99999999999;", "\ufffd"),
        ("coming <a href='x", "coming <a href='x"),
    ],
)
def test_the_words_of_a_page_are_read_and_broken_marks_are_words_too(html, text):
    assert text_of_html(html) == text


HEAD = b"From: a@b.example\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"X: " + b"\r\n ".join([b"x" * 70] * (HEAD_MAX_BYTES // 70)) + b"\r\n\r\nhelp",
        HEAD + b"Content-Type: text/plain" + b';"' * (PARSED_HEADER_MAX_BYTES // 2) + b"\r\n\r\nhelp",
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * (PARTS_WITHIN_MAX + 1),
    ],
    ids=["long head", "long header", "many parts"],
)
def test_a_mail_beyond_a_limit_of_its_headers_or_parts_is_refused_by_both_readers(raw):
    for reader in (read_letter, read_mail):
        with pytest.raises(Malformed, match="too") as refusal:
            reader(raw)
        assert refusal.value.code == "mail.unreadable"


def test_a_mail_with_as_many_words_in_its_headers_as_mails_have_is_read():
    received = b"".join(b"Received: from a.example by b.example; %d\r\n" % hop for hop in range(200))
    assert read_letter(HEAD + received + b"\r\nhelp").text == "help"


def test_the_head_alone_tells_which_conversation_a_mail_belongs_to():
    thread = "<esos-case-" + "ab" * 16 + "-" + "cd" * 8 + "@watch.example>"
    head = HEAD + b"References: " + thread.encode() + b"\r\n\r\n"
    assert references_of(head + b"<a " * 80_000).strip() == thread
    assert references_of(b"X: " + b"\r\n ".join([b"x" * 70] * 60_000) + b"\r\n" + head).strip() == ""


async def test_a_mail_more_than_may_wait_to_be_read_is_to_be_sent_again_and_one_that_left_makes_room(monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(letter_post, "read_letter", lambda raw, **_: go.wait(60))
    desk = letter_post.ReadingDesk(waiting_max=2)
    first, second = (asyncio.create_task(desk.read(b"mail", "a@b.example")) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refusal:
        await desk.read(b"mail", "a@b.example")
    assert refusal.value.code == "mail.readers_busy"
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    third = asyncio.create_task(desk.read(b"mail", "a@b.example"))
    await asyncio.sleep(0)
    go.set()
    assert [came.letter for came in await asyncio.gather(first, third)] == [True, True]
