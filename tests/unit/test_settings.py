"""Settings are read once, each from the strongest source, and a wrong one is named."""

import pytest

from esos.errors import Malformed, Unknown
from esos.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch):
    for name in Settings.__struct_fields__:
        monkeypatch.delenv(f"ESOS_{name.upper()}", raising=False)


def written(tmp_path, text: str):
    path = tmp_path / "esos.toml"
    path.write_text(text)
    return path


def test_without_anything_the_defaults_hold():
    assert read_settings() == Settings()


def test_flags_come_before_the_environment_and_that_before_the_file(tmp_path, monkeypatch):
    file = written(tmp_path, 'http = "127.0.0.1:1"\nudp = "127.0.0.1:1"\nsmtp_host = "mail.example.org"\n')
    monkeypatch.setenv("ESOS_HTTP", "127.0.0.1:2")
    monkeypatch.setenv("ESOS_UDP", "127.0.0.1:2")
    read = read_settings(file=file, flags={"udp": "127.0.0.1:3", "http": None})
    assert (read.http, read.udp, read.smtp_host) == ("127.0.0.1:2", "127.0.0.1:3", "mail.example.org")


def test_words_of_the_environment_become_numbers_and_yes_or_no(monkeypatch):
    monkeypatch.setenv("ESOS_SPEED", "60")
    monkeypatch.setenv("ESOS_LOG_JSON", "true")
    read = read_settings()
    assert (read.speed, read.log_json) == (60, True)


def test_tables_for_verbs_and_the_station_they_are_for_are_left_to_the_command_line(tmp_path):
    file = written(tmp_path, 'home = "club"\ntoken = "x"\n[call]\nstation = ["a.card"]\n')
    assert read_settings(file=file) == Settings()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("speed = 0", "settings.value"),
        ('log_level = "loud"', "settings.value"),
        ('smtp_tls = "perhaps"', "settings.value"),
        ('nonsense = "1"', "settings.value"),
        ("http = ", "settings.malformed"),
    ],
)
def test_a_wrong_setting_is_refused(tmp_path, text, code):
    with pytest.raises(Malformed) as refused:
        read_settings(file=written(tmp_path, text))
    assert refused.value.code == code


def test_a_settings_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(Unknown) as refused:
        read_settings(file=tmp_path / "none.toml")
    assert refused.value.code == "settings.file"
