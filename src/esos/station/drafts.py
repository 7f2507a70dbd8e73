"""Taking a call by telephone: what an officer writes down is kept answer by answer, and becomes a relayed call.

Law 2: it may become a call at any moment, with one answer or with none. Law 3: an answer shown as saved is
durable. A draft is no statement: only what becomes a call is said, attested for the officer who took it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from esos.errors import Conflict, Malformed, Unknown
from esos.keys.speaker import Speaker
from esos.station.records import DRAFT_DONE, DraftLine
from esos.station.station import Station
from esos.station.visit import CALL_ID_BYTES, CallMade, RelayFor, Visits, details_from
from esos.triage.questions import QUESTIONS, UNKNOWN_OPTION
from esos.words.language import say
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.take_call import CONSENT_LINES, TAKE_QUESTIONS, Ask
from esos.words.urgency import Urgency

DRAFT_BYTES = 16
NATURES_MAX = 8
NEED_UNITS_MAX = 1_000_000
_WORDS_MAX = 4000
_LONGEST = {one.ask.value: max(one.max_characters, 1000 if one.kind in {"natures", "needs"} else 0)
            for one in TAKE_QUESTIONS}  # fmt: skip
_FACT_QUESTIONS = {question.id: question for question in QUESTIONS}


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is being written down: its answers by question, who wrote last, since when, and what became of it.

    ``done`` is true once it became a call (``case`` in hexadecimal) or was put aside (``case`` empty).
    """

    draft: str
    answers: dict[str, str]
    party: str = ""
    begun_ms: int = 0
    saved_ms: int = 0
    done: bool = False
    case: str = ""

    @property
    def title(self) -> str:
        """Who it is about, as far as anybody knows."""
        told = (self.answers.get(one, "") for one in (Ask.CALLER, Ask.TALKER, Ask.REPLY))
        return next((one for one in told if one), "")

    @property
    def count(self) -> int:
        """How many questions have an answer."""
        return sum(bool(one) for one in self.answers.values())


class Drafts:
    """The calls that are being written down at a station; all its processes see the same."""

    def __init__(self, station: Station) -> None:
        self._journal = station.journal
        self._directory = station.directory
        self._clock = station.clock
        self._dice = station.dice

    def new(self) -> str:
        """The id of a draft of which nothing is kept yet."""
        return self._dice.bytes(DRAFT_BYTES).hex()

    async def keep(self, draft: str, answers: Mapping[str, str], *, party: str, turn: int = 0) -> DraftView:
        """Keep answers, durably on return; the draft as it is then.

        ``turn`` grows with each save (0: now). Raises ``Malformed`` (``draft.id``, ``draft.question``,
        ``draft.answer_long``), ``Conflict`` (``draft.done``) and ``Busy`` (``draft.too_many``).
        """
        draft_id, now_ms = read_draft_id(draft), self._clock.now_ms()
        lines = [
            DraftLine(draft=draft_id, name=name, text=_text(name, text), turn=turn or now_ms, at_ms=now_ms, party=party)
            for name, text in answers.items()
        ]
        if lines and not await self._journal.keep_draft(lines):
            raise Conflict("draft.done", "This has become a call, or was put aside.", hint="Look on the watch floor.")
        return await self.find(draft)

    async def find(self, draft: str) -> DraftView:
        """A draft; one nobody has heard of has no answers. Raises ``Malformed`` (``draft.id``)."""
        return _view(draft, await self._journal.draft(read_draft_id(draft)))

    async def open(self) -> list[DraftView]:
        """All that are not done, the newest first."""
        by_draft: dict[str, list[DraftLine]] = {}
        for line in await self._journal.drafts():
            by_draft.setdefault(line.draft.hex(), []).append(line)
        views = [_view(draft, lines) for draft, lines in by_draft.items()]
        return sorted(views, key=lambda view: (-view.saved_ms, view.draft))

    async def put_aside(self, draft: str, *, party: str) -> None:
        """Forget the answers; nothing was said. Raises ``Unknown`` (``draft.unknown``)."""
        if not (await self.find(draft)).answers:
            raise Unknown("draft.unknown", "Nothing is written down under this.")
        await self._finish(draft, party, "")

    async def make_call(
        self, draft: str, *, speaker: Speaker, visits: Visits, answers: Mapping[str, str] | None = None
    ) -> str:
        """Make it a signed call, whatever is answered; the case in hexadecimal, empty while it is not folded yet.

        ``answers`` count before those that are kept: where there is no room to keep any more, a call still has its
        words (law 2). What is longer than an answer may be is cut, and says so. The same draft is the same call, also
        where the station died in between. Raises what ``Visits.call`` raises.
        """
        view = await self.find(draft)
        if view.done:
            return view.case
        view = msgspec.structs.replace(view, answers={**view.answers, **cut_answers(answers or {})})
        made = await self._say(view, speaker, visits)
        await self._finish(draft, speaker.party, made.outcome.case)
        return made.outcome.case

    async def _say(self, view: DraftView, speaker: Speaker, visits: Visits) -> CallMade:
        name = view.answers.get(Ask.CALLER, "") or view.answers.get(Ask.TALKER, "")
        return await visits.call(
            details_from(details_of(view.answers)),
            speaker=speaker,
            call=hashlib.sha256(b"esos-taken-call-1" + read_draft_id(view.draft)).digest()[:CALL_ID_BYTES],
            relay_for=RelayFor(
                caller=self._member_of(name) or name,
                caller_name=name,
                card_token="".join(one for one in view.answers.get(Ask.CARD, "") if one.isalnum()),
            ),
            channel="telephone",
        )

    def _member_of(self, name: str) -> str:
        """The one member that is called so, by its name or id; empty for none, and for a name that two have."""
        wanted = " ".join(name.split()).casefold()
        members = self._directory.everybody
        found = [one for one, card in members.items() if wanted in {one, card.name.casefold()}]
        return found[0] if len(found) == 1 else ""

    async def _finish(self, draft: str, party: str, case: str) -> None:
        now_ms = self._clock.now_ms()
        await self._journal.finish_draft(
            DraftLine(draft=read_draft_id(draft), name=DRAFT_DONE, text=case, turn=now_ms, at_ms=now_ms, party=party)
        )


