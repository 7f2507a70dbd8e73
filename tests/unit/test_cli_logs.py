"""The log: turned over by size here, or by another tool without a signal; never a secret, never a victim's word."""

import json
import logging
import stat

import pytest
import structlog
from doubles.small_club import small_club

from esos.cli.logs import configure
from esos.errors import Conflict
from esos.message import bodies as b
from esos.settings import Settings
from esos.vault.chance import SystemClock
from esos.vault.home import Home

LINES = 40


@pytest.fixture(autouse=True)
def logging_as_before():
    """Whatever a test sets up is taken back."""
    root = logging.getLogger()
    before, level, own = list(root.handlers), root.level, logging.getLogger("esos").level
    yield
    for handler in root.handlers:
        if handler not in before:
            handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("esos").setLevel(own)
    structlog.reset_defaults()


def fresh_log():
    return structlog.get_logger("esos.test_logs")


def test_a_full_log_file_is_turned_over_and_only_so_many_are_kept(tmp_path):
    path = tmp_path / "logs" / "station.log"
    configure(Settings(log_file=str(path), log_file_bytes=600, log_files_kept=2), is_station=True)
    for number in range(LINES):
        fresh_log().warning("something_happened", number=number)
    assert sorted(one.name for one in path.parent.iterdir()) == ["station.log", "station.log.1", "station.log.2"]
    assert all(one.stat().st_size <= 600 for one in path.parent.iterdir())
    assert f"{LINES - 1}" in path.read_text()
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


def test_a_file_that_another_tool_moved_away_is_begun_anew_without_a_signal(tmp_path):
    path = tmp_path / "station.log"
    configure(Settings(log_file=str(path), log_file_bytes=0), is_station=True)
    fresh_log().warning("before_the_move")
    path.rename(tmp_path / "station.log.old")
    fresh_log().warning("after_the_move")
    assert "before_the_move" in (tmp_path / "station.log.old").read_text()
    assert path.read_text().count("\n") == 1
    assert "after_the_move" in path.read_text()


def test_two_processes_that_turn_one_file_over_lose_no_line(tmp_path):
    path = tmp_path / "station.log"
    settings = Settings(log_file=str(path), log_file_bytes=400, log_files_kept=99)
    handlers = []
    for _ in range(2):
        configure(settings, is_station=True)
        handlers += logging.getLogger().handlers
        logging.getLogger().handlers[:] = []
    for number in range(LINES):
        record = logging.LogRecord("a", logging.WARNING, "", 0, f"line number {number}", None, None)
        handlers[number % 2].handle(record)
    for handler in handlers:
        handler.close()
    written = "".join(one.read_text() for one in tmp_path.glob("station.log*"))
    assert [number for number in range(LINES) if f"line number {number}" not in written] == []


def test_a_command_beside_a_station_leaves_its_log_alone(tmp_path, capsys):
    path = tmp_path / "station.log"
    configure(Settings(log_file=str(path)))
    fresh_log().warning("told_to_whoever_typed")
    assert not path.exists()
    assert "told_to_whoever_typed" in capsys.readouterr().err


def test_a_log_of_json_has_one_object_a_line_also_from_libraries(tmp_path):
    path = tmp_path / "station.log"
    configure(Settings(log_file=str(path), log_json=True), is_station=True)
    fresh_log().error("something_failed", exc_info=ValueError("of its own"))
    logging.getLogger("a.library").warning("It has %s.", "something to say")
    own, library = [json.loads(line) for line in path.read_text().splitlines()]
    assert (own["event"], own["level"], "ValueError" in own["exception"]) == ("something_failed", "error", True)
    assert (library["event"], library["level"]) == ("It has something to say.", "warning")


def test_as_much_is_logged_as_was_asked_for(tmp_path):
    path = tmp_path / "station.log"
    configure(Settings(log_file=str(path), log_level="info"), is_station=True)
    log = fresh_log()
    log.debug("too_small")
    log.info("large_enough")
    assert ("too_small" in path.read_text(), "large_enough" in path.read_text()) == (False, True)


def test_a_log_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Conflict) as refused:
        configure(Settings(log_file=str(tmp_path / "file" / "station.log")), is_station=True)
    assert refused.value.code == "log.file"


@pytest.mark.anyio
async def test_no_secret_and_no_word_of_a_victim_is_in_the_log(tmp_path):
    path, folder, word = tmp_path / "station.log", tmp_path / "home", "Our patients are on paper"
    configure(Settings(log_file=str(path), log_level="debug"), is_station=True)
    async with small_club(folder) as club:
        configure(Settings(log_file=str(path), log_level="debug"), is_station=True)
        voice = await club.join("Clinic of the Secret Name")
        call = b.Called(call=b"12345678", details=b.CallDetails(words=word))
        said = voice.say("called", call, now_ms=SystemClock().now_ms())
        case = (await club.station.desk.submit(said.raw)).case
        station = club.station
        original = station.folder.cases.fold_entry
        station.folder.cases.fold_entry = _stumbling
        odd = b.Messaged(text=word)
        late = voice.say("messaged", odd, now_ms=SystemClock().now_ms(), case=bytes.fromhex(case))
        with pytest.raises(Conflict):
            await station.desk.submit(late.raw)
        station.folder.cases.fold_entry = original
        await club.officer_says("acknowledged", {}, case)
        seeds = [voice.seed.hex(), station.identity.seed.hex(), station.identity.master.hex()]
    logged = path.read_text()
    assert "fold_set_aside" in logged
    for secret in (word, "Secret Name", Home(folder).read_token(), *seeds):
        assert secret not in logged


def _stumbling(*given):
    raise RuntimeError(f"a program error with {len(given)} values at hand")
