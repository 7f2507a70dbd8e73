"""The questions a caller answers: observable, in plain words, five before the first result.

Law 1: no question asks who. Law 2: every question can be answered with "I do not know", which
leaves its facts unknown. Each fact belongs to exactly one question, so that the order of answers
does not matter and the latest answer stands.
"""

from collections.abc import Mapping

import msgspec

from esos.errors import Malformed
from esos.triage.facts import Facts

FIRST_QUESTIONS_COUNT = 5
"""How many questions come before the first result."""

UNKNOWN_OPTION = "unknown"
"""The option every question has."""

Code = str | bool


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One possible answer: its id, its words, and the codes it gives to the facts of its question."""

    id: str
    words: str
    codes: tuple[Code | None, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question: its id, its words, the facts it settles, and its options, mildest first."""

    id: str
    words: str
    facts: tuple[str, ...]
    options: tuple[Option, ...]


def _question(id_: str, words: str, facts: str, *options: tuple[str, str, tuple[Code, ...]]) -> Question:
    names = tuple(facts.split())
    unknown = Option(id=UNKNOWN_OPTION, words="I do not know", codes=(None,) * len(names))
    given = (Option(id=option_id, words=text, codes=codes) for option_id, text, codes in options)
    return Question(id=id_, words=words, facts=names, options=(*given, unknown))


def _coded(id_: str, words: str, fact: str, options: Mapping[str, str]) -> Question:
    """A question whose options are the codes of one fact."""
    return _question(id_, words, fact, *((code, text, (code,)) for code, text in options.items()))


def _yes_no(id_: str, words: str, fact: str) -> Question:
    return _question(id_, words, fact, ("no", "No", (False,)), ("yes", "Yes", (True,)))


