"""When a station's journal was last copied: the time of an empty file in its home, which anything else may touch."""

from pathlib import Path

BACKUP_MARK = "last-backup"


def mark_backup(folder: Path) -> None:
    """Say that the journal of this home was copied now."""
    (folder / BACKUP_MARK).touch(mode=0o600)


def last_backup_ms(folder: Path) -> int | None:
    """When it was last copied, None where nobody said so."""
    mark = folder / BACKUP_MARK
    return int(mark.stat().st_mtime * 1_000) if mark.exists() else None
