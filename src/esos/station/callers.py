"""Who a caller is to the pact of its case: a member, or a stranger, and whom its call can bind.

Law 2: everybody is heard alike. This says only what a call obliges others to, and which help the station
asks for by itself.
"""

from esos.case.model import Case
from esos.duty.register import Register
from esos.words.language import later
from esos.words.need import HelpClass, NeedLine

ADVICE_ONLY = later("Under the pact a stranger is given advice, information and filtering in a helper's own network.")


def is_member(case: Case, register: Register) -> bool:
    """Whether the caller calls as a member: registered here, and of a kind that the pact lets call."""
    record, kinds = register.find(case.caller), case.rules.callers.member_kinds
    return record is not None and (not kinds or record.card.kind in kinds)


def binds_under(case: Case, register: Register) -> tuple[str, ...] | None:
    """The pacts under which the call binds others: None for the caller's own, nothing for one not yet called back.

    A stranger that was called back binds as a member does where the pact says so. A relay that the pact
    does not hear is a stranger's word until the caller itself was heard.
    """
    if is_member(case, register):
        return None if _is_heard(case) else ()
    is_welcome = case.called_back_ms > 0 and not case.denied and case.rules.callers.strangers == "as-members"
    return (case.rules.digest.hex(),) if is_welcome else ()


def _is_heard(case: Case) -> bool:
    """Whether the caller itself was heard, or somebody whose relaying counts under the pact."""
    is_itself = case.caller_heard_ms > 0 or case.called_back_ms > 0 or case.silence_counts
    return is_itself or case.rules.callers.relays == "anyone" or any(one.registered for one in case.relays)


def is_given(case: Case, register: Register, line: NeedLine) -> bool:
    """Whether the station asks for this line by itself: to a stranger a pact may give advice only."""
    is_limited = case.rules.callers.strangers == "advice-only" and not is_member(case, register)
    return not is_limited or line.help_class is HelpClass.ADVICE
