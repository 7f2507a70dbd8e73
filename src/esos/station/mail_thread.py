"""The conversation that mail about a case belongs to: one for each person and case, under a subject that stays.

A mail program files by Message-ID and References, people by the subject: both stay the same from the first
call for help to the last thanks. The subject names no caller, so that it may be read over a shoulder. What wants
something of its reader has the urgency before it, in brackets: people have themselves woken by a rule of their
mail program, and programs that file by the subject leave out what stands in brackets before it (RFC 5256).
"""

import hashlib
import re
from typing import Any, Final

from esos.station.paging import PageOrder
from esos.station.reply_address import ReplyAddresses
from esos.station.shortcode import page_code
from esos.words.language import say
from esos.words.mail_words import SUBJECT, THREAD_PREFIX
from esos.words.page_reasons import PageReason
from esos.words.page_words import PAGES
from esos.words.urgency import Urgency

TAKES_ANSWER: Final = frozenset({PageReason.ASKED, PageReason.REMINDED})
"""Pages that a reply may answer in one word."""
_ROOT: Final = re.compile(rf"<{THREAD_PREFIX}([0-9a-f]{{32}})-[0-9a-f]{{16}}@", re.ASCII)


def thread_of(case: bytes, party: str) -> str:
    """The name of a person's conversation on a case."""
    person = hashlib.sha256(b"esos-thread-1" + case + party.encode()).hexdigest()[:16]
    return f"{case.hex()}-{person}"


def subject_of(case: bytes, station_name: str, urgency: Urgency | None = None) -> str:
    """What stands in every subject line of a conversation, after the urgency of what wants something of its reader."""
    subject = say(SUBJECT, code=page_code(case), station=station_name)
    return f"[{urgency.upper()}: {urgency.words}] {subject}" if urgency else subject


def urgency_shown(order: PageOrder) -> Urgency | None:
    """The urgency that a page's subject begins with: of those whose title does so too, and of no other."""
    return Urgency(order.urgency) if PAGES[PageReason(order.says)].title.startswith("{urgency}") else None


def cases_in(references: str) -> tuple[bytes, ...]:
    """The cases whose conversations a mail says it belongs to, as its References or In-Reply-To name them."""
    return tuple(dict.fromkeys(bytes.fromhex(found) for found in _ROOT.findall(references)))


def mail_thread(parcel: bytes, order: PageOrder, replies: ReplyAddresses | None, station_name: str) -> dict[str, Any]:
    """What a page by mail carries of its conversation, as fields of ``PageMessage``."""
    if not order.case or not order.party:
        return {}
    values: dict[str, Any] = {
        "thread": thread_of(order.case, order.party),
        "subject": subject_of(order.case, station_name, urgency_shown(order)),
    }
    if replies is None:
        return values
    return values | {
        "reply_to": replies.reply_to(order.case, order.party, order.address),
        "back_to": replies.back_to(order.case, parcel),
        "takes_answer": PageReason(order.says) in TAKES_ANSWER,
    }
