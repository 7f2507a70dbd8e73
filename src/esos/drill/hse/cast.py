"""The teams of ``hse-2021``: enough help for everything in the end, and not before a silence was waited for."""

from esos.drill.cast import Behaviour, Team
from esos.words.ground import Ground
from esos.words.need import NeedLine

_B, _N = Behaviour, NeedLine
_YES, _PART, _NO, _SILENT, _FAILS = _B.COMMITS, _B.OFFERS_PART, _B.DECLINES, _B.SILENT, _B.FAILS
_RESTORE, _EXAMINE, _ON_SITE = _N.BACKUP_AND_RESTORE, _N.FORENSICS, _N.PEOPLE_ON_SITE
_ANALYSE, _LINES = _N.MALWARE_ANALYSIS, _N.COMMUNICATIONS

FIRST_WAVE = 14
"""So many of the teams, from the top, are asked first to restore."""
CAST: tuple[Team, ...] = (
    # the fourteen that can restore most and soonest: the first wave of the longest need, over-called to be sure of it;
    # yet all who say yes are two systems short of it, so that silence is always waited for, however slow the machine
    Team("Team Alder (drill)", "IE", {_RESTORE: 15, _ON_SITE: 3}, _YES, 1, 5),
    Team("Team Aspen (drill)", "IE", {_RESTORE: 15}, _SILENT, 0, 10),
    Team("Team Beech (drill)", "IE", {_RESTORE: 15}, _PART, 4, 15),
    Team("Team Birch (drill)", "FR", {_RESTORE: 15}, _NO, 3, 5, Ground.OWN_EMERGENCY),
    Team("Team Cedar (drill)", "FR", {_RESTORE: 8, _EXAMINE: 2}, _YES, 6, 10),
    Team("Team Cherry (drill)", "FR", {_RESTORE: 15}, _SILENT, 0, 15),
    Team("Team Elder (drill)", "EE", {_RESTORE: 15}, _NO, 7, 20, Ground.LAW),
    Team("Team Fir (drill)", "FR", {_RESTORE: 12}, _SILENT, 0, 20),
    Team("Team Gorse (drill)", "EE", {_RESTORE: 12}, _SILENT, 0, 22),
    Team("Team Hawthorn (drill)", "PT", {_RESTORE: 12}, _NO, 5, 24, Ground.FORCE_MAJEURE),
    Team("Team Heather (drill)", "FR", {_RESTORE: 12}, _SILENT, 0, 26),
    Team("Team Ivy (drill)", "EE", {_RESTORE: 12}, _NO, 9, 27, Ground.UNABLE),
    Team("Team Juniper (drill)", "PT", {_RESTORE: 12}, _NO, 4, 28, Ground.OWN_EMERGENCY),
    Team("Team Elm (drill)", "EE", {_RESTORE: 8}, _FAILS, 1, 30),
    # those that are asked when silence has left something open
    Team("Team Hazel (drill)", "PT", {_RESTORE: 6}, _PART, 2, 40),
    Team("Team Holly (drill)", "PT", {_RESTORE: 6}, _YES, 4, 50),
    Team("Team Larch (drill)", "EE", {_RESTORE: 6}, _YES, 5, 60),
    # examination, people on site, clean lines, malicious code
    Team("Team Lime (drill)", "IE", {_EXAMINE: 6, _ANALYSE: 1}, _YES, 3, 10),
    Team("Team Maple (drill)", "FR", {_EXAMINE: 4}, _YES, 6, 20),
    Team("Team Oak (drill)", "EE", {_EXAMINE: 6, _ANALYSE: 1}, _PART, 8, 30),
    Team("Team Olive (drill)", "IE", {_ON_SITE: 4}, _YES, 4, 40),
    Team("Team Pear (drill)", "IE", {_ON_SITE: 6}, _PART, 6, 50),
    Team("Team Pine (drill)", "FR", {_ON_SITE: 6}, _YES, 8, 90),
    Team("Team Plum (drill)", "IE", {_LINES: 2}, _YES, 2, 10),
    Team("Team Rowan (drill)", "PT", {_ANALYSE: 2, _LINES: 1}, _YES, 5, 20),
    Team("Team Willow (drill)", "PT", {_LINES: 1, _ON_SITE: 2}, _NO, 3, 60, Ground.UNABLE),
)
"""The teams of this drill."""
