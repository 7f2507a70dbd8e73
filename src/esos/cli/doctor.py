"""``esos station doctor``: whether a station could take a call now and act on it, look by look, at its own machine.

A look gives whole sentences: what is so, and what to do next. A further look is a row in one of the tables below.
"""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from esos.cli.common import clock, open_home, settings_for
from esos.cli.findings import Finding, fine, known, mend
from esos.errors import EsosError
from esos.vault.home import JOURNAL_FILE, STATION_FILE, TOKEN_FILE, Home

if TYPE_CHECKING:
    import httpx

    from esos.settings import Settings
    from esos.station.station import Station
    from esos.storage.doctor import Finding as Seen

CERTIFICATE_SHORT_DAYS = 14
DAY_MS = 86_400_000
DISK_LOW_BYTES = 1024 * 1024 * 1024
"""Less free space than this is to be mended: intake stops when there is none."""
BACKUP_OLD_MS = 8 * DAY_MS
"""A copy of the journal that is older is too old: one a week, and a day's grace."""
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - told from others, not listened on
HEALTH_SECONDS = 8.0
"""How long a running station is waited for; it waits less for its own store."""
_SECRETS = (STATION_FILE, TOKEN_FILE, JOURNAL_FILE)
_PASSWORDS = ("smtp_password", "webhook_secret")
_RUN = "Start it: esos station run"


async def examine(folder: Path, *, whole: bool = False) -> list[Finding]:
    """Everything that was looked at; ``whole`` reads every page of the journal too.

    Raises ``Unknown`` (``home.missing``) where there is no home.
    """
    home = Home(folder)
    home.identity()
    settings = settings_for(folder)
    found = [finding for look in HOME_LOOKS for finding in look(folder, settings)]
    of_file = _journal_file(home, settings, whole=whole)
    found += of_file
    try:
        found += _server(settings)
        if not any(one.is_trouble for one in of_file):  # opening it would change it, and hide what is wrong
            found += await _opened(folder, settings)
    except EsosError as refusal:
        found.append(mend("database", f"Its database cannot be asked: {_with_cause(refusal)}", refusal.hint))
    found.append(await health_of(home))
    return found


async def _opened(folder: Path, settings: "Settings") -> list[Finding]:
    """What is seen in the journal, opened beside whatever process runs."""
    from esos.cli.doctor_station import STATION_LOOKS

    try:
        async with open_home(folder) as station:
            now_ms = station.clock.now_ms()
            found = [finding for look in STATION_LOOKS async for finding in look(station, settings, now_ms)]
            return [*found, *_backup(folder, now_ms), *_rules(station, settings), *_tls(settings, now_ms)]
    except EsosError as refusal:
        return [mend("journal", f"It does not open: {_with_cause(refusal)}", refusal.hint)]


class _NotReady(msgspec.Struct):
    """Either of the two forms in which ``/readyz`` says no."""

    troubles: tuple[str, ...] = ()
    detail: str = ""


def _with_cause(refusal: EsosError) -> str:
    from esos.storage.trouble import said_by_driver

    said = said_by_driver(refusal)
    return f'{refusal.detail} It says: "{said}".' if said else refusal.detail


def _files(folder: Path, _settings: "Settings") -> Iterator[Finding]:
    secrets = [folder / name for name in _SECRETS]
    if (settings_file := _file_with_passwords(folder)) is not None:
        secrets.append(settings_file)
    open_to_others = [file for file in secrets if file.is_file() and _is_open(file)]
    for file in open_to_others:
        yield mend("files", f"Others on this machine can read {file.name}.", f"Run: chmod 600 {file}")
    if not open_to_others:
        yield fine("files", "Key, token and journal are readable by their owner only.")
    for file in secrets:
        if file.is_file() and not os.access(file, os.R_OK | os.W_OK):
            yield mend("files", f"{file.name} cannot be read and written by this user.", "Mend its owner: chown.")


def _is_open(file: Path) -> bool:
    return bool(stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO))


def _file_with_passwords(folder: Path) -> Path | None:
    """The settings file of the home, where a password stands in it, that of the database among them."""
    from esos.settings import SETTINGS_FILE, read_settings_file
    from esos.storage.postgres_url import shown_url

    file = folder / SETTINGS_FILE
    written = read_settings_file(file) if file.is_file() else {}
    database = str(written.get("database", ""))
    has_password = any(written.get(name) for name in _PASSWORDS) or shown_url(database) != database
    return file if has_password else None


def _disk(folder: Path, settings: "Settings") -> Iterator[Finding]:
    """Free space where the journal's file is, or will be; a database server has disks of its own."""
    from esos.storage.stores import free_bytes_of

    try:
        free_bytes = free_bytes_of(settings.database or Home(folder).journal)
    except EsosError:  # an address of no journal; the looks at the database say so
        return
    if free_bytes is None:
        return
    words = f"{free_bytes // (1024 * 1024)} MiB are free on the disk of its journal."
    if free_bytes > DISK_LOW_BYTES:
        yield fine("disk", words)
    else:
        yield mend("disk", f"Only {words}", "Free space: when there is none, no call can be acknowledged.")


