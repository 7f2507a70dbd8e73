"""How long a beacon may be silent before its owner wants somebody to look: the limits of what can be lodged."""

SILENT_MIN_MINUTES = 5
"""The shortest silence that may be acted on: what processes of one station know of each other is a minute old."""
SILENT_MAX_MINUTES = 10_080
"""The longest: a week."""
