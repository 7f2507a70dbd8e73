"""``esos station doctor``: whether a station could take a call now, look by look, at its own machine."""

import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from esos.cli.common import clock, open_home, settings_for
from esos.cli.findings import Finding, fine, known, mend
from esos.errors import EsosError
from esos.vault.home import JOURNAL_FILE, STATION_FILE, TOKEN_FILE, Home

if TYPE_CHECKING:
    from esos.settings import Settings
    from esos.station.station import Station

DISK_LOW_BYTES = 200 * 1024 * 1024
CLOCK_BACK_MS = 60_000
CERTIFICATE_SHORT_DAYS = 14
DAY_MS = 86_400_000
INBOX_OLD_MS = 30_000
UNLOGGED_OLD_MS = 30_000
_SECRETS = (STATION_FILE, TOKEN_FILE, JOURNAL_FILE)


async def examine(folder: Path) -> list[Finding]:
    """Everything that was looked at; raises ``Unknown`` (``home.missing``) where there is no home."""
    home = Home(folder)
    home.identity()
    found = list(_files(folder))
    found += list(_disk(folder))
    try:
        async with open_home(folder) as station:
            found += [finding async for finding in _journal(station)]
            found += list(_rules(station, settings_for(folder)))
            found += list(_tls(settings_for(folder), station.clock.now_ms()))
    except EsosError as refusal:
        found.append(mend("journal", f"The journal cannot be opened: {refusal.detail}"))
    found.append(await health_of(home))
    return found


def _files(folder: Path) -> Iterator[Finding]:
    open_to_others = [
        name
        for name in _SECRETS
        if (folder / name).is_file() and stat.S_IMODE((folder / name).stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    for name in open_to_others:
        yield mend("files", f"Others on this machine can read {name}: chmod 600 {folder / name}")
    if not open_to_others:
        yield fine("files", "Key, token and journal are readable by their owner only.")


def _disk(folder: Path) -> Iterator[Finding]:
    free_bytes = shutil.disk_usage(folder).free
    words = f"{free_bytes // (1024 * 1024)} MiB are free on its disk."
    yield fine("disk", words) if free_bytes > DISK_LOW_BYTES else mend("disk", f"Only {words}")


async def _journal(station: "Station") -> AsyncIterator[Finding]:
    now_ms, journal = station.clock.now_ms(), station.journal
    head = await journal.head()
    last = await journal.read(after_seq=max(0, head - 1), limit=1)
    yield fine("journal", f"The journal opens; it holds {head} statements.")
    if last and last[0].at_ms > now_ms + CLOCK_BACK_MS:
        yield mend("clock", f"The clock went back: the newest statement is of {clock(last[0].at_ms)}.")
    kept = station.clock_view()
    yield (mend if kept.is_wrong else fine if kept.kernel == "synchronised" else known)("clock", kept.sentence)
    oldest_ms = await journal.oldest_inbox_ms()
    if oldest_ms is not None and now_ms - oldest_ms > INBOX_OLD_MS:
        yield mend("journal", f"A statement of {clock(oldest_ms)} is not folded yet: is the station running?")
    unlogged = await journal.unlogged(limit=1)
    if unlogged and now_ms - unlogged[0].at_ms > UNLOGGED_OLD_MS:
        yield mend("log", f"A statement of {clock(unlogged[0].at_ms)} is not in the log yet: is the station running?")
    yield await log_finding(station)
    given_up = await journal.parcels(state="given_up", limit=100)
    waiting = await journal.parcels(state="waiting", limit=100)
    if given_up:
        yield mend("pages", f"{len(given_up)} pages were given up; the newest because: {given_up[0].error}")
    if late := [one for one in waiting if one.attempts]:
        yield known("pages", f"{len(late)} pages are being tried again; the newest because: {late[0].error}")


async def log_finding(station: "Station") -> Finding:
    """Whether the log's leaves are those that its signed head speaks of."""
    from esos.logbook.checkpoint import verify_checkpoint

    size, note = await station.journal.checkpoint()
    if not size:
        return known("log", "The log is empty so far.")
    try:
        head = verify_checkpoint(note, origin=station.identity.origin, public=station.identity.public).checkpoint
    except EsosError as refusal:
        return mend("log", f"The head of the log does not hold: {refusal.detail}")
    if head.size != size or station.sequencer.tree.root(size) != head.root:
        return mend("log", "The log's leaves are not those its signed head speaks of.")
    return fine("log", f"The log has {size} leaves under a signed head that fits them.")


def _rules(station: "Station", settings: "Settings") -> Iterator[Finding]:
    directory = station.directory
    pact = directory.pact
    if pact is None:
        yield mend("pact", "No pact is in force, so no case can begin.")
    else:
        yield fine("pact", f"The pact in force is {pact.name}, version {pact.version}.")
        if not pact.pact.members_min <= len(directory.members) <= pact.pact.members_max:
            yield known(
                "pact", f"It has {len(directory.members)} members; the pact wants {pact.pact.members_min} or more."
            )
    local = settings.http.startswith(("127.", "localhost", "[::1]"))
    if local and not settings.public_url:
        yield known("address", "It listens for this machine only; set http and public_url for others to reach it.")
    if settings.public_url.startswith("http://") and not local:
        yield mend("address", "Its pages are reached without HTTPS: passwords and links could be read on the way.")
    if not settings.smtp_host:
        yield known("pages", "No mail server is set (smtp_host), so contacts by mail are not reached.")


def _tls(settings: "Settings", now_ms: int) -> Iterator[Finding]:
    """Its certificate and its proxies, as they would be read at the next start."""
    from esos.vault.certificate import certificate_ends_ms
    from esos.web.proxies import read_proxies
    from esos.web.tls import Certificate

    try:
        read_proxies(settings.trusted_proxies)
        if settings.tls_cert:
            door = Certificate(Path(settings.tls_cert), Path(settings.tls_key or settings.tls_cert))
            days = (certificate_ends_ms(door.cert) - now_ms) // DAY_MS
            words = f"Its certificate is good for {days} more days."
            yield fine("tls", words) if days > CERTIFICATE_SHORT_DAYS else mend("tls", f"Renew it soon: {words}")
    except EsosError as refusal:
        yield mend("tls", refusal.detail)


async def health_of(home: Home) -> Finding:
    """Whether the station of this home runs, answers, and would take a call."""
    import httpx

    from esos.cli.client import trust_of

    run = home.read_run()
    if run is None:
        return known("process", "It does not run now. Start it: esos station run")
    try:
        async with httpx.AsyncClient(timeout=5, verify=trust_of(run)) as http:
            answer = await http.get(f"{run.http}/readyz")
    except httpx.TransportError:
        return mend("process", f"It was started on {run.http} and does not answer: it was killed, or is stuck.")
    if answer.is_success:
        return fine("process", f"It runs on {run.http} and is ready to take calls.")
    return mend("process", f"It runs on {run.http} and is not ready: {answer.text}")
