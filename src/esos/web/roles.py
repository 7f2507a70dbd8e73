"""Who may ask for what: one table of every address, walked by a test with everybody there is.

A member stands here for one that has no part in the case asked for: its own cases and requests it reads and answers
besides. A page shows only what its reader's row allows; an auditor reads, and says nothing.
"""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """Who asks: the roles of a person at a station, a member, or somebody nobody knows."""

    NOBODY = "nobody"
    MEMBER = "member"
    OFFICER = "officer"
    SECOND = "second"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"


May = frozenset[Kind]
ANYBODY: May = frozenset(Kind)
KNOWN: May = ANYBODY - {Kind.NOBODY}
WATCH: May = KNOWN - {Kind.MEMBER}
"""The people of the station: they read everything it keeps, but for the record of who read."""
OFFICER: May = frozenset({Kind.OFFICER})
REGISTRAR: May = frozenset({Kind.REGISTRAR})
KEEPERS: May = frozenset({Kind.OFFICER, Kind.REGISTRAR})
AUDITOR: May = frozenset({Kind.AUDITOR})
CALLERS: May = frozenset({Kind.NOBODY, Kind.MEMBER})
RESPONDER: May = frozenset({Kind.MEMBER})
BY_LINK: May = frozenset()
"""Nobody by who they are: only whoever holds the link, or the key, that the station gave for this."""

_READING: Mapping[May, str] = {
    ANYBODY: (
        "/ /enter /in/{secret} /enter/{secret} /sign-out /log /drill /drill/{name}/files/{file} "
        "/healthz /readyz /metrics "
        "/enter/oidc "
        "/log/checkpoint /log/export /log/growth/{since} /log/tile/{path} /api/v1/checkpoint /api/v1/drills "
        "/api/v1/drills/{name} /api/v1/pacts /api/v1/receipts/{statement} /api/v1/station"
    ),
    KNOWN: "/inbox /me /register /register/{member} /api/v1/cases /api/v1/events /api/v1/members "
    "/api/v1/members/{member} /api/v1/requests",
    WATCH: (
        "/watch /watch/{case} /watch/{case}/proof/{statement} /case/{case}/report /inbox/{request_id} "
        "/api/v1/beacons /api/v1/cases/{case_id} /api/v1/cases/{case_id}/export /api/v1/cases/{case_id}/requests "
        "/api/v1/cases/{case_id}/statements /api/v1/erased /api/v1/officers /api/v1/requests/{request_id} "
        "/api/v1/retention /api/v1/roster /constituencies /api/v1/constituencies"
    ),
    AUDITOR: "/access /api/v1/accesses /api/v1/cases/{case_id}/accesses",
    BY_LINK: "/enter/oidc/back /a/{token} /r/{token} /c/{token} /c/{token}/cancel /c/{token}/looks /c/{token}/report "
    "/c/{token}/proof/{statement}",
}
_SAYING: Mapping[May, str] = {
    ANYBODY: "/ /enter/passkey/begin /enter/passkey/finish /drill/{name}/{seat} /api/v1/packets /api/v1/statements "
    "/v2/enqueue",
    KNOWN: "/me/passkeys /me/passkeys/begin /me/passkeys/remove /me/sessions/end /sign-out",
    CALLERS: "/api/v1/calls",
    RESPONDER: "/api/v1/requests/{request_id}/statements",
    OFFICER: "/watch/{case}/{kind} /api/v1/cases/{case_id}/statements",
    KEEPERS: "/register/roster",
    REGISTRAR: "/register/{member}/{kind} /api/v1/members /api/v1/members/{member}/secrets "
    "/api/v1/members/{member}/statements /api/v1/officers /api/v1/pacts /api/v1/retention "
    "/constituencies/{act}",
    BY_LINK: "/enter/{secret} /a/{token}/{kind} /r/{token}/{kind} /c/{token}/{kind} /inbox/{request_id}/{kind} "
    "/api/v1/beacon",
}
_KEEPING: Mapping[tuple[str, str], May] = {
    ("PUT", "/api/v1/roster"): KEEPERS,
    ("PUT", "/api/v1/drills/{name}"): KNOWN,  # the body is read before the role; only a registrar's is kept
    ("DELETE", "/api/v1/officers/{officer}"): REGISTRAR,
    ("PUT", "/api/v1/constituencies/{constituency}"): REGISTRAR,
    ("PUT", "/api/v1/constituencies/{constituency}/members"): REGISTRAR,
    ("PUT", "/api/v1/officers/{officer}/view"): REGISTRAR,
}

DOORS: Mapping[tuple[str, str], May] = {
    **{("GET", path): may for may, paths in _READING.items() for path in paths.split()},
    **{("POST", path): may for may, paths in _SAYING.items() for path in paths.split()},
    **_KEEPING,
}
"""Every address, in every way it can be asked, and who may."""


def bare(template: str) -> str:
    """An address as declared, without the types of its parts."""
    parts = (
        part.partition(":")[0] + "}" if part.startswith("{") and ":" in part else part
        for part in template.rstrip("/").split("/")
    )
    return "/".join(parts) or "/"
