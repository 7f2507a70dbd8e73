"""What to keep for those who look later, what fades first at the top: the order of volatility of RFC 3227.

Nobody keeps evidence at the cost of people or of stopping the damage; the list says so first.
"""

from typing import NamedTuple

from esos.words.language import later

FIRST = later("People and stopping the damage come first. Keep what you can, and write down what you could not keep.")


class Keep(NamedTuple):
    """One thing to keep, how, and why in this place. ``volatile`` is the step of RFC 3227, section 2.1."""

    what: str
    how: str
    volatile: str


EVIDENCE: tuple[Keep, ...] = (
    Keep(
        later("What the screen shows"),
        later("Take a photograph with a telephone, with a clock in the picture."),
        "registers, cache",
    ),
    Keep(
        later("What is in memory and who is connected"),
        later("Leave the machine on. Let a helper copy memory, programs that run and open connections."),
        "routing table, ARP cache, process table, kernel statistics, memory",
    ),
    Keep(
        later("Files that vanish with a restart"),
        later("Do not restart. Copy the folders for temporary files after memory."),
        "temporary file systems",
    ),
    Keep(
        later("The disk"),
        later("Copy it whole and write down its checksum. Work on the copy, never on the disk."),
        "disk",
    ),
    Keep(
        later("Logs on other machines"),
        later("Turn off their deletion now. Copy firewall, mail, sign-in, name and flow logs to a safe place."),
        "remote logging and monitoring data",
    ),
    Keep(
        later("How it was wired and set"),
        later("Draw which cable goes where, and keep the settings of devices as they were."),
        "physical configuration, network topology",
    ),
    Keep(
        later("Backups and old copies"),
        later("Lock away the newest ones, off the network, and label them with date and place."),
        "archival media",
    ),
    Keep(
        later("Who had it in hand"),
        later("For each thing write: what, where, when, who took it, who has it now."),
        "chain of custody (section 4.1)",
    ),
)
"""In the order in which it is lost."""
