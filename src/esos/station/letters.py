"""What becomes of mail in answer to the station's: a statement of whoever is proven, else a mail that an officer sees.

A reply acts only where it came to the writer's own unguessable address *and* says that it is from the address
registered for that person. Everything else is kept with what it is: not proven, a notice of absence, a receipt, a
list's. A page that came back is noted, so that other ways are tried. Programs are never written to, so that no two
of them talk for ever; to people at most one mail goes out for one that came.
"""

import hashlib
from typing import NamedTuple

import msgspec
import structlog

from esos.case.model import Case, Request
from esos.case.talking import is_in_talk
from esos.errors import Busy, Conflict, EsosError, Malformed, TooLarge, Unknown
from esos.keys.speaker import KnownBy, Speaker
from esos.message.bodies import Attached, Body, Committed, Declined, MailCame, Messaged, Offered, PageReturned
from esos.message.body import NeedAsk
from esos.message.talk_bodies import TEXT_MAX_CHARS
from esos.station.answering import lines_of, words_of
from esos.station.hourly import Hourly
from esos.station.letter import Letter
from esos.station.mail_thread import subject_of, thread_of
from esos.station.paging import PageOrder
from esos.station.ports import PageFrame, PageMessage
from esos.station.reply_address import Marked
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.words.kept import say_kept
from esos.words.language import later, say, speaking
from esos.words.mail_words import ANSWER_ONLY, ANSWERED, CODE, CUT, NOT_TAKEN, NOT_TAKEN_NOR_KEPT, WORDS_KEPT
from esos.words.realm import Realm
from esos.words.request_state import RequestState
from esos.words.short_answers import ShortAnswer, ShortWord, read_mail_answer

THREAD_MAX_PER_HOUR = 30
"""How many mails of one conversation are taken in an hour; whoever sends more is asked to send them later."""
UNPROVEN_MAX_PER_HOUR = 30
"""How many mails of one case that nobody has proven are kept in an hour."""
ANSWERS_MAX_PER_HOUR = 6
"""How many mails in answer go out in one conversation in an hour."""
UNPROVEN_MAX_BYTES = 1_048_576
"""The largest mail that is kept although nobody has proven who wrote it."""
LIMITED_AS_SAID = "Limited: the team says in its message what it can do."
REPEATED = "call.sequence_reused"
_TAKES = frozenset({
    RequestState.SENT, RequestState.DELIVERED, RequestState.CONSIDERING, RequestState.OFFERED, RequestState.SELECTED,
})  # fmt: skip
"""The states of a request in which an answer in one word is one."""
_log = structlog.get_logger("esos.letters")


class Came(NamedTuple):
    """A mail that came: its bytes, what was read of it, and why it could not be read where it could not."""

    raw: bytes
    letter: Letter | None
    unread: EsosError | None = None


class _Writer(NamedTuple):
    """Whose reply address a mail came to, and the mail address registered there."""

    party: str
    mail: str


class _Answer(NamedTuple):
    """An answer that was given: what it says, and the line that it was read from."""

    kind: str
    line: str


class _Noted(NamedTuple):
    """What became of a mail that is nobody's word: whether it came for the first time, and is kept whole."""

    fresh: bool
    is_whole: bool


