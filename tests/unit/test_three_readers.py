"""One thing told to three readers goes out to each in whole sentences of their own language."""

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore
from test_contacts import Hand, Mailbox, Post, Seeded

from esos.catalogues import tongues
from esos.message.card import Contact
from esos.pact import shipped
from esos.paging.letter import letter_of
from esos.station.contact_desk import ContactDesk
from esos.station.contact_page import shown_code
from esos.station.identity import StationIdentity
from esos.station.station import Station
from esos.words.contact import contact_text
from esos.words.language import say, speaking
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
SENTENCE = "This is a test of this address. Nobody is in distress."


async def test_three_readers_are_each_written_to_in_whole_sentences_of_their_own_language():
    post = Post()
    post.clock, post.mail, post.chat, post.store = Hand(), Mailbox("mail"), Mailbox("webhook"), MemoryStore()
    dice = Seeded()
    post.station = Station(
        identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL),
        journal=await MemoryJournal.open(post.store),
        channels={"mail": post.mail, "webhook": post.chat},
        clock=post.clock,
        dice=dice,
        base_url=lambda: "http://station.example",
        tongues=tongues(),
    )
    await post.station.open()
    await post.founder(dice).publish_pact(shipped.load("club")[0])
    desk, readers = ContactDesk(post.station), {}
    for code in ("fr", "ar", "en"):
        contact = Contact(channel="mail", address=f"{code}@example.org")
        readers[code] = await post.founder(dice).add_officer(f"Officer {code}", ("officer",), (contact,))
        await post.station.tongues.choose(readers[code], code)
    await post.station.directory.refresh(post.station.journal)
    for party in readers.values():
        await desk.ring(party, by=party)
    await post.goes_out()
    pages = {page.address.partition("@")[0]: page for page in post.mail.got}
    assert set(pages) == {"fr", "ar", "en"}
    said = {}
    for code, page in pages.items():
        with speaking(tongues()[code]):
            said[code] = say(SENTENCE)
            (ask,) = desk.asks_of(readers[code])
            whole = contact_text(
                ask.body.why,
                name=f"Officer {code}",
                station="Example Watch",
                code=shown_code(page.link.rpartition("/")[2]),
                answer_by_ms=ask.body.answer_by_ms,
                now_ms=ask.at_ms,
            )
        letter = letter_of(page)
        assert letter.text.startswith(f"{said[code]}\n\n{whole.body}\n\n")
        assert letter.title.endswith(whole.title)
        others = [sentence for other, sentence in said.items() if other != code]
        assert not any(sentence in letter.text for sentence in others)
        assert ("Answer here" in letter.text) is (code == "en")
    assert said["en"] == SENTENCE
    assert len(set(said.values())) == 3, "a sentence was not translated"
    assert "détresse" in said["fr"]
    assert any("\u0600" <= letter <= "\u06ff" for letter in said["ar"])
