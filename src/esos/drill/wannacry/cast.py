"""The teams of ``wannacry-2017``: two dozen for thousands. Help is scarce, so who gets it is decided by severity."""

from esos.drill.cast import Behaviour, Team
from esos.words.ground import Ground
from esos.words.need import NeedLine

_B, _N = Behaviour, NeedLine
_YES, _PART, _NO, _SILENT, _FAILS = _B.COMMITS, _B.OFFERS_PART, _B.DECLINES, _B.SILENT, _B.FAILS
_RESTORE, _PATCH = _N.BACKUP_AND_RESTORE, _N.PATCH_OR_FIX

CAST: tuple[Team, ...] = (
    Team("Team Alder (drill)", "GB", {_RESTORE: 12, _PATCH: 60}, _YES, 1, 5),
    Team("Team Aspen (drill)", "GB", {_RESTORE: 8, _PATCH: 40}, _SILENT, 0, 8),
    Team("Team Beech (drill)", "IE", {_RESTORE: 12}, _PART, 3, 10),
    Team("Team Birch (drill)", "FR", {_PATCH: 60}, _NO, 3, 12, Ground.OWN_EMERGENCY),
    Team("Team Cedar (drill)", "FR", {_RESTORE: 8, _PATCH: 40}, _YES, 4, 14),
    Team("Team Cherry (drill)", "GB", {_PATCH: 60}, _YES, 2, 16),
    Team("Team Elder (drill)", "EE", {_RESTORE: 8}, _NO, 5, 18, Ground.LAW),
    Team("Team Elm (drill)", "EE", {_RESTORE: 8, _PATCH: 20}, _FAILS, 1, 20),
    Team("Team Fir (drill)", "FR", {_PATCH: 40}, _SILENT, 0, 22),
    Team("Team Gorse (drill)", "GB", {_RESTORE: 10, _PATCH: 50}, _YES, 5, 24),
    Team("Team Hawthorn (drill)", "PT", {_PATCH: 40}, _NO, 4, 26, Ground.FORCE_MAJEURE),
    Team("Team Hazel (drill)", "PT", {_RESTORE: 6}, _PART, 4, 28),
    Team("Team Heather (drill)", "FR", {_PATCH: 50}, _YES, 6, 30),
    Team("Team Holly (drill)", "PT", {_RESTORE: 6, _PATCH: 20}, _YES, 3, 32),
    Team("Team Ivy (drill)", "EE", {_PATCH: 30}, _SILENT, 0, 34),
    Team("Team Larch (drill)", "EE", {_RESTORE: 8, _PATCH: 30}, _YES, 6, 36),
    Team("Team Lime (drill)", "IE", {_PATCH: 60}, _YES, 2, 38),
    Team("Team Maple (drill)", "FR", {_RESTORE: 6}, _NO, 5, 40, Ground.UNABLE),
    Team("Team Oak (drill)", "EE", {_PATCH: 40}, _PART, 5, 42),
    Team("Team Olive (drill)", "IE", {_RESTORE: 8, _PATCH: 40}, _YES, 4, 44),
    Team("Team Pear (drill)", "IE", {_PATCH: 30}, _YES, 7, 46),
    Team("Team Pine (drill)", "FR", {_RESTORE: 4}, _YES, 5, 48),
    Team("Team Plum (drill)", "IE", {_PATCH: 40}, _YES, 3, 50),
    Team("Team Rowan (drill)", "PT", {_PATCH: 20}, _NO, 4, 52, Ground.OWN_EMERGENCY),
)
"""The teams of this drill."""