class Letters:
    """Takes mail to the station's marked addresses, and mail that belongs to a case."""

    def __init__(self, station: Station) -> None:
        self._station = station
        clock = station.clock
        self._threads = Hourly(clock, THREAD_MAX_PER_HOUR)
        self._unproven = Hourly(clock, UNPROVEN_MAX_PER_HOUR)
        self._answers = Hourly(clock, ANSWERS_MAX_PER_HOUR)

    async def take(self, marked: Marked, came: Came) -> str:
        """Take a mail to a marked address; what became of it, for the mail server that brought it.

        Raises ``Unknown`` (``mail.no_such_address``), ``Conflict`` (``case.erased``), ``Busy`` (``mail.thread_busy``)
        and what keeping it raises; then nothing was kept, and the sender's server tells or tries again.
        """
        replies = self._station.replies
        if replies is None:
            raise _no_such_address()
        await self.need_case(marked.case)
        if not marked.is_reply:
            page = replies.page_of(marked)
            if page is None:
                raise _no_such_address()
            return await self._came_back(marked.case, page, came)
        whose = replies.whose(marked, self._people())
        writer = _Writer(*whose) if whose else None
        self._threads.need(marked.case + marked.code, later("This conversation has had too many mails in this hour."))
        if writer is not None and came.letter is not None and came.letter.written == "by_person":
            if came.letter.sender != writer.mail.lower():
                return await self._keep(marked.case, None, came)
            with speaking(await self._station.tongues.of(writer.party)):
                return await self._said(marked.case, writer, came, came.letter)
        with speaking(await self._station.tongues.of(writer.party if writer else "")):
            return await self._keep(marked.case, writer, came)

    async def take_unmarked(self, case: bytes, came: Came) -> str:
        """Keep a mail that names a case's conversation and came to no address of anybody's: as not proven."""
        await self.need_case(case)
        return await self._keep(case, None, came)

    async def need_case(self, case: bytes) -> None:
        """Raise ``Unknown`` (``mail.no_such_address``) where the station has no such case."""
        try:
            await self._station.views.record(case)
        except Unknown:
            raise _no_such_address() from None

    def _people(self) -> list[tuple[str, str]]:
        directory = self._station.directory
        cards = [(party, card.contacts) for party, card in directory.members.items()]
        cards += [(party, row.contacts) for party, row in directory.officers.items()]
        return [(party, way.address) for party, ways in cards for way in ways if way.channel == "mail"]

    # --- kept, and nobody's word --------------------------------------------------------------

    async def _keep(self, case: bytes, writer: _Writer | None, came: Came) -> str:
        """Keep a mail as what it is; the writer of one that cannot be read is told so, once.

        Raises ``Conflict`` (``mail.not_kept``) where nothing of it could be read or kept, so that the sender's server
        tells its writer; officers see that it came.
        """
        letter = came.letter
        what = "unreadable" if letter is None else "unproven" if letter.written == "by_person" else letter.written
        if writer is None:
            self._unproven.need(case, later("This case has had too many mails in this hour that nobody has proven."))
            if len(came.raw) > UNPROVEN_MAX_BYTES:
                raise TooLarge("mail.too_large", "A mail that nobody has proven is kept up to 1 MiB only.")
        noted = await self._note(case, what, writer, came)
        if letter is None and not noted.is_whole:
            raise Conflict(
                "mail.not_kept",
                "This mail could not be read, and there is no room to keep it.",
                hint="Write again in plain text without files, or use the link in the mail that you answer.",
            )
        if noted.fresh and writer is not None and came.unread is not None:
            await self._refuse(case, writer, came, came.unread, noted)
        kept = "this mail" if noted.is_whole else "what it read of this mail, for want of room not the whole of it"
        return f"The station keeps {kept}, and shows it to its officers; it is nobody's word ({what})."

    async def _note(self, case: bytes, what: str, writer: _Writer | None, came: Came) -> _Noted:
        letter = came.letter
        body = MailCame(
            what=what,
            sender=letter.sender if letter else "",
            party=writer.party if writer else "",
            subject=letter.subject if letter else "",
            text=letter.text[:TEXT_MAX_CHARS] if letter else "",
            whole=await self._station.files.keep_whole(
                case, came.raw, by=writer.party if writer else "", share="mail" if writer else "unproven"
            ),
        )
        fresh = await self._station_says("mail_came", body, case, came, what)
        return _Noted(fresh=fresh, is_whole=body.whole is not None)

    async def _came_back(self, case: bytes, page: bytes, came: Came) -> str:
        """A report to the address that one page was sent from."""
        self._threads.need(case + page, later("This page has come back too often in this hour."))
        letter = came.letter
        order = await self._page(case, page) if letter and letter.written == "returned" else None
        if letter is None or order is None:
            return await self._keep(case, None, came)
        body = PageReturned(
            page=order[0], party=order[1].party, address=order[1].address, status=letter.status, said=letter.said
        )
        await self._station_says("page_returned", body, case, came, "returned")
        return "The station knows now that this page did not arrive."

    async def _page(self, case: bytes, short: bytes) -> tuple[bytes, PageOrder] | None:
        for record in await self._station.journal.parcels(case=case):
            if record.parcel.id.startswith(short) and record.parcel.blob:
                return record.parcel.id, msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)
        return None

    async def _station_says(self, kind: str, body: Body, case: bytes, came: Came, what: str) -> bool:
        """The station's own statement, once for each mail; whether it was new."""
        station = self._station
        now_ms = station.clock.now_ms()
        statement = station.identity.say(kind, body, now_ms=now_ms, case=case)
        once = msgspec.structs.replace(statement, dedupe=_once(came, case, what))
        try:
            await station.intake.keep(station.judge.judge_own(once, station.identity.speaker), now_ms=now_ms)
        except Conflict as again:
            if again.code != REPEATED:
                raise
            return False
        station.signal.ring()
        return True

    # --- somebody's word ----------------------------------------------------------------------

    async def _said(self, case_id: bytes, writer: _Writer, came: Came, letter: Letter) -> str:
        """A proven reply: an answer where its first line is one, and a message of its writer's words in any case."""
        station = self._station
        holder = Holder(party=writer.party, purpose="mail", known_by=KnownBy.LINK)
        speaker = await station.desk.known(holder)
        _, case = await station.views.record(case_id)
        try:
            answer = await self._answer(case, speaker, letter, came)
            lacking = await self._rest(case, speaker, came, letter, answer)
        except Busy:
            raise
        except EsosError as refusal:
            noted = await self._note(case_id, "not_taken", writer, came)
            if noted.fresh:
                await self._refuse(case_id, writer, came, refusal, noted)
            kept = "this mail" if noted.is_whole else "the beginning of this mail's words"
            return f"The station keeps {kept}, and did nothing with it [{refusal.code}]."
        if answer or lacking:
            title = say(ANSWERED) if answer else say(WORDS_KEPT)
            words = "\n".join(filter(None, (answer.line if answer else "", lacking)))
            await self._tell(case_id, writer, letter, title, words)
        return "The station keeps the words of this mail on its case, as its writer's."

    async def _answer(self, case: Case, speaker: Speaker, letter: Letter, came: Came) -> _Answer | None:
        """Give the answer in the first line; None where it was none."""
        waiting = [one for one in case.requests.values() if one.responder == speaker.party and one.state in _TAKES]
        found = read_mail_answer(letter.text) if waiting else None
        if found is None:
            return None
        if len(waiting) > 1:
            raise Conflict(
                "answer.which_request",
                "More than one request waits for your answer in this case.",
                hint="Answer each by the link in its own mail.",
            )
        kind, body = answer_body(found, waiting[0])
        await self._say(speaker, kind, body, case.id, came)
        return _Answer(kind, letter.text.strip().splitlines()[0])

    async def _rest(self, case: Case, speaker: Speaker, came: Came, letter: Letter, answer: _Answer | None) -> str:
        """Say the mail as a message; in words what of it was not kept. An answer that stands is not undone by that."""
        if answer and answer.kind != "committed" and not is_in_talk(case, speaker.party):
            return say(ANSWER_ONLY) if letter.files or letter.text.strip() != answer.line.strip() else ""
        try:
            return await self._message(case.id, speaker, came, letter)
        except Busy:
            raise
        except EsosError as refusal:
            if answer is None:
                raise
            return _words_of(refusal)

    async def _message(self, case: bytes, speaker: Speaker, came: Came, letter: Letter) -> str:
        """Say words and files; where the files are refused the words alone, and in words why, once."""
        files: tuple[Attached, ...] = ()
        lacking = ""
        try:
            files = await self._station.files.keep_all(case, letter.files, by=speaker.party)
        except (Malformed, Conflict, TooLarge) as refusal:
            if not letter.text.strip():
                raise
            lacking = _words_of(refusal)
        message = _message(letter, files)
        whole = await self._station.files.keep_whole(case, came.raw, by=speaker.party, share="mail")
        fresh = await self._say(speaker, "messaged", msgspec.structs.replace(message, whole=whole), case, came)
        if whole is None and len(letter.text) > TEXT_MAX_CHARS:
            lacking = "\n".join(filter(None, (say(CUT), lacking)))
        return lacking if fresh else ""

    async def _say(self, speaker: Speaker, kind: str, body: Body, case: bytes, came: Came) -> bool:
        """What a person said by mail, once however often its mail arrives; whether it was new."""
        try:
            await self._station.desk.say_body(
                speaker, kind, body, case=case, channel="mail", once=_once(came, case, kind)
            )
        except Conflict as again:
            if again.code != REPEATED:
                raise
            return False
        return True

    # --- mail in answer -----------------------------------------------------------------------

    async def _refuse(self, case: bytes, writer: _Writer, came: Came, refusal: EsosError, noted: _Noted) -> None:
        title = say(NOT_TAKEN) if noted.is_whole else say(NOT_TAKEN_NOR_KEPT)
        await self._tell(case, writer, came.letter, title, _words_of(refusal))

    async def _tell(self, case: bytes, writer: _Writer, letter: Letter | None, title: str, words: str) -> None:
        """One mail in answer, to the registered address; what cannot be sent is logged, and the mail stays kept."""
        station = self._station
        channel, replies = station.channels.get("mail"), station.replies
        if channel is None or replies is None or not self._answers.has_room(case + writer.party.encode()):
            _log.warning("mail_not_answered", case=case.hex())
            return
        answers = letter.message_id if letter else ""
        page = PageMessage(
            stable_id=f"answer:{case.hex()}:{writer.party}:{answers or words}",
            address=writer.mail,
            title=title,
            body=words,
            link="",
            urgency="advisory",
            is_exercise=station.identity.realm is Realm.EXERCISE,
            frame=PageFrame.spoken(),
            thread=thread_of(case, writer.party),
            subject=subject_of(case, station.identity.name),
            reply_to=replies.reply_to(case, writer.party, writer.mail),
            answers=answers,
        )
        try:
            await channel.send(page)
        except EsosError as trouble:
            _log.warning("mail_not_answered", code=trouble.code)


