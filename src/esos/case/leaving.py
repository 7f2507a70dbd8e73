"""How helpers leave: released, returned, withdrawn, settled; and what follows when one is lost (laws 6 and 9).

What a helper gave before it left stays given; what it never began is open again.
"""

from esos.case.consent import end_consents_of
from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.model import AT_WORK, CaseRole, Request
from esos.case.needing import need_asked_no_more, release_surplus, search_at_once, search_on, thank
from esos.words.life import Life
from esos.words.request_state import RequestState


def do_not_take(d: Draft, request: Request) -> None:
    """The coordinator does not want the offer: duty discharged, thanked, and not asked again."""
    thank(d, d.put_request(request, refused=True))


def release(d: Draft, request: Request) -> None:
    """Thank you, you may go, and will not be asked again. A responder not yet bound is simply let off."""
    if request.is_pending:
        d.end_request(request, RequestState.CANCELLED, refused=True)
        search_on(d)
    else:
        leave(d, d.put_request(request, refused=True), RequestState.RELEASING)
    d.page_responder(request, Reason.RELEASED)


def come_back(d: Draft, request: Request) -> None:
    """The responder ended its work; only the account is open."""
    leave(d, request, RequestState.RETURNED)


def leave(d: Draft, request: Request, state: RequestState) -> None:
    """A bound or released helper moves on towards its account; the case sees whether it is missed."""
    was_bound = request.is_bound
    never_began = was_bound and request.state not in AT_WORK
    d.stop_about(request.id)
    d.put_request(request, state=state, spent=request.spent or never_began)
    if d.case.is_open:
        d.run("return", request.id)
    end_consents_of(d, request.responder)
    if was_bound and d.case.open_need():
        lose_helper(d, request)


def withdraw(d: Draft, request: Request) -> None:
    """A helper leaves with notice: what it covered is open again and the search goes on at once."""
    was_bound = request.is_bound
    d.end_request(request, RequestState.WITHDRAWN, ground=d.body.ground.value, sentence=d.body.sentence)
    end_consents_of(d, request.responder)
    if was_bound:
        lose_helper(d, request)
    else:
        search_on(d)


def lose_helper(d: Draft, request: Request) -> None:
    """A coordinator who did not send it home is told, and requests go out again at once."""
    if CaseRole.COORDINATOR not in d.roles:
        d.page(Audience.COORDINATOR, Reason.HELPER_LOST, ref=request.id)
    search_at_once(d)


def notice_loss(d: Draft) -> None:
    """With no helper left and a need open, whatever brought it about, the case is mobilising again."""
    if d.case.life is Life.ASSISTING and not d.case.has_helper and d.case.open_need():
        d.set(life=Life.MOBILISING)


def end_agreement(d: Draft, request: Request) -> None:
    """The agreed time is over: the helper is released."""
    leave(d, request, RequestState.RELEASING)
    d.page_responder(request, Reason.RELEASED)


def settle(d: Draft, request: Request) -> None:
    """Hours and costs are known."""
    d.end_request(request, RequestState.SETTLED)


def cancel_request(d: Draft, request: Request) -> None:
    """The coordinator takes the question back, and it is not put to this responder again."""
    d.end_request(request, RequestState.CANCELLED, refused=True)
    d.page_responder(request, Reason.CANCELLED)
    need_asked_no_more(d, request)
    release_surplus(d)
    search_on(d)
