from esos.words.language import Tongue, later, say, say_count, speaking


class Shouting:
    def gettext(self, message: str, /) -> str:
        return message.upper().replace("{TEAM}", "{team}")

    def ngettext(self, one: str, many: str, count: int, /) -> str:
        return f"{{count}} x {(one if count == 1 else many)[-4:]}"


def test_a_sentence_is_said_in_the_language_spoken_now_and_as_written_again_afterwards():
    with speaking(Tongue("fr", Shouting())):
        assert say("{team} is coming.", team="Blue") == "Blue IS COMING."
        assert say_count("{count} team", "{count} teams", 3) == "3 x eams"
    assert say("{team} is coming.", team="Blue") == "Blue is coming."
    assert [say_count("{count} team", "{count} teams", count) for count in (1, 2)] == ["1 team", "2 teams"]


def test_a_sentence_without_values_keeps_its_braces():
    assert say(later("Write {code} down.")) == "Write {code} down."