def answer_body(found: ShortAnswer, request: Request) -> tuple[str, Body]:
    """The statement that a short answer makes: its kind and body."""
    if found.word is ShortWord.NO and found.ground is not None:
        return "declined", Declined(request=request.id, ground=found.ground, sentence=found.sentence)
    if found.word is ShortWord.COMING:
        return "committed", Committed(request=request.id, ready_minutes=found.ready_minutes)
    if found.amounts:
        return "offered", Offered(request=request.id, how="partial", lines=_part(found, request))
    return "offered", Offered(
        request=request.id,
        how="conditional",
        condition=found.sentence or LIMITED_AS_SAID,
        ready_minutes=found.ready_minutes,
    )


def _part(found: ShortAnswer, request: Request) -> tuple[NeedAsk, ...]:
    """So much of each line that is asked, in its order; raises ``Malformed`` (``answer.how_much``)."""
    asked = lines_of(request)
    if len(found.amounts) != len(asked) or not any(found.amounts):
        raise Malformed(
            "answer.how_much",
            say("How much can you give? Write limited and a number for each of: {what}.", what=words_of(asked)),
        )
    pairs = zip(asked, found.amounts, strict=True)
    return tuple(NeedAsk(line=ask.line, quantity=units) for ask, units in pairs if units)


