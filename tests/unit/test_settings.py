"""Settings are read once, each from the strongest source, and a wrong one is named."""

import tomllib

import pytest

from esos.cli.main import run
from esos.errors import Malformed, Unknown
from esos.settings import Settings, example_file, in_force, read_settings
from esos.settings.about import ABOUT


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


# ------------------------------------------------------------------------------------ for the operator
def test_every_setting_is_explained_and_its_example_is_a_value_it_takes(tmp_path):
    assert list(ABOUT) == list(Settings.__struct_fields__)
    lines = example_file().splitlines()
    wanted = "\n".join(line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line)
    assert set(tomllib.loads(wanted)) == set(ABOUT)
    read_settings(file=written(tmp_path, wanted))
    assert read_settings(file=written(tmp_path, example_file())) == Settings()


def test_every_number_has_a_unit():
    numbers = [name for name in ABOUT if type(getattr(Settings(), name)) is int]
    assert [name for name in numbers if not ABOUT[name].unit] == []


def test_it_is_shown_where_each_setting_came_from(tmp_path, monkeypatch):
    file = written(tmp_path, 'smtp_host = "mail.example.org"\nspeed = 2\n')
    monkeypatch.setenv("ESOS_SPEED", "60")
    found = {one.name: (one.value, one.source) for one in in_force(file=file, flags={"udp": "", "http": None})}
    assert found["smtp_host"] == ("mail.example.org", "file")
    assert found["speed"] == (60, "environment")
    assert found["udp"] == ("", "flag")
    assert found["http"] == (Settings().http, "default")


def test_the_command_shows_settings_and_hides_secrets(tmp_path, capsys):
    written(
        tmp_path,
        'smtp_password = "hunter-two"\nwebhook_secret = "another"\nlog_level = "info"\n'
        'database = "postgresql://esos:in-the-address@db.example/esos?sslpassword=in-the-query"\n',
    )
    assert run(["station", "settings", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert [word for word in ("hunter-two", "another", "in-the-address", "in-the-query") if word in out] == []
    assert "postgresql://esos:***@db.example/esos" in out
    assert [line.split() for line in out.splitlines() if line.startswith("log_level")] == [
        ["log_level", "info", "the", "file"]
    ]
    assert run(["station", "settings", "--home", str(tmp_path), "--json"]) == 0
    assert "hunter-two" not in capsys.readouterr().out


def test_the_command_prints_a_file_to_begin_with(capsys):
    assert run(["station", "settings", "--example"]) == 0
    assert capsys.readouterr().out == example_file()
