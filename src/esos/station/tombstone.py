"""What is left of an erased case: who erased it, when and why, in words. Nothing of what was said on it.

Law 11: the leaves stay in the log, and this statement says why nobody can open them any more.
"""

from datetime import UTC, datetime

from esos.errors import Conflict
from esos.keys.speaker import decode_speaker
from esos.message.bodies import Erased
from esos.message.reading import read_any
from esos.station.ports import Journal
from esos.station.records import APPLIED, CaseRecord, Entry
from esos.station.view_parts import View
from esos.words.language import apart, say
from esos.words.life import Life

KIND = "erased"
STATEMENTS_MAX = 50_000
"""How many statements of one case are counted."""
ERASED_MAX = 100
"""Among how many erasures of one case, the newest, the one that was applied is sought."""
GONE = "The content of this case has been erased; its leaves stay in the log."


class Tombstone(View, kw_only=True):
    """An erased case. ``statements`` is how many it had; ``statement`` the id of the erasure itself, which has a proof.

    ``party`` is empty where the content was destroyed without a statement that says so.
    """

    case: str
    code: str
    at_ms: int = 0
    party: str = ""
    name: str = ""
    ground: str = ""
    ground_words: str = ""
    statements: int = 0
    statement: str = ""

    @property
    def sentence(self) -> str:
        """What everybody is told who asks for the case."""
        if not self.at_ms:
            return GONE
        moment = datetime.fromtimestamp(self.at_ms // 1000, UTC)
        return say(
            "This case was erased on {time} by {name}, because {ground}. Its leaves stay in the log.",
            time=apart(f"{moment:%Y-%m-%d %H:%M} UTC"),
            name=apart(self.name),
            ground=self.ground_words,
        )


def is_erased(record: CaseRecord) -> bool:
    """Whether nobody may read this case any more."""
    return not record.blob or record.life == Life.ERASED


async def tombstone_entry(journal: Journal, case_id: bytes) -> Entry | None:
    """The statement that erased a case, where there is one."""
    entries = await journal.newest(case_id, kinds=(KIND,), limit=ERASED_MAX)
    return next((one for one in entries if one.kind == KIND and one.verdict == APPLIED), None)


async def count_said(journal: Journal, case_id: bytes) -> int:
    """How many statements a case has, as far as they are counted."""
    return len(await journal.read(case=case_id, limit=STATEMENTS_MAX))


async def tombstone_of(journal: Journal, record: CaseRecord) -> Tombstone:
    """What is left of an erased case."""
    entry = await tombstone_entry(journal, record.id)
    bare = Tombstone(case=record.id.hex(), code=record.page_code)
    return _told(bare, entry) if entry is not None else bare


def _told(bare: Tombstone, entry: Entry) -> Tombstone:
    body, speaker = read_any(entry.cose).body, decode_speaker(entry.admission)
    if not isinstance(body, Erased):
        return bare
    return Tombstone(
        case=bare.case,
        code=bare.code,
        at_ms=entry.at_ms,
        party=speaker.party,
        name=speaker.name or say("the station"),
        ground=body.ground.value,
        ground_words=body.ground.words,
        statements=body.statements,
        statement=entry.id.hex(),
    )


async def refuse_erased(journal: Journal, record: CaseRecord) -> None:
    """Raise ``Conflict`` (``case.erased``) for a case that was erased, with who, when and why."""
    if not is_erased(record):
        return
    left = await tombstone_of(journal, record)
    raise Conflict("case.erased", left.sentence, hint="What is left of it can be exported and verified.")
