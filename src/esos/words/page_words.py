"""What a page says for each reason: a title to wake to and a body to act on.

Law 4: no page calls a case taken or a team bound unless a person said so. Each says who is in
distress, what is wanted of the reader and by when, and what happens without an answer.
"""

from esos.words.page_lines import PageWords
from esos.words.page_reasons import PageReason
from esos.words.page_words_sides import TO_BOTH_SIDES
from esos.words.page_words_watch import TO_THE_WATCH

PAGES: dict[PageReason, PageWords] = TO_THE_WATCH | TO_BOTH_SIDES
