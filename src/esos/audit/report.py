"""What a verification found: numbered sentences, each of which holds or does not, and one verdict over all.

Law 11 for people who trust nobody: every step is shown, also those after one that failed.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from esos.errors import EsosError


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing checked: ``sentence`` is true exactly if ``passed``; ``code`` is the refusal's, else empty."""

    number: int
    sentence: str
    passed: bool
    detail: str = ""
    code: str = ""

    def line(self) -> str:
        """The step as a line of plain text."""
        verdict = "holds" if self.passed else "DOES NOT HOLD"
        known = "; ".join(part for part in (self.detail, self.code) if part)
        return f"{self.number}. {verdict}: {self.sentence}" + (f" ({known})" if known else "")


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All steps of the verification of one ``subject``, in order. ``remarks`` say what was not checked, and why."""

    subject: str
    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether something was checked and all of it held."""
        return bool(self.steps) and all(step.passed for step in self.steps)

    @property
    def first_failure(self) -> Step | None:
        """The first step that does not hold, or None."""
        return next((step for step in self.steps if not step.passed), None)

    def plain(self) -> dict[str, Any]:
        """The report as maps and lists for JSON, with the verdict as ``accepted``."""
        return {"accepted": self.accepted, **msgspec.to_builtins(self)}

    def lines(self) -> list[str]:
        """The report as lines of plain text, the verdict last."""
        failed = sum(not step.passed for step in self.steps)
        refused = f"REFUSED: {failed} of {len(self.steps)} steps do not hold."
        verdict = "Accepted: every step holds." if self.accepted else refused
        return [self.subject, *(step.line() for step in self.steps), *self.remarks, verdict]


class Checklist:
    """Builds a ``Report``: runs one check after another and keeps what each said."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._steps: list[Step] = []
        self._remarks: list[str] = []

    def check(self, sentence: str, act: Callable[[], str]) -> bool:
        """Run a check that returns a detail, or raises an ``EsosError`` where the sentence is not true."""
        try:
            detail = act()
        except EsosError as error:
            self.refuse(sentence, error)
            return False
        self._steps.append(Step(number=len(self._steps) + 1, sentence=sentence, passed=True, detail=detail))
        return True

    def refuse(self, sentence: str, error: EsosError) -> None:
        """Note that a sentence is not true, and why."""
        number = len(self._steps) + 1
        self._steps.append(Step(number=number, sentence=sentence, passed=False, detail=error.detail, code=error.code))

    def remark(self, sentence: str) -> None:
        """Say what was not checked: a reader must not take silence for proof."""
        self._remarks.append(sentence)

    def report(self) -> Report:
        """What was found so far."""
        return Report(subject=self._subject, steps=tuple(self._steps), remarks=tuple(self._remarks))
