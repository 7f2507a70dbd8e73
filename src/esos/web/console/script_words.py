"""Every sentence that a script on a page says: the page carries them as data, since no script may stand in it.

In English the scripts say what stands in them, and the page carries nothing.
"""

import json

from esos.words.language import SOURCE, language, later, say, spoken_count

SENTENCES = (
    later("Calling in {count}"),
    later("Calling…"),
    later("People on watch will be called."),
    later("Sending your call to the station."),
    later("Take it back"),
    later("The station did not take the call in this form. It is sent again without your sign-in."),
    later("The station cannot be reached just now."),
    later("The station did not take the call ({status})."),
    later("The call is on its way. As soon as the station has it, you can take it back."),
    later("Sound is on"),
    later("Sound comes on with your next key or click"),
    later("Sound is off: turn on"),
    later("Call for help to {station}"),
    later("EXERCISE EXERCISE EXERCISE. Call for help: {station}"),
    later("Who is in distress: {value}"),
    later("Call back: {value}"),
    later("Urgency: {value}"),
    later("What we see: {value}"),
    later("In our words: {value}"),
    later("Number of the printed card: {value}"),
    later("{time} UTC"),
    later("{time} ({utc} UTC)"),
    later("{day} {month} {time}"),
    later("{day} {month} {year} {time}"),
    later("in {span}"),
    later("{span} ago"),
    later("{seconds} s"),
    later("{minutes} min"),
    later("{minutes} min {seconds} s"),
    later("{hours} h"),
    later("{hours} h {minutes} min"),
)
MONTHS = (
    later("Jan"),
    later("Feb"),
    later("Mar"),
    later("Apr"),
    later("May"),
    later("Jun"),
    later("Jul"),
    later("Aug"),
    later("Sep"),
    later("Oct"),
    later("Nov"),
    later("Dec"),
)


def later_count(one: str, many: str) -> tuple[str, str]:
    """Marks a sentence whose form follows a count."""
    return one, many


COUNTED = (
    later_count("{count} day", "{count} days"),
    later_count(
        "Tried once; it is tried again every 3 seconds. If you have a telephone, use it too.",
        "Tried {count} times; it is tried again every 3 seconds. If you have a telephone, use it too.",
    ),
)
_CATEGORIES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""The plural categories that a browser knows (CLDR), each with a number of its kind in every language here."""


def script_words() -> str:
    """What the scripts say in the language spoken now, as JSON by the English; empty for English."""
    if language() == SOURCE:
        return ""
    plain: dict[str, object] = {one: say(one) for one in (*SENTENCES, *MONTHS)}
    counted = {
        many: {name: spoken_count(one, many, count) for name, count in _CATEGORIES.items()} for one, many in COUNTED
    }
    return json.dumps(plain | counted, ensure_ascii=False, separators=(",", ":"))
