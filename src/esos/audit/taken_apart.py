"""A case file taken apart, once: every statement in it read, with who is said to have spoken."""

from dataclasses import dataclass
from functools import cached_property

from esos.case.bundle import BundleEntry, BundleStatement, CaseBundle
from esos.case.replay import Said, read_said


@dataclass(frozen=True, kw_only=True)
class CaseParts:
    """The statements of the case in folding order, those of the register beside it, and the station's word for both."""

    bundle: CaseBundle
    said: tuple[Said[BundleStatement], ...]
    register: tuple[Said[BundleEntry], ...]
    exported: Said[BundleEntry]

    @cached_property
    def everything(self) -> tuple[Said[BundleEntry] | Said[BundleStatement], ...]:
        """Every statement in the file, in its order."""
        return (*self.said, *self.register, self.exported)


def take_apart(bundle: CaseBundle) -> CaseParts:
    """Read every statement of a case file; raises ``Malformed`` for one that cannot be read. Verifies nothing."""
    return CaseParts(
        bundle=bundle,
        said=tuple(map(read_said, bundle.statements)),
        register=tuple(map(read_said, bundle.register)),
        exported=read_said(bundle.exported),
    )
