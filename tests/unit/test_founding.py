"""Founding: the conversation, the same by flags and by a file, papers, and members invited from a list."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from esos.cli import member_lists
from esos.cli.founding import QUESTIONS, read_person
from esos.cli.founding_answers import Answers, read_answers
from esos.cli.main import cli, run
from esos.cli.member_lists import read_list
from esos.cli.station_init import converse
from esos.errors import Busy, Conflict, EsosError, Malformed
from esos.logbook.base64s import url_safe
from esos.message import bodies as b
from esos.message.card import MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.station.invite import INVITATION_MS
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside, now_ms

pytestmark = pytest.mark.anyio
CSV = b"name,country,mail,asn\nExample Hospital,IE,duty@hospital.example,AS64500\n"


def talk(*typed: str) -> Answers:
    """The answers of a conversation in which this was typed."""
    found = []

    def ask() -> None:
        found.append(converse(Path("club")))

    import click

    done = CliRunner().invoke(click.command()(ask), input="".join(f"{one}\n" for one in typed))
    assert done.exception is None, done.output
    return found[0]


# --- the conversation ---------------------------------------------------------------------------


def test_whoever_only_presses_enter_gets_a_station_by_sensible_defaults():
    answers = talk(*[""] * 10)
    assert answers.pact == "club"
    assert not answers.practice
    assert answers.officers
    assert answers.seconds
    assert answers.backup_to == "club-backups"


def test_going_back_asks_the_question_before_once_more():
    assert talk("North Club", "yes", "<", "no", *[""] * 8).practice is False


def test_going_back_from_the_first_question_stays_there():
    assert talk("<", "North Club", *[""] * 9).name == "North Club"


def test_an_answer_that_cannot_be_read_is_asked_again():
    assert talk("", "perhaps", "yes", "no-such-pact", "treaty", *[""] * 8).pact == "treaty"


def test_what_does_not_apply_is_not_asked():
    answers = talk("", "", "", "", "", "", "", "mail.club.example:587", "watch@club.example", "-")
    assert (answers.mail_relay, answers.mail_from, answers.backup_to) == (
        "mail.club.example:587",
        "watch@club.example",
        "",
    )


def test_a_practice_station_practises_every_month_unless_told_otherwise_and_a_real_one_is_not_asked():
    assert talk("", "yes", *[""] * 9).practise == "month"
    assert talk("", "yes", "", "", "", "sometimes", "never", *[""] * 5).practise == "never"
    assert talk(*[""] * 10).practise == "never"


def test_the_web_address_is_asked_for_once_more_while_it_is_none():
    answers = talk("", "", "", "", "", "sos.club.example", "https://sos.club.example/", *[""] * 5)
    assert answers.public_url == "https://sos.club.example"


def test_every_question_has_a_default_that_it_can_read():
    for question in QUESTIONS:
        question.read(question.default({"home": "club"}))


def test_every_shipped_pact_is_explained_in_a_sentence():
    pact = next(one for one in QUESTIONS if one.field == "pact")
    assert all(f"{name}: " in pact.means for name in shipped.names())


# --- by flags and by a file ---------------------------------------------------------------------


def test_flags_make_a_station_with_its_people_on_the_roster(tmp_path, capsys):
    home = tmp_path / "club"
    people = ["--officer", "Officer One = file:one", "--second", "Officer Two = file:two"]
    rest = ["--mail-relay", "mail.club.example:587", "--mail-from", "watch@club.example"]
    copies = ["--backup-to", str(tmp_path / "copies"), "--backup-at", "02:15"]
    assert run(["station", "init", "--home", str(home), "--json", *people, *rest, *copies]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in made["people"]] == ["Officer One", "Officer Two"]
    assert "registrar" in made["people"][0]["roles"]
    assert "registrar" not in made["people"][1]["roles"]
    assert made["backup"].startswith("15 2 * * *")
    assert len(made["next"]) == 3
    assert 'smtp_host = "mail.club.example"' in (home / "esos.toml").read_text(encoding="utf-8")
    assert run(["roster", "show", "--home", str(home)]) == 0
    assert "Officer One" in capsys.readouterr().out


def test_a_real_station_whose_pages_go_to_files_says_last_that_nobody_would_be_woken(tmp_path, capsys):
    files = ["--officer", "Officer One = file:one", "--second", "Officer Two = file:two"]
    said = {}
    for name, flags in {
        "real": files,
        "half": ["--officer", "Officer One = mail:one@club.example, file:one", *files[2:]],
        "woken": ["--officer", "Officer One = mail:one@club.example"],
        "practice": [*files, "--exercise"],
    }.items():
        assert run(["station", "init", "--home", str(tmp_path / name), *flags]) == 0
        said[name] = capsys.readouterr().out
    assert "WARNING: nobody would be woken by a call. A page to Officer One, Officer Two is written" in said["real"]
    assert "esos officer add" in said["real"].partition("WARNING")[2]
    assert "WARNING: A page to Officer Two is written to a file" in said["half"]
    assert "WARNING" not in said["woken"] + said["practice"]


def test_what_was_said_of_practice_and_of_the_address_holds_in_the_home(tmp_path, capsys):
    home = tmp_path / "practice"
    flags = ["--exercise", "--practise", "month", "--public-url", "https://sos.club.example"]
    assert run(["station", "init", "--home", str(home), *flags]) == 0
    assert 'public_url = "https://sos.club.example"' in (home / "esos.toml").read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["practice", "list", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"]["every"] == "month"


def test_a_file_of_answers_says_the_same(tmp_path, capsys):
    file = tmp_path / "answers.toml"
    file.write_text('name = "North Club"\npractice = true\nofficers = ["Officer One = file:one"]\n', encoding="utf-8")
    assert run(["station", "init", "--home", str(tmp_path / "north"), "--answers", str(file), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["name"], made["realm"], len(made["people"])) == ("North Club", "exercise", 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nam = 1", "answers.malformed"),
        ('backup_at = "late"', "answers.time"),
        ('mail_relay = "a b"', "answers.relay"),
        ('tls_cert = "nowhere.pem"', "input.missing"),
        ('public_url = "sos.club.example"', "answers.url"),
        ('practice = true\npractise = "daily"', "answers.every"),
        ('practise = "month"', "answers.practise"),
        ('officers = ["= mail:a@b.example"]', "officer.form"),
        ('officers = ["Officer One = pigeon:x"]', "contact.form"),
        ('pact = "nothing"', "input.missing"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_before_anything_is_made(tmp_path, text, code):
    file = tmp_path / "answers.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(EsosError) as refused:
        read_answers(file)
    assert refused.value.code == code


def test_a_person_is_written_in_one_line():
    person = read_person("Officer One = mail:one@club.example, voice:+15550100")
    assert person.name == "Officer One"
    assert [way["channel"] for way in person.contacts] == ["mail", "voice"]


def test_without_a_terminal_nothing_is_asked(tmp_path):
    done = CliRunner().invoke(cli, ["station", "init", "--home", str(tmp_path / "club")])
    assert done.exit_code == 0, done.output
    assert "[e-SOS station]" not in done.output


def test_papers_are_written_with_the_names_filled_in_and_never_over_others(tmp_path, capsys):
    home = tmp_path / "club"
    assert run(["station", "init", "--home", str(home), "--name", "North Club"]) == 0
    assert run(["station", "papers", "--home", str(home)]) == 0
    texts = [(home / "papers" / f"{name}.md").read_text(encoding="utf-8") for name in shipped.template_names()]
    assert all("Not legal advice" in text and "[PACT, VERSION]" not in text for text in texts)
    assert any("North Club" in text for text in texts)
    capsys.readouterr()
    assert run(["station", "papers", "--home", str(home), "--json"]) == Conflict.exit_code
    assert json.loads(capsys.readouterr().err)["code"] == "papers.exist"


# --- lists of teams -----------------------------------------------------------------------------


def test_a_table_is_read_with_commas_or_semicolons():
    semicolons = "\ufeffTeam;Host-Country;E-Mail\nExample Network;de;noc@network.example\n".encode()
    for raw, name in ((CSV, "Example Hospital"), (semicolons, "Example Network")):
        listed = read_list(raw, "list.csv")
        assert not listed.faults
        assert [(row, one["name"]) for row, one in listed.wanted] == [(2, name)]
    assert listed.wanted[0][1]["country"] == "DE"


@pytest.mark.parametrize("around", ["teams", "data", ""])
def test_a_list_of_teams_in_json_is_read_as_directories_publish_it(around):
    teams = [
        {"short-team-name": "EX-CERT", "host-country": "IE", "email": "mailto:team@ex.example", "as-numbers": [64500]},
        {"short_name": "EX-TWO", "country": "FR", "constituency_types": ["Health Care"], "language": "fr"},
    ]
    listed = read_list(json.dumps({around: teams} if around else teams).encode(), "teams.json")
    assert not listed.faults
    first, second = (one for _, one in listed.wanted)
    assert first["contacts"] == [{"channel": "mail", "address": "team@ex.example"}]
    assert (first["asns"], second["sectors"], second["languages"]) == ([64500], ["health-care"], ["fr"])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",IE,,", "import.name"),
        ("Example Town,Ireland,,", "import.country"),
        ("Example Town,IE,nobody,", "import.mail"),
        ("Example Town,IE,,ASX", "import.asn"),
        ("example hospital,IE,,", "import.twice"),
    ],
)
def test_each_fault_names_its_row_and_has_a_code(row, code):
    listed = read_list(CSV + row.encode() + b"\nExample Net,IE,,\n", "list.csv")
    assert [(one.row, one.code) for one in listed.faults] == [(3, code)]
    assert [number for number, _ in listed.wanted] == [2, 4]


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'{"nothing": 1}', b"[", b"who,where\na,b\n", b'name\n"open\n'])
def test_what_is_no_list_is_refused_whole(raw):
    with pytest.raises(Malformed) as refused:
        read_list(raw, "list")
    assert refused.value.code == "import.form"


def test_a_list_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(member_lists, "ROWS_MAX_COUNT", 1)
    with pytest.raises(Malformed) as refused:
        read_list(CSV + b"Example Net,IE,,\n", "list.csv")
    assert refused.value.code == "import.large"


def test_without_yes_nothing_is_done_and_with_a_fault_neither(tmp_path, capsys):
    home, file = tmp_path / "club", tmp_path / "members.csv"
    file.write_bytes(CSV)
    assert run(["station", "init", "--home", str(home)]) == 0
    assert run(["member", "import", str(file), "--home", str(home)]) == 0
    assert "Nothing was done yet" in capsys.readouterr().out
    file.write_bytes(CSV + b"Example Town,Ireland,,\n")
    assert run(["member", "import", str(file), "--home", str(home), "--yes", "--json"]) != 0
    assert json.loads(capsys.readouterr().err)["code"] == "import.country"
    assert run(["member", "invited", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["invited"] == []


# --- accepting ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("invite") / "home", members=1, realm=Realm.EXERCISE)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


def signed_card(name: str, key) -> str:
    card = MemberCard(name=name, keys=(PublicKey(public=key.public, realm=key.realm),))
    said = write_statement(
        seed=key.seed, realm=key.realm, kind="card_signed", body=b.CardSigned(card=card), time_ms=now_ms()
    )
    return url_safe(said.raw)


async def invited(web, live, *names: str) -> dict:
    client, _ = web
    registrar = bearer(next(one.token for one in live.officers))
    asked = {"invite": [{"name": name} for name in names]}
    answer = await client.post("/api/v1/invitations", json=asked, headers=registrar)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_invited_one_is_no_member_until_it_accepts_with_its_own_key(web, live):
    client, station = web
    made = (await invited(web, live, "Example Harbour"))["invitations"][0]
    assert "Example Harbour" not in {card.name for card in station.directory.members.values()}
    key = new_key(Realm.EXERCISE)
    said = {"secret": made["secret"], "statement": signed_card("Example Harbour", key)}
    taken = await client.post("/api/v1/invitations/accept", json=said)
    assert taken.status_code == 201, taken.text
    assert station.directory.members[taken.json()["member"]].name == "Example Harbour"
    assert bytes.fromhex(made["invitation"]) not in station.directory.invited
    again = await client.post("/api/v1/invitations/accept", json=said)  # whoever did not hear the answer
    assert (again.status_code, again.json()) == (201, taken.json())
    other = {**said, "statement": signed_card("Example Harbour", new_key(Realm.EXERCISE))}
    assert (await client.post("/api/v1/invitations/accept", json=other)).status_code == 401


async def test_a_key_of_the_other_realm_or_of_another_party_accepts_nothing_and_spends_nothing(web, live):
    client, _ = web
    made = (await invited(web, live, "Example Bridge"))["invitations"][0]
    wrong = {"secret": made["secret"], "statement": signed_card("Example Bridge", new_key(Realm.REAL))}
    assert (await client.post("/api/v1/invitations/accept", json=wrong)).status_code == 403
    right = {"secret": made["secret"], "statement": signed_card("Example Bridge", new_key(Realm.EXERCISE))}
    assert (await client.post("/api/v1/invitations/accept", json=right)).status_code == 201


async def test_a_member_is_not_invited_again(web, live):
    name = web[1].directory.name_of(live.members[0].id)
    assert await invited(web, live, name.lower()) == {"invitations": [], "known": [name.lower()]}


async def test_whoever_is_invited_again_has_the_same_invitation_with_a_new_secret_and_the_old_one_is_void(web, live):
    client, station = web
    first = (await invited(web, live, "Example Lock"))["invitations"][0]
    second = (await invited(web, live, "example lock"))["invitations"][0]
    assert first["invitation"] == second["invitation"]
    said = {"secret": first["secret"], "statement": signed_card("Example Lock", new_key(Realm.EXERCISE))}
    assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 401
    await station.journal.spend_token(b"", now_ms=now_ms() + INVITATION_MS + 60_000)  # it runs out
    said["secret"] = second["secret"]
    assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 401
    said["secret"] = (await invited(web, live, "Example Lock"))["invitations"][0]["secret"]
    assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 201


async def test_whoever_is_invited_again_is_invited_with_what_is_said_now_and_what_is_left_out_stays(web, live):
    client, station = web
    registrar = bearer(next(one.token for one in live.officers))

    async def invite(**said):
        asked = {"invite": [{"name": "Example Dam", **said}]}
        answer = await client.post("/api/v1/invitations", json=asked, headers=registrar)
        return answer.json()["invitations"][0]

    first = await invite(country="IE", kind="csirt", contacts=[{"channel": "mail", "address": "old@dam.example"}])
    second = await invite(contacts=[{"channel": "mail", "address": "new@dam.example"}], source="a list")
    assert first["invitation"] == second["invitation"]
    assert [one["address"] for one in second["card"]["contacts"]] == ["new@dam.example"]
    assert (second["card"]["country"], second["card"]["kind"]) == ("IE", "csirt")
    said = await station.journal.read(route="register", limit=5_000)
    assert (await invite())["card"] == second["card"], "with nothing new only the secret is"
    assert len(await station.journal.read(route="register", limit=5_000)) == len(said)
    listed = (await client.get("/api/v1/invitations", headers=registrar)).json()["invited"]
    assert [one["source"] for one in listed if one["name"] == "Example Dam"] == ["a list"]


async def test_a_stop_before_a_member_is_in_the_register_spends_nothing(web, live, monkeypatch):
    client, station = web
    made = (await invited(web, live, "Example Weir"))["invitations"][0]
    said = {"secret": made["secret"], "statement": signed_card("Example Weir", new_key(Realm.EXERCISE))}
    with monkeypatch.context() as stopped:
        stopped.setattr(station.intake, "keep", refuse)
        assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 503
    assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 201


async def refuse(*_args, **_more):
    raise Busy("storage.busy", "The disk is full.")


async def test_only_a_registrar_invites_and_a_secret_for_something_else_accepts_nothing(web, live):
    client, station = web
    asked = {"invite": [{"name": "Example Tower"}]}
    member = bearer(live.members[0].token)
    assert (await client.post("/api/v1/invitations", json=asked, headers=member)).status_code == 403
    assert (await client.post("/api/v1/invitations", json=asked)).status_code == 401
    other = await station.tokens.program_token(live.members[0].id)
    said = {"secret": other, "statement": signed_card("Example Tower", new_key(Realm.EXERCISE))}
    assert (await client.post("/api/v1/invitations/accept", json=said)).status_code == 401


async def test_the_secret_of_an_invitation_opens_nothing_else(web, live):
    client, _ = web
    made = (await invited(web, live, "Example Gate"))["invitations"][0]
    assert (await client.get("/api/v1/members", headers=bearer(made["secret"]))).status_code in {401, 403}
