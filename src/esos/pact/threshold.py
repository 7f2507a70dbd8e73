"""The threshold's grammar: comparisons over named effects, in which unknown is a third value.

Law 1: only the names of ``effects.py`` exist, so no rule can speak of an actor. Law 2: an effect that
nobody has answered yet makes a rule unknown, never false. The tables of ``and``, ``or`` and ``not``
are those of Kleene's strong logic. Nothing is ever evaluated as Python.

    rule       = term *("or" term)
    term       = factor *("and" factor)
    factor     = "not" factor / "(" rule ")" / fact / scale comparator (number / level)
    comparator = ">=" / ">" / "<=" / "<" / "==" / "!="
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import NoReturn

from esos.errors import Malformed
from esos.pact.effects import EFFECTS, LEVEL_MAX, Effect
from esos.words.language import apart, later, say

RULE_MAX_CHARACTERS = 500
"""The longest rule, in characters."""
RULE_MAX_TOKENS = 100
"""The longest rule, in tokens."""
RULES_KEPT_MAX = 1_000
"""How many rules are kept parsed: a case's facts are weighed under the same few again and again."""
RULE_MAX_DEPTH = 10
"""How deeply parentheses and ``not`` may nest."""

Truth = bool | None
"""True, False, or None for what nobody knows yet."""
Number = int | Fraction
_TOKEN = re.compile(r"\s*(>=|<=|==|!=|>|<|\(|\)|[0-9]+|[a-z][a-z0-9_-]*)", re.ASCII)
_COMPARATORS: dict[str, tuple[Callable[[Number, int], bool], str]] = {
    ">=": (operator.ge, later("{what} is at least {level}")),
    ">": (operator.gt, later("{what} is above {level}")),
    "<=": (operator.le, later("{what} is at most {level}")),
    "<": (operator.lt, later("{what} is below {level}")),
    "==": (operator.eq, later("{what} is exactly {level}")),
    "!=": (operator.ne, later("{what} is not {level}")),
}
_WORDS = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A number that is known only to lie between two ends, both possible."""

    low: Number
    high: Number


Observed = bool | Number | Span | str | None
"""What may be known of an effect: a fact, a value, a span of values, the name of a level, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A yes-or-no effect that must hold."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A scale held against a number; ``written`` is the level's name or the number as the pact has it."""

    name: str
    comparator: str
    level: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The opposite of a rule; the opposite of unknown is unknown."""

    rule: "Rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """All of these rules (``and``)."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """One of these rules (``or``)."""

    rules: tuple["Rule", ...]


Rule = Fact | Compare | Not | Every | Some


@lru_cache(maxsize=RULES_KEPT_MAX)
def parse_rule(text: str) -> Rule:
    """Read one rule of a threshold.

    Raises ``Malformed`` with code ``threshold.too_long``, ``threshold.syntax``,
    ``threshold.unknown_effect`` (with the list of known names), ``threshold.unknown_level`` or
    ``threshold.level``.
    """
    if len(text) > RULE_MAX_CHARACTERS:
        raise Malformed("threshold.too_long", f"A rule has at most {RULE_MAX_CHARACTERS} characters.")
    parser = _Parser(_tokens(text))
    rule = parser.rule(0)
    if parser.peek():
        _refuse(parser.peek())
    return rule


def holds(rule: Rule, effects: Mapping[str, Observed]) -> Truth:
    """Whether the rule holds for what was observed: True, False, or None where that is not known yet.

    Only the names the rule uses are read; an effect that is absent or of the wrong type is unknown.
    """
    match rule:
        case Fact():
            observed = effects.get(rule.name)
            return observed if isinstance(observed, bool) else None
        case Compare():
            return _compare(rule, effects.get(rule.name))
        case Not():
            inner = holds(rule.rule, effects)
            return None if inner is None else not inner
        case Every():
            return _every([holds(one, effects) for one in rule.rules])
        case Some():
            return some([holds(one, effects) for one in rule.rules])


def some(claims: list[Truth]) -> Truth:
    """True if one holds, False if none can, else unknown."""
    if any(claim is True for claim in claims):
        return True
    return None if any(claim is None for claim in claims) else False


def say_rule(rule: Rule) -> str:
    """The rule as a clause: ``the severity score is at least 70``."""
    match rule:
        case Fact():
            return say(EFFECTS[rule.name].words)
        case Compare():
            number = rule.written if rule.written.isdigit() else f"“{rule.written}” ({rule.level})"
            return say(_COMPARATORS[rule.comparator][1], what=say(EFFECTS[rule.name].words), level=apart(number))
        case Not():
            return say("it is not so that {rule}", rule=_say_inside(rule.rule))
        case Every():
            return _joined(later("{one} and {other}"), rule.rules)
        case Some():
            return _joined(later("{one} or {other}"), rule.rules)


def _joined(pair: str, rules: tuple[Rule, ...]) -> str:
    return reduce(lambda one, other: say(pair, one=one, other=other), map(_say_inside, rules))


def _say_inside(rule: Rule) -> str:
    return f"({say_rule(rule)})" if isinstance(rule, Every | Some) else say_rule(rule)


def _every(claims: list[Truth]) -> Truth:
    if any(claim is False for claim in claims):
        return False
    return None if any(claim is None for claim in claims) else True


def _compare(rule: Compare, observed: object) -> Truth:
    span = _span(EFFECTS[rule.name], observed)
    if span is None or span.low > span.high:
        return None
    compare = _COMPARATORS[rule.comparator][0]
    low, high = compare(span.low, rule.level), compare(span.high, rule.level)
    if low != high:
        return None
    # Equal ends settle an inequality; for == and != a level strictly inside leaves it open.
    is_inside = span.low < rule.level < span.high
    return None if is_inside else low


def _span(effect: Effect, observed: object) -> Span | None:
    match observed:
        case bool():
            return None
        case Span():
            return observed
        case str():
            level = effect.levels.get(observed)
            return None if level is None else Span(low=level, high=level)
        case int() | Fraction():
            return Span(low=observed, high=observed)
        case _:
            return None


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise Malformed("threshold.syntax", f"A rule cannot contain {text[position:].lstrip()[:1]!r}.")
        tokens.append(match[1])
        position = match.end()
    if len(tokens) > RULE_MAX_TOKENS:
        raise Malformed("threshold.too_long", f"A rule has at most {RULE_MAX_TOKENS} words and signs.")
    return tokens


class _Parser:
    """Recursive descent over the tokens of one rule; one method a line of the grammar."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._next = 0

    def peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._next += 1
        return token

    def rule(self, depth: int) -> Rule:
        rules = [self.term(depth)]
        while self.peek() == "or":
            self.take()
            rules.append(self.term(depth))
        return rules[0] if len(rules) == 1 else Some(rules=tuple(rules))

    def term(self, depth: int) -> Rule:
        rules = [self.factor(depth)]
        while self.peek() == "and":
            self.take()
            rules.append(self.factor(depth))
        return rules[0] if len(rules) == 1 else Every(rules=tuple(rules))

    def factor(self, depth: int) -> Rule:
        if depth > RULE_MAX_DEPTH:
            raise Malformed("threshold.too_long", f"A rule nests at most {RULE_MAX_DEPTH} deep.")
        word = self.take()
        if word == "not":
            return Not(rule=self.factor(depth + 1))
        if word == "(":
            return self.inside(depth + 1)
        if not word[:1].isalpha() or word in _WORDS:
            _refuse(word)
        return self.comparison(word, _effect(word))

    def inside(self, depth: int) -> Rule:
        rule = self.rule(depth)
        if self.take() != ")":
            raise Malformed("threshold.syntax", "A parenthesis is opened and never closed.")
        return rule

    def comparison(self, name: str, effect: Effect) -> Rule:
        if not effect.is_scale:
            return Fact(name=name)
        comparator = self.take()
        if comparator not in _COMPARATORS:
            raise Malformed("threshold.syntax", f"After {name} a comparison must follow, as {name} >= 70.")
        written = self.take()
        return Compare(name=name, comparator=comparator, level=_level(name, effect, written), written=written)


def _effect(name: str) -> Effect:
    effect = EFFECTS.get(name)
    if effect is None:
        raise Malformed(
            "threshold.unknown_effect",
            f"{name!r} is no effect that can be observed.",
            hint=f"The known names are: {', '.join(EFFECTS)}.",
        )
    return effect


def _level(name: str, effect: Effect, written: str) -> int:
    if written.isdigit():
        if len(written) > len(str(LEVEL_MAX)) or int(written) > LEVEL_MAX:
            raise Malformed("threshold.level", f"A level of {name} is 0 to {LEVEL_MAX}, not {written[:10]}.")
        return int(written)
    if not written or written in _WORDS:
        _refuse(written)
    if written not in effect.levels:
        known = ", ".join(effect.levels) or f"numbers from 0 to {LEVEL_MAX} only"
        raise Malformed("threshold.unknown_level", f"{written!r} is no level of {name}.", hint=f"It has: {known}.")
    return effect.levels[written]


def _refuse(token: str) -> NoReturn:
    what = f"{token!r} cannot stand here" if token else "Something is missing at the end"
    raise Malformed("threshold.syntax", f"{what}.", hint='A rule reads like "score >= 70 and not data_lost".')
