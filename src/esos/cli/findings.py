"""What a check-up finds: sentences, each of which is fine, worth knowing, or to be mended, with what to do next."""

import msgspec

from esos.cli.common import emit
from esos.errors import Conflict


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. ``mark`` is ``ok``, ``NOTE`` or ``MEND``; ``subject`` groups what belongs together."""

    mark: str
    subject: str
    sentence: str
    hint: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether it must be mended."""
        return self.mark == "MEND"

    def words(self) -> str:
        """The finding for people: what is so, and below it what to do next."""
        line = f"{self.mark:<6}{self.sentence}"
        return f"{line}\n      {self.hint}" if self.hint else line


def fine(subject: str, sentence: str) -> Finding:
    """It is as it should be."""
    return Finding(mark="ok", subject=subject, sentence=sentence)


def known(subject: str, sentence: str, hint: str = "") -> Finding:
    """Worth knowing; it may be meant so."""
    return Finding(mark="NOTE", subject=subject, sentence=sentence, hint=hint)


def mend(subject: str, sentence: str, hint: str = "") -> Finding:
    """Somebody must do something about it."""
    return Finding(mark="MEND", subject=subject, sentence=sentence, hint=hint)


def show_findings(findings: list[Finding], *, as_json: bool) -> None:
    """Show every finding; raises ``Conflict`` (``station.findings``) where one must be mended."""
    troubles = sum(finding.is_trouble for finding in findings)
    words = "\n".join(finding.words() for finding in findings)
    emit({"ok": not troubles, "findings": findings}, as_json=as_json, words=words)
    if troubles:
        raise Conflict("station.findings", f"{troubles} of {len(findings)} findings must be mended.")
