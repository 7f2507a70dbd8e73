"""Mail as people write it: any bytes are a letter or one refusal, and any words are cut and read."""

import atheris

with atheris.instrument_imports():
    from each_reader import fuzz

    from esos.carriers.letter_reader import read_letter
    from esos.carriers.letter_text import own_words, text_of_html
    from esos.words.short_answers import read_mail_answer


def _words(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    own_words(text)
    text_of_html(text)
    read_mail_answer(text)


if __name__ == "__main__":
    fuzz(read_letter, _words)
