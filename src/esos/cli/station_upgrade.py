"""``esos station upgrade``: what this release would make of a home's journal, tried on a copy, and then done.

Law 3: nothing is changed before the copy was brought forward and every case on it folded again to the same end;
and the journal as it was stays beside the new one.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import home_option, json_option, open_home, run, settings_for
from esos.errors import EsosError

if TYPE_CHECKING:
    from esos.cli.findings import Finding
    from esos.settings import Settings
    from esos.station.station import Station
    from esos.vault.home import Home

KEPT = ".before-upgrade-"
"""Added, with the old revision, to the name of the journal as it was."""
TROUBLES_MAX = 20
"""How many cases that do not fold to the same end are named."""


@click.command("upgrade")
@home_option
@click.option("--check", is_flag=True, help="Only try it on a copy; beside a running station too.")
@json_option
def upgrade(home: Path, *, check: bool, as_json: bool) -> None:
    """Bring a home's journal forward to this release: tried on a copy first, with the old one kept.

    Example: esos station upgrade --check --home club
    """
    from esos.cli.findings import show_findings

    show_findings(run(_upgraded(home, only_check=check)), as_json=as_json)


async def _upgraded(folder: Path, *, only_check: bool) -> "list[Finding]":
    from esos.storage.sqlite import path_of
    from esos.vault.home import Home

    home = Home(folder)
    home.identity()
    settings = settings_for(folder)
    journal = path_of(settings.database or home.journal)
    if only_check:
        return await _tried(home, settings, journal)
    with home.alone():
        found = await _tried(home, settings, journal)
        if not any(one.is_trouble for one in found):
            found.append(_done(journal))
    return found


async def _tried(home: "Home", settings: "Settings", journal: Path) -> "list[Finding]":
    """What becomes of a copy: its schema, its log, and every case on it."""
    from tempfile import TemporaryDirectory

    import msgspec

    from esos.cli.findings import fine, mend
    from esos.storage.backup import backup
    from esos.storage.migrate import revision_of
    from esos.storage.schema import REVISION

    before = revision_of(journal)
    with TemporaryDirectory(dir=journal.parent, prefix=".upgrade-") as folder:
        trial = Path(folder) / journal.name
        copied = backup(journal, trial)
        found = [fine("copy", f"A copy was made: {copied.head} statements, {copied.tree_size} in the log.")]
        try:
            async with open_home(home.folder, msgspec.structs.replace(settings, database=str(trial))) as station:
                found.append(_schema(before, REVISION))
                found += [one async for one in _kept(station)]
        except EsosError as refusal:
            found.append(mend("schema", f"The copy cannot be brought forward: {refusal.detail}"))
    return found


def _schema(before: str, now: str) -> "Finding":
    from esos.cli.findings import fine

    if before == now:
        return fine("schema", f"The journal is at revision {now} already, as this release expects.")
    return fine("schema", f"The copy went from revision {before} to {now}.")


async def _kept(station: "Station") -> "AsyncIterator[Finding]":
    """Whether the log is what it was, and whether each case folds again to what the station says it is."""
    from esos.cli.doctor_station import log_finding
    from esos.cli.findings import fine, mend
    from esos.station.erasing import every_case

    await station.fold_all()
    yield await log_finding(station)
    count, troubles = 0, list[str]()
    async for record in every_case(station.journal):
        count += 1
        if why := await _trouble_of(station, record.id):
            troubles.append(f"{record.page_code}: {why}")
    for trouble in troubles[:TROUBLES_MAX]:
        yield mend("case", f"A case does not come out as it was. {trouble}")
    if not troubles:
        yield fine("case", f"All {count} cases, folded again from their statements, come out as they were.")


async def _trouble_of(station: "Station", case_id: bytes) -> str:
    """Why a case is not what its statements make it; empty where it is."""
    from esos.audit.case import verify_case_file
    from esos.station.export import export_case, export_erased
    from esos.station.tombstone import is_erased

    public, origin = station.identity.public, station.identity.origin
    record = await station.journal.case(case_id)
    try:
        erased = record is None or is_erased(record)
        file = await (export_erased if erased else export_case)(station, case_id)
        report = verify_case_file(file, pinned_public=public, origin=origin)
    except (EsosError, ValueError) as cause:
        return str(cause)
    failed = report.first_failure
    return "" if failed is None else f"{failed.sentence} ({failed.detail})"


def _done(journal: Path) -> "Finding":
    """Bring the journal itself forward, after a copy of it as it was."""
    from esos.cli.findings import fine, known
    from esos.storage.backup import backup
    from esos.storage.migrate import migrate, revision_of
    from esos.storage.schema import REVISION

    before = revision_of(journal)
    if before == REVISION:
        return known("schema", "There is nothing to do.")
    kept = journal.with_name(f"{journal.name}{KEPT}{before}")
    backup(journal, kept)
    migrate(journal, create=False)
    return fine("schema", f"The journal is at revision {REVISION} now. As it was, it is kept in {kept}.")