def read_draft_id(draft: str) -> bytes:
    """The id in bytes; raises ``Malformed`` (``draft.id``)."""
    try:
        found = bytes.fromhex(draft)
    except ValueError:
        found = b""
    if len(found) != DRAFT_BYTES:
        raise Malformed("draft.id", "There is no such draft.", hint="See the list: esos take --list")
    return found


def cut_answers(answers: Mapping[str, str]) -> dict[str, str]:
    """Answers as they are kept; what is too long is cut and says so, and unknown questions fall away."""
    return {name: _cut(text, _LONGEST[name]) for name, text in answers.items() if name in _LONGEST}


def _cut(text: str, longest: int) -> str:
    text = text.replace("\0", "").strip()
    mark = say("… [cut here]")
    return text if len(text) <= longest else text[: max(longest - len(mark), 0)] + mark[:longest]


def _text(name: str, text: str) -> str:
    """An answer as it is kept; raises ``Malformed`` (``draft.question``, ``draft.answer_long``)."""
    longest = _LONGEST.get(name)
    if longest is None:
        raise Malformed("draft.question", "There is no such question.", hint=", ".join(Ask))
    if len(text) > longest:
        raise Malformed(
            "draft.answer_long", say("This answer may have {count} characters.", count=longest), hint="Make two of it."
        )
    return text.replace("\0", "").strip()


def _view(draft: str, lines: list[DraftLine]) -> DraftView:
    done = next((line for line in lines if line.name == DRAFT_DONE), None)
    last = max(lines, key=lambda line: line.at_ms, default=None)
    return DraftView(
        draft=draft,
        answers={line.name: line.text for line in lines if line.name != DRAFT_DONE},
        party=last.party if last else "",
        begun_ms=min((line.at_ms for line in lines), default=0),
        saved_ms=last.at_ms if last else 0,
        done=done is not None,
        case=done.text if done else "",
    )


def details_of(answers: Mapping[str, str]) -> dict[str, Any]:
    """The details of the call, as far as the answers can be read (law 2): never a refusal."""
    details: dict[str, Any] = {
        "natures": _natures(answers),
        "facts": _facts(answers),
        "needs": read_need_words(answers),
    }
    if answers.get(Ask.URGENCY) in set(Urgency):
        details["urgency"] = answers[Ask.URGENCY]
    if reply := answers.get(Ask.REPLY, ""):
        details["reply"] = reply
    return {**details, "words": _words(answers)}


def _natures(answers: Mapping[str, str]) -> list[int]:
    by_slug = {one.slug: one.value for one in Nature}
    named = [by_slug[slug] for slug in answers.get(Ask.NATURES, "").split() if slug in by_slug]
    return list(dict.fromkeys(named))[:NATURES_MAX]


def _facts(answers: Mapping[str, str]) -> dict[str, str | bool]:
    facts: dict[str, str | bool] = {}
    for name, question in _FACT_QUESTIONS.items():
        chosen = next((one for one in question.options if one.id == answers.get(name, UNKNOWN_OPTION)), None)
        codes = zip(question.facts, chosen.codes, strict=True) if chosen else ()
        facts.update({fact: code for fact, code in codes if code is not None})
    return facts


def read_need_words(answers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Need lines as they are kept, ``advice=2 filtering=10``; what cannot be read is left to the officer's words."""
    found = {}
    for word in answers.get(Ask.NEEDS, "").split():
        line, _, units = word.partition("=")
        if line in set(NeedLine) and units.isascii() and units.isdigit() and 0 < int(units) <= NEED_UNITS_MAX:
            found[line] = int(units)
    return [{"line": line, "quantity": units} for line, units in found.items()]


def _words(answers: Mapping[str, str]) -> str:
    """What people read: the caller's own words, and what was said beside them."""
    beside = (
        (Ask.TALKER, "On the telephone: {said}"),
        (Ask.PLACE, "Where: {said}"),
        (Ask.WORKS, "What still works: {said}"),
    )
    lines = [answers.get(Ask.WORDS, "")]
    lines += [sentence.format(said=answers[ask]) for ask, sentence in beside if answers.get(ask)]
    lines.append(CONSENT_LINES.get(answers.get(Ask.CONSENT, ""), ""))
    return "\n".join(line for line in lines if line)[:_WORDS_MAX]
