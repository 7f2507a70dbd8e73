"""Who sees what: the one place where it is decided which members and cases an officer of this station sees.

Everything else asks here: doors through ``narrow``, acts through ``desk``, pages through ``waking``. Law 5: whoever has
a part in a case sees it, so that nobody is woken for what they cannot open.
"""

from esos.case.model import Case, decode_case
from esos.station.constituencies import WHOLE_ROLES
from esos.station.directory import Directory
from esos.station.records import CaseRecord


class Outside:
    """What somebody asked for by name that is outside their view: cases, and members."""

    def __init__(self) -> None:
        self.cases: set[bytes] = set()
        self.members: set[str] = set()


def view_of(directory: Directory, officer: str) -> frozenset[str] | None:
    """The constituencies to which somebody's view is limited; None for the whole station, as it is without a limit."""
    row = directory.officers.get(officer)
    if row is None or WHOLE_ROLES & set(row.roles):
        return None
    return directory.constituencies.views.get(officer)


def sees_whole(directory: Directory, officer: str) -> bool:
    """Whether nothing of this station is outside their view."""
    return view_of(directory, officer) is None


def sees_member(directory: Directory, officer: str, member: str) -> bool:
    """Whether a member is in their view. Whoever is no member is in no limited view."""
    view = view_of(directory, officer)
    return view is None or not view.isdisjoint(directory.constituencies.of(member))


def sees(directory: Directory, officer: str, case: Case) -> bool:
    """Whether they see a case: its caller is in their view, or they have a part in it."""
    return sees_member(directory, officer, case.caller) or has_part(case, officer)


def sees_record(directory: Directory, officer: str, record: CaseRecord) -> bool:
    """The same for a case as it is kept; it is read whole only where the caller does not settle it."""
    if sees_member(directory, officer, record.caller) or record.holder == officer:
        return True
    return bool(record.blob) and has_part(decode_case(record.blob), officer)


def has_part(case: Case, officer: str) -> bool:
    """Whether somebody holds a case, was offered it, took its call, or was woken for it while it is open."""
    is_holder = case.lease is not None and case.lease.holder == officer
    took_call = any(relay.party == officer for relay in case.relays)
    return is_holder or took_call or case.offered_to == officer or (case.is_open and officer in case.shown_to)