def _message(letter: Letter, files: tuple[Attached, ...]) -> Messaged:
    text = letter.text if len(letter.text) <= TEXT_MAX_CHARS else letter.text[: TEXT_MAX_CHARS - 1] + "…"
    if not text.strip() and not files:
        raise Malformed("mail.empty", "No words of yours were found in this mail.", hint="Write above what you answer.")
    return Messaged(text=text.strip() or later("See the file."), files=files)


def _words_of(refusal: EsosError) -> str:
    return "\n".join(filter(None, (say_kept(refusal.detail), say_kept(refusal.hint), say(CODE, code=refusal.code))))


def _once(came: Came, case: bytes, what: str) -> bytes:
    """The key under which the same mail, brought again, is recognised, whatever its relays wrote on it."""
    return hashlib.sha256(b"esos-mail-1" + case + what.encode() + b"\x00" + _gist(came)).digest()


def _gist(came: Came) -> bytes:
    """What makes a mail this mail: of one that a person wrote its name, date, writer, words and files."""
    letter = came.letter
    if letter is None or letter.written != "by_person" or not letter.message_id:
        return hashlib.sha256(came.raw).digest()
    words = (letter.message_id, letter.date, letter.sender, letter.subject, letter.text)
    files = [hashlib.sha256(content).digest() for _, content in letter.files]
    return hashlib.sha256(msgspec.msgpack.encode((words, files))).digest()


def _no_such_address() -> Unknown:
    return Unknown("mail.no_such_address", "No case here is answered at this address.")
