"""Which laws the caller named, as part of its case: kept and shown, and read by no decision about help.

Help never waits for law: no row, guard or timer looks at what is kept here.
"""

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Page, Reason, Refused
from esos.case.parts import LawKept, LawReminder
from esos.message.law_bodies import LawDrafted, LawNamed, LawReminded
from esos.words.kept import TOO_MANY_DRAFTS, TOO_MANY_LAWS

LAWS_MAX_COUNT = 30
"""How many laws one case may name."""
DRAFTS_MAX_COUNT = 40
"""How many drafts of one law are known to a case."""


def name_law(d: Draft) -> None:
    """Keep what was said of a law; what was left out stays."""
    body: LawNamed = d.body
    known = d.case.laws.get(body.law, LawKept())
    moments = {name: ms for name, ms in (known.moments | body.moments).items() if ms}
    _put(d, body.law, msgspec.structs.replace(known, applies=body.applies, moments=moments))


def keep_draft(d: Draft) -> None:
    """Remember which statement holds the newest text of a draft."""
    body: LawDrafted = d.body
    known = d.case.laws.get(body.law, LawKept(applies=False))
    _put(d, body.law, msgspec.structs.replace(known, drafts={**known.drafts, body.clock: d.event.id}))


def reminder_of(body: LawReminded) -> LawReminder:
    """What a case keeps of a reminder."""
    return LawReminder(before_minutes=body.before_minutes, due_ms=body.due_ms, title=body.title, under=body.under)


def remind(d: Draft) -> None:
    """Tell the caller, once for each time ahead."""
    body: LawReminded = d.body
    known = d.case.laws[body.law]
    _put(d, body.law, msgspec.structs.replace(known, reminded={**known.reminded, body.clock: reminder_of(body)}))
    about = law_ref(body.law, body.clock)
    d.effects.append(Page(audience=Audience.CALLER, reason=Reason.LAW_DUE, ref=about, due_ms=body.due_ms))


def has_room(d: Draft) -> Refused | None:
    """A case names a bounded number of laws, and each has a bounded number of drafts."""
    body: LawNamed | LawDrafted = d.body
    if body.law not in d.case.laws and len(d.case.laws) >= LAWS_MAX_COUNT:
        return Refused(code="law.too_many", reason=TOO_MANY_LAWS.write(count=LAWS_MAX_COUNT))
    drafts = d.case.laws.get(body.law, LawKept()).drafts
    if isinstance(body, LawDrafted) and body.clock not in drafts and len(drafts) >= DRAFTS_MAX_COUNT:
        return Refused(code="law.too_many", reason=TOO_MANY_DRAFTS.write(count=DRAFTS_MAX_COUNT))
    return None


def is_news(d: Draft) -> Refused | None:
    """The caller named this law, and was not reminded for this deadline at this time or later."""
    body: LawReminded = d.body
    known = d.case.laws.get(body.law)
    last = known.reminded.get(body.clock) if known and known.applies else None
    if known is None or not known.applies:
        return Refused(code="law.not_named", reason="The caller has not named this law.")
    if last and last.due_ms == body.due_ms and last.before_minutes <= body.before_minutes:
        return Refused(code="law.reminded", reason="The caller was reminded of this already.")
    return None


def law_ref(law: str, clock: str) -> bytes:
    """What a page about one report of one law refers to."""
    return f"{law}/{clock}".encode()


def _put(d: Draft, law: str, kept: LawKept) -> None:
    d.set(laws={**d.case.laws, law: kept})
