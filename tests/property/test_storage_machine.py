"""The journal on a database and the journal in memory give the same answers to the same questions, in any order."""

import asyncio
import hashlib
import tempfile
from functools import cache
from pathlib import Path

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from esos.errors import EsosError
from esos.station.records import (
    Admitted,
    CaseRecord,
    Due,
    Folding,
    Leaf,
    Parcel,
    ParcelOutcome,
    Room,
    RouteWork,
    Said,
    TokenRecord,
    Verdict,
)
from esos.storage import SqlJournal, limits
from esos.storage.migrate import migrate

CASES = [bytes([number]) * 16 for number in range(3)]
ROUTES = ["", "register", *(f"case:{case.hex()}" for case in CASES)]
STEPS = 25
FATES = {
    "done": {"result": b"ok"},
    "waiting": {"error": "no", "not_before_ms": 7},
    "given_up": {"error": "never"},
    "not_needed": {"error": "held"},
}

names = st.integers(0, 15)
small = st.integers(0, 12)
holders = st.sampled_from(["ada", "ben"])
parcel_ids = st.sampled_from([b"p%d" % number for number in range(6)])


def admitted(name: int, route: str, key: int | None) -> Admitted:
    digest = hashlib.sha256(b"%d" % name).digest()
    dedupe = digest if key is None else b"key %d" % key
    return Admitted(id=digest, kind="updated", dedupe=dedupe, route=route, cose=b"%d" % name, admission=b"by")


statements = st.builds(admitted, names, st.sampled_from(ROUTES), st.none() | small)
timers = st.dictionaries(st.sampled_from(["ack", "wave", "lease"]), small, max_size=3)


