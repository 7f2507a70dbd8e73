"""What a handler may ask for by name: the station and what belongs to it, given to the application once.

An argument of one of these types must have the name that stands beside it here.
"""

import asyncio
from collections.abc import Callable

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from esos.message.packet_keys import StationKeys
from esos.station.station import Station
from esos.station.visit import Visits
from esos.web.auth import Asked, Party
from esos.web.card import StationCard
from esos.web.csrf import Csrf
from esos.web.probe import Probe
from esos.web.settings import WebSettings

TheStation = NamedDependency[SkipValidation[Station]]
"""``station``"""
TheSettings = NamedDependency[SkipValidation[WebSettings]]
"""``settings``"""
TheProbe = NamedDependency[SkipValidation[Probe]]
"""``probe``: whether the journal takes a write."""
TheCsrf = NamedDependency[SkipValidation[Csrf]]
"""``csrf``"""
TheVisits = NamedDependency[SkipValidation[Visits]]
"""``visits``"""
TheKeys = NamedDependency[SkipValidation[StationKeys]]
"""``keys``"""
CardOf = NamedDependency[SkipValidation[Callable[[], StationCard]]]
"""``card_of``: the station's card as it is now."""
Stopping = NamedDependency[SkipValidation[asyncio.Event]]
"""``stopping``: set when the station begins to stop."""
TheAsked = NamedDependency[SkipValidation[Asked]]
"""``asked``: whoever asks, of whom ``me``, ``who`` and what ``station`` shows follow; pages know people by session."""
Me = NamedDependency[SkipValidation[Party]]
"""``me``: whoever asks, who must be known."""
Who = NamedDependency[SkipValidation[Party | None]]
"""``who``: whoever asks, None for nobody known."""
