"""What a station's mail says around a page, and what it answers to mail: each a whole sentence."""

from typing import Final

from esos.words.language import later, say

ABOVE: Final = "#+#+# "
"""How the line begins above which people write, in every language."""
THREAD_PREFIX: Final = "esos-case-"
"""How the id of a conversation by mail begins."""
WRITE_ABOVE: Final = later("Write your reply above this line.")
REPLY_IS_MESSAGE: Final = later("A reply to this mail is kept as your message on the case.")
REPLY_IS_ANSWER: Final = later(
    "You can answer by reply: write coming, limited or no in the first line, and after no the number of its ground."
)
SUBJECT: Final = later("Case {code}, {station}")
WHAT_CAME: Final[dict[str, str]] = {
    "unproven": later("came by mail, and nobody has proven who wrote it"),
    "absent": later("is a notice of absence, and no answer"),
    "automatic": later("was written by a program, and is no answer"),
    "list": later("came from a mailing list, and is no answer"),
    "receipt": later("is a receipt of delivery, and no answer"),
    "delayed": later("says that a page is late, and not yet lost"),
    "returned": later("says that a mail could not be delivered"),
    "unreadable": later("could not be read; the whole of it is kept"),
    "not_taken": later("changed nothing; the whole of it is kept"),
}
"""What a mail is that is nobody's word, after its sender's name."""
CAME_AND_NOT_KEPT: Final[dict[str, str]] = {
    "unreadable": later("could not be read, and there was no room to keep it: its writer was told so"),
    "not_taken": later("changed nothing; what stands here of it is kept, and there was no room for the rest"),
}
"""The same of a mail that is not kept whole, where that changes what is said."""
ANSWERED: Final = later("Your answer is recorded.")
ANSWER_ONLY: Final = later(
    "Only the answer in your first line was kept: only the caller, the coordinator and bound helpers write here now."
)
WORDS_KEPT: Final = later("Your words are kept as your message, but your files are not.")
NOT_TAKEN: Final = later("Your mail was kept, but nothing was done with it.")
NOT_TAKEN_NOR_KEPT: Final = later(
    "Nothing was done with your mail. The beginning of its words is kept; there was no room for the rest."
)
CUT: Final = later("Only the beginning of your words is kept: there was no room for the whole of your mail.")
CODE: Final = later("The code of this refusal is {code}.")


def above_line() -> str:
    """The line above which people write."""
    return f"{ABOVE}{say(WRITE_ABOVE)}"
