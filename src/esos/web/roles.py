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
INVITERS: May = frozenset({Kind.OFFICER, Kind.REGISTRAR, Kind.AUDITOR})
"""Who sees whom the club has invited and who has not accepted yet."""
TAKERS: May = frozenset({Kind.OFFICER, Kind.SECOND})
"""Who writes a call down while somebody talks, and who swaps a turn of their own."""
ROSTERED: May = KEEPERS | {Kind.SECOND}
AUDITOR: May = frozenset({Kind.AUDITOR})
CALLERS: May = frozenset({Kind.NOBODY, Kind.MEMBER})
RESPONDER: May = frozenset({Kind.MEMBER})
BY_LINK: May = frozenset()
"""Nobody by who they are: only whoever holds the link, or the key, that the station gave for this."""

_READING: Mapping[May, str] = {
    ANYBODY: (
        "/ /enter /in/{secret} /enter/{secret} /sign-out /log /drill /drill/{name}/files/{file} "
        "/healthz /readyz /metrics "
        "/enter/oidc /keep /kept/{version}/{name} /manifest.webmanifest /worker.js "
        "/first-aid /first-aid/wall /first-aid/{nature} /t/{code} "
        "/log/checkpoint /log/export /log/growth/{since} /log/tile/{path} /api/v1/checkpoint /api/v1/drills "
        "/api/v1/drills/{name} /api/v1/pacts /api/v1/receipts/{statement} /api/v1/station"
    ),
    KNOWN: "/inbox /me /contacts /practice /practice/{case} /practice/{case}/certificate/{party} /register "
    "/register/{member} /api/v1/cases /api/v1/events /api/v1/members /api/v1/members/{member} /api/v1/requests "
    "/api/v1/practice /api/v1/practice/runs/{case_id}",
    WATCH: (
        "/watch /watch/map /watch/{case} /watch/{case}/proof/{statement} /case/{case}/report /inbox/{request_id} "
        "/api/v1/beacons /api/v1/cases/{case_id} /api/v1/cases/{case_id}/export /api/v1/cases/{case_id}/requests "
        "/api/v1/cases/{case_id}/statements /api/v1/erased /api/v1/officers /api/v1/requests/{request_id} "
        "/api/v1/retention /api/v1/roster "
        "/read-out/{case} /ready /roster /roster/brief /roster/rules /telephone-tree /watch/{case}/law/{law}/{report} "
        "/api/v1/cases/{case_id}/laws /api/v1/cases/{case_id}/laws/{law}/{report} /api/v1/contacts/{party} "
        "/api/v1/ready /api/v1/roster/brief /api/v1/roster/calendar /api/v1/roster/gaps /api/v1/roster/now "
        "/api/v1/roster/stretches /api/v1/telephone-tree /constituencies /api/v1/constituencies "
        "/watch/{case}/talk /watch/{case}/talk/{digest} /api/v1/cases/{case_id}/messages "
        "/api/v1/cases/{case_id}/files/{digest}"
    ),
    INVITERS: "/api/v1/invitations",
    TAKERS: "/take /take/{draft} /take/{draft}/aside /api/v1/drafts /api/v1/drafts/{draft}",
    REGISTRAR: "/register/{member}/card",
    AUDITOR: "/access /api/v1/accesses /api/v1/cases/{case_id}/accesses",
    BY_LINK: "/enter/oidc/back /a/{token} /r/{token} /c/{token} /c/{token}/cancel /c/{token}/looks /c/{token}/report "
    "/c/{token}/proof/{statement} /c/{token}/law/{law}/{report} /calendar/{name} "
    "/a/{token}/talk /a/{token}/talk/{digest} /c/{token}/talk /c/{token}/talk/{digest} "
    "/r/{token}/talk /r/{token}/talk/{digest}",
}
_SAYING: Mapping[May, str] = {
    ANYBODY: "/ /enter/passkey/begin /enter/passkey/finish /drill/{name}/{seat} /language /t/{code} /api/v1/packets "
    "/api/v1/statements /api/v1/contacts/answer /api/v1/invitations/accept /v2/enqueue",
    KNOWN: "/contacts/code /contacts/language /contacts/{act} /me/passkeys /me/passkeys/begin /me/passkeys/remove "
    "/me/sessions/end /sign-out",
    CALLERS: "/api/v1/calls",
    RESPONDER: "/api/v1/requests/{request_id}/statements",
    OFFICER: "/watch/{case}/{kind} /watch/{case}/law/{law} /watch/{case}/law/{law}/{report} "
    "/watch/{case}/talk /api/v1/cases/{case_id}/files /api/v1/cases/{case_id}/statements",
    TAKERS: "/take/{draft} /take/{draft}/aside /take/{draft}/call /take/{draft}/keep /api/v1/drafts/{draft}/call "
    "/api/v1/roster/swaps /api/v1/roster/swaps/{swap}",
    ROSTERED: "/roster/{act} /api/v1/roster/absences",
    KEEPERS: "/roster/rules/{act} /practice/begin /practice/plan /practice/{case}/next /api/v1/practice/runs "
    "/api/v1/practice/runs/{case_id}/next /api/v1/roster/overrides /api/v1/roster/shifts",
    WATCH: "/api/v1/roster/feeds /contacts/add /contacts/remove",
    REGISTRAR: "/register/{member}/card /register/{member}/{kind} /api/v1/contacts/{party}/confirm "
    "/api/v1/contacts/{party}/add /api/v1/contacts/{party}/remove "
    "/api/v1/contacts/{party}/ring /api/v1/gateways /api/v1/invitations /api/v1/members /api/v1/members/{member}/card "
    "/api/v1/members/{member}/secrets /api/v1/members/{member}/statements /api/v1/officers /api/v1/pacts "
    "/api/v1/retention "
    "/constituencies/{act}",
    BY_LINK: "/enter/{secret} /a/{token}/{kind} /r/{token}/{kind} /c/{token}/{kind} /inbox/{request_id}/{kind} "
    "/c/{token}/law/{law} /c/{token}/law/{law}/{report} /api/v1/beacon /api/v1/rings /api/v1/texts "
    "/a/{token}/talk /c/{token}/talk /r/{token}/talk",
}
_KEEPING: Mapping[tuple[str, str], May] = {
    ("PUT", "/api/v1/roster"): KEEPERS,
    ("PUT", "/api/v1/contacts/{party}/language"): REGISTRAR,
    ("PUT", "/api/v1/drills/{name}"): KNOWN,  # the body is read before the role; only a registrar's is kept
    ("PUT", "/api/v1/drafts/{draft}"): TAKERS,
    ("PUT", "/api/v1/practice/plan"): KEEPERS,
    ("DELETE", "/api/v1/drafts/{draft}"): TAKERS,
    ("DELETE", "/api/v1/gateways/{name}"): REGISTRAR,
    ("DELETE", "/api/v1/officers/{officer}"): REGISTRAR,
    ("PUT", "/api/v1/constituencies/{constituency}"): REGISTRAR,
    ("PUT", "/api/v1/constituencies/{constituency}/members"): REGISTRAR,
    ("PUT", "/api/v1/officers/{officer}/view"): REGISTRAR,
    ("DELETE", "/api/v1/roster/changes/{change}"): ROSTERED,
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