QUESTIONS: tuple[Question, ...] = (
    _yes_no("safety", "Is anybody's life or safety in danger because of it?", "threat_to_life_or_safety"),
    _question(
        "service",
        "Can people still reach the service?",
        "functional_impact critical_service_denied",
        ("works", "Yes, everything works", ("none", False)),
        ("inside-only", "Yes; something is broken inside, but no service is", ("no-service-affected", False)),
        ("ordinary-slow", "Mostly; an ordinary service is slow or patchy", ("minimal-non-critical", False)),
        ("vital-slow", "Mostly; a service people depend on is slow or patchy", ("minimal-critical", False)),
        ("ordinary-barely", "Barely; an ordinary service hardly works", ("significant-non-critical", False)),
        ("ordinary-down", "No; an ordinary service is down", ("denial-non-critical", False)),
        ("vital-barely", "Barely; a service people depend on hardly works", ("significant-critical", False)),
        (
            "vital-line-down",
            "Mostly, but one vital line, as an emergency number, is down",
            ("significant-critical", True),
        ),
        ("uncontrolled", "It runs, but we no longer control it", ("loss-of-control", False)),
        ("vital-down", "No; a service people depend on is down", ("denial-critical", True)),
    ),
    _coded(
        "restore",
        "Can you restore from backup?",
        "recoverability",
        {
            "regular": "Yes, with the people and means we have",
            "supplemented": "Yes, if we put in more of our own people or money",
            "extended": "Not without help from outside, or we cannot say how long it takes",
            "not-recoverable": "No, it cannot be brought back",
        },
    ),
    _coded(
        "activity",
        "What do you see happening?",
        "observed_activity",
        {
            "none": "Nothing unusual now",
            "prepare": "Signs that something is coming, as scanning or warnings",
            "engage": "Attempts to get in or to break something",
            "presence": "Something is inside that should not be, without harm yet",
            "effect": "Harm is being done, whatever the cause",
        },
    ),
    _coded(
        "reach",
        "If it goes on for days, who will feel it?",
        "potential_impact",
        {
            "minimal": "Hardly anybody",
            "low": "We and our customers",
            "moderate": "A town, or many customers",
            "high": "A region, or a whole sector",
            "severe": "A whole country, or several",
        },
    ),
    _coded(
        "place",
        "Where do you see it?",
        "location",
        {
            "business-dmz": "On servers that face the Internet",
            "business-network": "In the office network",
            "not-located": "We looked and cannot tell",
            "business-management": "In the systems that manage the office network, as the directory",
            "critical-dmz": "At the edge of the network that runs the vital service",
            "critical-management": "In the systems that manage the vital service",
            "critical-systems": "In the systems that do the vital work, as clinical or control systems",
            "safety": "In the systems that keep people safe",
        },
    ),
    _coded(
        "information",
        "What has happened to information?",
        "information",
        {
            "none": "Nothing",
            "suspected": "We suspect something, without proof",
            "privacy": "Personal data has been seen or taken",
            "proprietary": "Business secrets have been seen or taken",
            "destruction-non-critical": "Ordinary data or systems are destroyed or encrypted",
            "critical-systems-data": "Data about the vital systems has been seen or taken",
            "core-credentials": "The most powerful passwords or keys have been seen or taken",
            "destruction-critical": "Vital data or systems are destroyed or encrypted",
        },
    ),
    _coded(
        "sector",
        "Which sector do you serve?",
        "sector",
        {
            "energy": "Energy",
            "it": "Information technology",
            "communications": "Communications",
            "transport": "Transport",
            "water": "Water",
            "manufacturing": "Manufacturing",
            "government": "Government",
            "defence": "Defence",
            "banking": "Banking and finance",
            "health": "Health",
            "commercial": "Commerce",
            "dams": "Dams",
            "emergency": "Emergency services",
            "agriculture": "Food and agriculture",
            "chemical": "Chemicals",
            "nuclear": "Nuclear",
        },
    ),
    _coded(
        "organisation",
        "What kind of organisation is hit?",
        "organisation",
        {
            "individual": "One person",
            "small": "A small organisation",
            "medium": "A medium-sized organisation",
            "large": "A large organisation",
            "local-government": "Local or wider government",
            "central-government": "Central government",
            "essential-service": "An essential service",
        },
    ),
    _coded(
        "outlook",
        "How will it be in six hours?",
        "outlook",
        {"improving": "Better", "stable": "The same", "worsening": "Worse"},
    ),
    _yes_no("lasting", "Has the disruption lasted, or will it last, for days?", "disruption_sustained"),
    _yes_no("money", "Does it cause you, or could it cause you, severe financial loss?", "severe_financial_loss"),
    _yes_no("others", "Does it do others considerable harm, or could it?", "others_considerably_harmed"),
    _yes_no(
        "access",
        "Was there unauthorised access through which data may be lost?",
        "unauthorised_access_may_lose_data",
    ),
    _yes_no("clients", "Are more clients hit than your financial regulator's limit?", "clients_over_limit"),
    _yes_no("reputation", "Has it reached the media, or brought repeated complaints?", "reputation_harmed"),
    _yes_no("duration", "Has it lasted 24 hours, or a vital service been down for two?", "duration_over_limit"),
    _yes_no("states", "Is it felt in two or more States?", "two_or_more_states_affected"),
    _yes_no("data", "Is data lost, altered, exposed or out of reach, with harm to your work?", "data_lost"),
    _yes_no("cost", "Has it cost, or will it cost, more than 100,000 euro?", "cost_over_limit"),
)
"""Every question, in the order in which they are asked."""

FIRST_QUESTIONS = QUESTIONS[:FIRST_QUESTIONS_COUNT]
"""The questions before the first result: the hard triggers and the heaviest terms that can be seen at once."""

_BY_ID = {question.id: question for question in QUESTIONS}


def answer(facts: Facts, question_id: str, option_id: str) -> Facts:
    """The facts with one answer more; a later answer to the same question replaces the earlier one.

    Raises ``Malformed`` with code ``triage.unknown_question`` or ``triage.unknown_option``.
    """
    question = _BY_ID.get(question_id)
    if question is None:
        raise Malformed(
            "triage.unknown_question",
            f"There is no question {question_id!r}.",
            hint=f"One of: {', '.join(_BY_ID)}.",
        )
    chosen = _option(question, option_id)
    return with_codes(facts, dict(zip(question.facts, chosen.codes, strict=True)))


def with_codes(facts: Facts, codes: Mapping[str, Code | None]) -> Facts:
    """The facts with some of them replaced, each code checked as when facts are read."""
    return msgspec.convert({**msgspec.to_builtins(facts), **codes}, Facts)


def unanswered(facts: Facts) -> tuple[Question, ...]:
    """The questions of which at least one fact is unknown, in the order they are asked."""
    return tuple(q for q in QUESTIONS if any(getattr(facts, name) is None for name in q.facts))


def _option(question: Question, option_id: str) -> Option:
    for option in question.options:
        if option.id == option_id:
            return option
    raise Malformed(
        "triage.unknown_option",
        f"Question {question.id!r} has no answer {option_id!r}.",
        hint=f"One of: {', '.join(option.id for option in question.options)}.",
    )
