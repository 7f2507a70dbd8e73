"""e-SOS: a distress call for cyberspace, with a duty to assist."""

__version__ = "0.1.0"