def parcel(parcel_id: bytes, case: bytes | None, not_before_ms: int) -> Parcel:
    """Its turn follows from its id, so that one id is one parcel."""
    number = parcel_id[-1]
    turn = {"lane": ("mail", "file")[number % 2], "rank": number % 3, "recipient": (b"", b"a", b"b")[number % 3]}
    topic = (None, b"one", b"two")[number // 2 % 3]
    return Parcel(id=parcel_id, case=case, kind="page", not_before_ms=not_before_ms, blob=b"words", topic=topic, **turn)


@cache
def _empty_journal() -> bytes:
    """An up-to-date journal, so that the migrations run once and not for every example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        migrate(path)
        return path.read_bytes()


class JournalMachine(RuleBasedStateMachine):
    """Every rule asks both journals the same and compares what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "journal.db"
        self.path.write_bytes(_empty_journal())
        self.now_ms = self.clock_ms = 0
        self.store = MemoryStore(clock_ms=lambda: self.clock_ms)
        self.works: list[RouteWork] = []

    def teardown(self) -> None:
        self.runner.run(self.sql.close())
        self.runner.close()
        self.folder.cleanup()

    async def both_open(self) -> None:
        self.sql = await SqlJournal.open(self.path, clock_ms=lambda: self.clock_ms)
        self.memory = await MemoryJournal.open(self.store)

    def ask(self, method: str, *args, **kwargs):
        """The answer both give, a refusal being an answer too."""
        return self.runner.run(self.asked(method, *args, **kwargs))

    async def asked(self, method: str, *args, **kwargs):
        answers = []
        for journal in (self.sql, self.memory):
            try:
                answers.append(await getattr(journal, method)(*args, **kwargs))
            except EsosError as refused:
                answers.append((type(refused), refused.code))
        assert answers[0] == answers[1], method
        return answers[0]

    @initialize()
    def start(self) -> None:
        self.runner.run(self.both_open())

    @rule()
    def open_again(self) -> None:
        self.runner.run(self.sql.close())
        self.runner.run(self.both_open())

    @rule(step_ms=small, of_the_store_ms=small)
    def time_goes_on(self, step_ms: int, of_the_store_ms: int) -> None:
        """The two clocks need not agree."""
        self.now_ms += step_ms
        self.clock_ms += of_the_store_ms

    @rule(batch=st.lists(statements, max_size=5))
    def append(self, batch: list[Admitted]) -> None:
        self.ask("append", batch, now_ms=self.now_ms)

    @rule(holder=holders, lease_ms=small, limit=st.integers(1, 4))
    def claim_inbox(self, holder: str, lease_ms: int, limit: int) -> None:
        self.works += self.ask("claim_inbox", holder=holder, lease_ms=lease_ms, limit=limit)

    @rule(data=st.data())
    def save(self, data: st.DataObject) -> None:
        foldings = data.draw(st.lists(self.foldings(), max_size=3))
        self.ask("save", foldings, now_ms=self.now_ms)

    def foldings(self) -> st.SearchStrategy[Folding]:
        free = RouteWork(route="register", fence=0, entries=())
        return st.builds(
            self.folding,
            st.sampled_from([free, *self.works[-4:]]),
            st.none() | st.sampled_from(CASES),
            st.integers(-1, 1),
            st.lists(statements, max_size=2),
            timers,
            st.lists(parcel_ids, max_size=2),
            st.booleans(),
            small,
        )

    def folding(self, work, case_id, slip, said, due, parcels, is_open, opened_ms) -> Folding:
        present = self.store.cases.get(case_id)
        expected = max(0, (present.version if present else 0) + min(slip, 0))
        case = None
        if case_id is not None:
            case = CaseRecord(
                id=case_id,
                caller=f"caller {case_id[0] % 2}",
                version=1,
                life="arrived",
                is_open=is_open,
                urgency="mayday",
                concern="distress",
                holder="",
                page_code="K",
                opened_ms=opened_ms,
                updated_ms=self.now_ms,
                blob=b"fold",
            )
        verdicts = [Verdict(seq=entry.seq, code="applied", reason="r", place=entry.seq % 3) for entry in work.entries]
        return Folding(
            route=work.route,
            fence=work.fence,
            case=case,
            expected_version=expected,
            verdicts=tuple(verdicts),
            said=tuple(Said(admitted=one, code="applied", reason="s", place=7) for one in said),
            due=tuple(Due(key=key, due_ms=due_ms) for key, due_ms in due.items()),
            parcels=tuple(parcel(parcel_id, case_id, opened_ms) for parcel_id in parcels),
        )

    @rule(holder=holders, lease_ms=small, limit=st.integers(1, 4))
    def claim_due(self, holder: str, lease_ms: int, limit: int) -> None:
        self.ask("claim_due", holder=holder, now_ms=self.now_ms, lease_ms=lease_ms, limit=limit)

    @rule(holder=holders, lease_ms=small, lane=st.integers(0, 3), mail=st.integers(0, 3), one=st.integers(1, 3))
    def claim_parcels(self, holder: str, lease_ms: int, lane: int, mail: int, one: int) -> None:
        room = Room(lane=lane, lanes={"mail": mail}, recipient=one, recipients={b"b": 1})
        self.ask("claim_parcels", holder=holder, now_ms=self.now_ms, lease_ms=lease_ms, room=room)

    @rule(fates=st.lists(st.tuples(parcel_ids, st.sampled_from(sorted(FATES)), st.integers(0, 2)), max_size=3))
    def settle(self, fates: list[tuple[bytes, str, int]]) -> None:
        outcomes = [
            ParcelOutcome(id=parcel_id, state=state, attempt=attempt, **FATES[state])
            for parcel_id, state, attempt in fates
        ]
        self.ask("settle_parcels", outcomes, now_ms=self.now_ms)

    @rule(name=st.sampled_from(["sequencer", "worker"]), holder=holders, lease_ms=small)
    def lease(self, name: str, holder: str, lease_ms: int) -> None:
        self.ask("lease", name, holder=holder, lease_ms=lease_ms)

    @rule(seqs=st.lists(small, max_size=3), slip=st.sampled_from([0, 0, 0, 1]))
    def put_leaves(self, seqs: list[int], slip: int) -> None:
        start = len(self.store.leaves) + slip
        leaves = [
            Leaf(index=start + place, seq=seq, leaf_hash=bytes([place]) * 32, key=b"k" if seq else b"")
            for place, seq in enumerate(seqs)
        ]
        self.ask("put_leaves", leaves, checkpoint=b"%d" % self.now_ms, size=start + len(leaves), now_ms=self.now_ms)

    @rule(digest=small, party=holders, expires_ms=small, once=st.booleans())
    def put_token(self, digest: int, party: str, expires_ms: int, once: bool) -> None:
        live_ms = self.now_ms + expires_ms
        token = TokenRecord(
            digest=bytes([digest]), purpose="link", party=party, expires_ms=live_ms, once=once, blob=b""
        )
        self.runner.run(self.sql.put_token(token))
        self.runner.run(self.memory.put_token(token))

    @rule(digest=small, expires_ms=small)
    def renew_token(self, digest: int, expires_ms: int) -> None:
        self.ask("renew_token", bytes([digest]), expires_ms=self.now_ms + expires_ms)

    @rule(digest=small, spend=st.booleans())
    def take_token(self, digest: int, spend: bool) -> None:
        self.ask("spend_token" if spend else "token", bytes([digest]), now_ms=self.now_ms)

    @rule(party=holders, purpose=st.sampled_from([None, "link", "session"]))
    def drop_tokens(self, party: str, purpose: str | None) -> None:
        self.ask("drop_tokens", party=party, purpose=purpose)

    @rule(case_id=st.sampled_from(CASES))
    def erase(self, case_id: bytes) -> None:
        self.ask("erase_case", case_id, now_ms=self.now_ms)

    @rule(name=names)
    def look_up(self, name: int) -> None:
        self.ask("entry", hashlib.sha256(b"%d" % name).digest())

    @rule(
        seq=small,
        limit=st.integers(0, 5),
        route=st.none() | st.sampled_from(ROUTES[1:]),
        of=st.none() | st.sampled_from(CASES),
    )
    def read(self, seq: int, limit: int, route: str | None, of: bytes | None) -> None:
        self.ask("read", after_seq=seq, limit=limit, route=route, case=of)
        self.ask("glance", after_seq=seq, limit=limit)
        self.ask("set_aside_count")
        self.ask("earliest_due_ms")
        self.ask("leaf_of", seq)
        self.ask("leaf_hashes", start=seq, stop=seq + limit)

    @rule(caller=st.integers(0, 2), before_ms=st.none() | small, only_open=st.booleans(), limit=st.integers(1, 4))
    def list_cases(self, caller: int, before_ms: int | None, only_open: bool, limit: int) -> None:
        self.ask("open_case_of", f"caller {caller}")
        self.ask("last_case_of", f"caller {caller}")
        self.ask("cases_of", [f"caller:caller {caller}", *(f"case:{one.hex()}" for one in CASES)])
        self.ask("count_cases", before_ms=before_ms)
        self.ask("cases", only_open=only_open, limit=limit, before_ms=before_ms)

    @rule(
        case_id=st.none() | st.sampled_from(CASES),
        state=st.sampled_from([None, "waiting", "done", "not_needed", "given_up"]),
        before_ms=st.none() | small,
    )
    def list_parcels(self, case_id: bytes | None, state: str | None, before_ms: int | None) -> None:
        self.ask("count_parcels", before_ms=before_ms)
        self.ask("parcels", case=case_id, state=state)

    @invariant()
    def they_agree(self) -> None:
        if hasattr(self, "sql"):
            self.runner.run(self.agreed())

    async def agreed(self) -> None:
        questions = [
            self.asked(name) for name in ("head", "oldest_inbox_ms", "next_due_ms", "checkpoint", "checkpoints")
        ]
        await asyncio.gather(*questions, self.asked("unlogged", limit=3))


@pytest.fixture(autouse=True)
def keys_move_often(monkeypatch):
    """A memory of keys so small that they reach the disk within a few steps."""
    monkeypatch.setattr(limits, "UNMERGED_MAX_ENTRIES", 4)


@pytest.mark.timeout(600)  # every step is durable on a real disk, and some disks are slow
def test_both_journals_agree_on_everything():
    from hypothesis.stateful import run_state_machine_as_test

    examples = max(1, settings().max_examples // 3)
    run_state_machine_as_test(
        JournalMachine, settings=settings(max_examples=examples, stateful_step_count=STEPS, deadline=None)
    )
