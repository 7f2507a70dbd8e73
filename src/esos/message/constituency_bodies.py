"""Bodies of what is said about constituencies: who is in one, whose view is limited to which, whom a case was shown.

Law 5: a view limits what somebody looks at, and never who may be woken.
"""

from typing import Annotated, Literal

from msgspec import Meta

from esos.message.body import Body, Code, Party
from esos.message.card import Text80

MEMBERS_AT_ONCE_MAX = 500
"""How many members one statement puts into a constituency, or takes out of it."""
VIEW_MAX_COUNT = 20
"""How many constituencies one view may hold."""
WIDENED_MAX_COUNT = 500
"""How many officers one statement shows a case to."""


class ConstituencyNamed(Body, kw_only=True):
    """A group of members served by this station has this name; ``ended``: it is one no longer, and nobody is in it."""

    constituency: Code
    name: Annotated[Text80, Meta(min_length=1)]
    ended: bool = False


class MembersPlaced(Body, kw_only=True):
    """Members belong to a constituency, or (``placed`` false) no longer do. One may belong to several, or to none."""

    constituency: Code
    members: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=MEMBERS_AT_ONCE_MAX)]
    placed: bool = True


class ViewLimited(Body, kw_only=True):
    """An officer sees only what concerns the members of these constituencies; with none named, the whole station."""

    officer: Party
    constituencies: Annotated[tuple[Code, ...], Meta(max_length=VIEW_MAX_COUNT)] = ()


class SightWidened(Body, kw_only=True):
    """The station wakes officers for a case outside their view, and lets them see it as long as it is open.

    ``unanswered``: those whose view holds the caller did not answer in time; ``nobody``: there is nobody with such a
    view whom a page would reach.
    """

    officers: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=WIDENED_MAX_COUNT)]
    why: Literal["unanswered", "nobody"]