def _addresses(folder: Path, settings: "Settings") -> Iterator[Finding]:
    """Whether it could listen where it is told to; while it runs, it does."""
    if Home(folder).read_run() is not None:
        return
    wanted = [("http", settings.http, socket.SOCK_STREAM)]
    wanted += [("udp", settings.udp, socket.SOCK_DGRAM)] if settings.udp else []
    wanted += [("udp_strangers", settings.udp_strangers, socket.SOCK_DGRAM)] if settings.udp_strangers else []
    wanted += [("dns", settings.dns, socket.SOCK_DGRAM)] if settings.dns_zone else []
    wanted += [("mail", settings.mail, socket.SOCK_STREAM)] if settings.mail else []
    wanted += [("quic", settings.quic, socket.SOCK_DGRAM)] if settings.quic else []
    for name, written, kind in wanted:
        if refusal := _refusal_to_listen(written, kind):
            hint = f"Stop what listens there, or set {name} to an address of this machine and a port that is free."
            yield mend("address", f"It could not listen on {name} {written}: {refusal}.", hint)


def _refusal_to_listen(written: str, kind: int) -> str:
    host, _, port = written.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as sock:
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, int(port)))
    except ValueError:
        return "it is no HOST:PORT"
    except OSError as cause:
        return (cause.strerror or str(cause)).lower()
    return ""


HomeLook = Callable[[Path, "Settings"], Iterator[Finding]]
HOME_LOOKS: tuple[HomeLook, ...] = (_files, _disk, _addresses)
"""Looks at the machine and the home, also where the journal does not open."""


def _journal_file(home: Home, settings: "Settings", *, whole: bool) -> list[Finding]:
    """The journal's file, read without opening the station."""
    from esos.storage.doctor import doctor

    try:
        seen = doctor(settings.database or home.journal, whole=whole)
    except EsosError:  # a database of another kind has no file to look at
        return []
    return [_of_store("journal", one) for one in seen]


def _server(settings: "Settings") -> list[Finding]:
    """What its database server promises; ``Busy`` where it cannot be asked."""
    from esos.storage.durability import durability

    seen = durability(settings.database) if settings.database else []
    return [_of_store("database", one) for one in seen]


def _of_store(subject: str, seen: "Seen") -> Finding:
    if seen.is_grave:
        return mend(subject, seen.sentence, seen.hint)
    return known(subject, seen.sentence, seen.hint) if seen.hint else fine(subject, seen.sentence)


def _backup(folder: Path, now_ms: int) -> Iterator[Finding]:
    from esos.vault.backups import BACKUP_MARK, last_backup_ms

    hint = f"Run: esos backup. If it is copied another way, let that touch {folder / BACKUP_MARK}."
    copied_ms = last_backup_ms(folder)
    if copied_ms is None:
        yield mend("backup", "Nobody has ever said that this journal was copied.", hint)
    elif now_ms - copied_ms > BACKUP_OLD_MS:
        yield mend("backup", f"The journal was last copied {clock(copied_ms)}.", hint)
    else:
        yield fine("backup", f"The journal was last copied {clock(copied_ms)}.")


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
    yield from _reached(settings)
    if not settings.smtp_host:
        yield known("pages", "No mail server is set (smtp_host), so contacts by mail are not reached.")


def _reached(settings: "Settings") -> Iterator[Finding]:
    """Whether the links that it sends lead anywhere, and whether they and passwords could be read on the way."""
    host = settings.http.rpartition(":")[0].removeprefix("[").removesuffix("]")
    local = host.startswith("127.") or host in {"localhost", "::1"}
    if local and not settings.public_url:
        yield known("address", "It listens for this machine only; set http and public_url for others to reach it.")
    if host in _EVERY_ADDRESS and not settings.public_url:
        words = f"It tells people to open http://{settings.http}, and that leads nowhere: links in pages begin with it."
        yield mend("address", words, "Set public_url to the address by which people reach it: https://…")
    if not local and settings.public_url.startswith("http://"):
        yield mend("address", "Its pages are reached without HTTPS: passwords and links could be read on the way.")
    elif not (local or settings.tls_cert or settings.trusted_proxies):
        hint = "Set tls_cert, or put a proxy that speaks HTTPS before it and name it in trusted_proxies."
        yield mend(
            "address", "Other machines reach it by plain HTTP: passwords and links could be read on the way.", hint
        )


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
            if days > CERTIFICATE_SHORT_DAYS:
                yield fine("tls", words)
            else:
                yield mend("tls", words, "Renew it soon; the running station reads the new files by itself.")
    except EsosError as refusal:
        yield mend("tls", refusal.detail, refusal.hint)


async def health_of(home: Home) -> Finding:
    """Whether the station of this home runs, answers, and would take a call."""
    import httpx

    from esos.cli.client import trust_of

    run = home.read_run()
    if run is None:
        return known("process", "It does not run now.", _RUN)
    try:
        async with httpx.AsyncClient(timeout=HEALTH_SECONDS, verify=trust_of(run)) as http:
            answer = await http.get(f"{run.http}/readyz")
    except httpx.TimeoutException:
        hint = "It lives, and is stuck or has too much to do: see its log, its machine and its database."
        return mend("process", f"It runs on {run.http} and does not answer in time.", hint)
    except httpx.TransportError:
        return mend("process", f"It was started on {run.http} and does not answer: it was killed.", _RUN)
    if answer.is_success:
        return fine("process", f"It runs on {run.http} and is ready to take calls.")
    return mend("process", f"It runs on {run.http} and is not ready: {_why_not(answer)}")


def _why_not(answer: "httpx.Response") -> str:
    """What stands in the answer: its troubles, or why the gate or a proxy before it refused to look at all."""
    try:
        said = msgspec.json.decode(answer.content, type=_NotReady)
    except msgspec.DecodeError:
        said = _NotReady()
    return " ".join(said.troubles) or said.detail or f"it answers with status {answer.status_code} and no reason."
