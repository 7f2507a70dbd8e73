"""What each setting is for: once, for the reference, the example file and ``esos station settings``."""

from typing import NamedTuple


class About(NamedTuple):
    """What an operator is told of a setting. ``example`` is a value as it stands in the file; ``unit`` of a number."""

    group: str
    says: str
    example: str
    unit: str = ""
    is_secret: bool = False


_DOORS, _STORE, _PAGES, _LOG = "Doors", "Store", "Pages to people", "Log"
ABOUT: dict[str, About] = {
    "http": About(
        _DOORS, "Address and port for programs and pages. Port 0 takes any that is free.", '"0.0.0.0:443"', "HOST:PORT"
    ),
    "udp": About(
        _DOORS,
        "Address and port for calls by datagram; an address, not a name. Empty: no datagram door.",
        '"0.0.0.0:8765"',
        "ADDRESS:PORT",
    ),
    "quic": About(
        _DOORS,
        "Address and port for calls by QUIC; an address, not a name, and another port than `udp`. "
        "It needs `pip install 'esos[quic]'`. Empty: no such door.",
        '"0.0.0.0:8766"',
        "ADDRESS:PORT",
    ),
    "public_url": About(
        _DOORS,
        "How people reach the pages, where that differs from `http`. "
        "The links in pages that are sent out begin with it.",
        '"https://esos.club.example"',
    ),
    "public_udp": About(
        _DOORS,
        "Where callers send datagrams, where that differs from `udp`: one address, or those of several machines with "
        "commas between. It stands on the station's card.",
        '"192.0.2.10:8765"',
        "ADDRESS:PORT",
    ),
    "udp_strangers": About(
        _DOORS,
        "Address and port for calls by datagram of those whom the station does not know, served by a process of its "
        "own. Empty: they are heard by HTTPS only.",
        '"0.0.0.0:8766"',
        "ADDRESS:PORT",
    ),
    "public_udp_strangers": About(
        _DOORS,
        "Where strangers send datagrams, where that differs from `udp_strangers`: one address, or several with commas "
        "between. It stands on the station's card.",
        '"192.0.2.10:8766"',
        "ADDRESS:PORT",
    ),
    "dns_zone": About(
        _DOORS,
        "The zone beneath which a DNS question is a call; it must be delegated to this station. Empty: no DNS door.",
        '"sos.club.example"',
    ),
    "dns": About(
        _DOORS,
        "Address and port of the DNS door, by UDP and by TCP. Resolvers come to port 53.",
        '"192.0.2.10:53"',
        "ADDRESS:PORT",
    ),
    "public_dns": About(
        _DOORS,
        "Where the world reaches the DNS door, where that differs from `dns`: one address, or several with commas "
        "between. It stands on the station's card and in the zone.",
        '"192.0.2.10:53"',
        "ADDRESS:PORT",
    ),
    "mail": About(
        _DOORS,
        "Address and port of the mail door, a mail server that takes calls and nothing else; it needs `mail_address`. "
        "Mail servers come to port 25. Empty: no mail door. With `tls_cert` it offers STARTTLS.",
        '"192.0.2.10:25"',
        "ADDRESS:PORT",
    ),
    "mail_address": About(
        _DOORS,
        "The address that the mail door takes mails for. It stands on the station's card; replies come to it with a "
        "code after a `+`, so that the name before the @ has at most 12 letters.",
        '"sos@club.example"',
    ),
    "public_mail": About(
        _DOORS,
        "Where callers reach the mail door, where that differs from `mail`: one address, or several with commas.",
        '"192.0.2.10:25"',
        "ADDRESS:PORT",
    ),
    "public_quic": About(
        _DOORS,
        "Where callers send calls by QUIC, where that differs from `quic`; with commas between several.",
        '"192.0.2.10:8766"',
        "ADDRESS:PORT",
    ),
    "sms_number": About(
        _DOORS,
        "The telephone number of the gateway that takes calls in text messages for this station. It stands on the "
        "station's card; the gateway hands them in with `esos gateway post`. Empty: none.",
        '"+353999000111"',
    ),
    "watch_telephone": About(
        _DOORS,
        "The telephone numbers at which a person of the watch answers, with commas between. They stand on the "
        "station's card and on the page that a caller keeps on its telephone. Empty: none.",
        '"+353999000112, +353999000113"',
    ),
    "watch_text": About(
        _DOORS,
        "A telephone number whose text messages a person of the watch reads. It stands where `watch_telephone` does. "
        "Empty: none.",
        '"+353999000112"',
    ),
    "watch_mailbox": About(
        _DOORS,
        "A mailbox that a person of the watch reads; it is not the `mail_address` of the mail door, which takes signed "
        "calls and nothing else. It stands where `watch_telephone` does. Empty: none.",
        '"watch@club.example"',
    ),
    "mesh_node": About(
        _DOORS,
        "The Meshtastic node of the gateway that takes calls by mesh radio for this station. It stands on the "
        "station's card. Empty: none.",
        '"!a1b2c3d4"',
    ),
    "tls_cert": About(
        _DOORS,
        "The station's certificate with those that lead to its root, in PEM. "
        "With it the HTTP door speaks TLS by itself. "
        "Renewed files are read without a restart.",
        '"/etc/esos/esos.pem"',
        "file",
    ),
    "tls_key": About(
        _DOORS,
        "The private key that belongs to `tls_cert`, in PEM, without a password.", '"/etc/esos/esos.key"', "file"
    ),
    "trusted_proxies": About(
        _DOORS,
        "Addresses or networks of proxies in front of the station, with commas between. `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed from these alone.",
        '"127.0.0.1, 192.0.2.0/28"',
        "addresses",
    ),
    "cookie_secure": About(
        _DOORS,
        "Whether the session cookie travels by HTTPS only. Switch it on wherever people come by HTTPS. "
        "With `tls_cert` it is on in any case.",
        "true",
    ),
    "oidc_name": About(_DOORS, "What people call their organisation's own sign-in.", '"Example Hospital"'),
    "oidc_issuer": About(
        _DOORS,
        "The OpenID Connect provider through which people may sign in, exactly as it calls itself. It needs "
        "`public_url`. Empty: none.",
        '"https://login.hospital.example"',
    ),
    "oidc_client_id": About(_DOORS, "This station's name at the provider.", '"esos"'),
    "oidc_secret_file": About(
        _DOORS, "The file that holds the secret the provider gave this station.", '"/etc/esos/oidc.secret"', "file"
    ),
    "oidc_claim": About(
        _DOORS, "The claim that says who somebody is. `email` counts only where the provider verified it.", '"email"'
    ),
    "oidc_people": About(
        _DOORS,
        "A TOML file that says which claim is whom here: on each line a value and the id of an officer or member. "
        "Nobody else comes in this way.",
        '"/etc/esos/people.toml"',
        "file",
    ),
    "http_connections": About(
        _DOORS,
        "Connections by HTTP at once, where the open files of the process allow it.",
        "4096",
        "connections",
    ),
    "http_per_address": About(
        _DOORS, "Connections at once from one address, other than this machine's own.", "256", "connections"
    ),
    "database": About(
        _STORE,
        "Where the journal is: a file, or a database of a PostgreSQL server by its URL. "
        "Empty: the file `journal.sqlite` in the home.",
        '"postgresql://esos@db.club.example/esos?sslmode=verify-full"',
    ),
    "processes": About(
        _STORE,
        "How many processes serve together, sharing the addresses. More than one needs a journal on PostgreSQL.",
        "4",
        "processes",
    ),
    "retain_daily": About(
        _STORE,
        "Whether the running station erases each day the closed cases that its pact keeps no longer. "
        "Off: `esos station retain --apply` does it.",
        "true",
    ),
    "speed": About(
        _STORE,
        "Divides every duration of the pact. At an exercise station only; elsewhere it is ignored, and said so.",
        "60",
        "times",
    ),
    "smtp_host": About(
        _PAGES, "The mail server that takes the station's mail. Empty: contacts by mail are not reached.",
        '"mail.club.example"',
    ),
    "smtp_port": About(
        _PAGES,
        "Its port. The default is the one of a relay on the same machine: with `starttls` it is often 587, "
        "with `tls` 465.",
        "587",
        "port",
    ),
    "smtp_from": About(_PAGES, "The address that mail comes from.", '"watch@club.example"'),
    "smtp_user": About(
        _PAGES, "The name to sign in to the mail server with, if it wants one. Needs `starttls` or `tls`.", '"esos"'
    ),
    "smtp_password": About(_PAGES, "The password that goes with it.", '"…"', is_secret=True),
    "smtp_tls": About(_PAGES, "How the connection to the mail server is protected.", '"starttls"'),
    "text_gateway": About(
        _PAGES,
        "Where the program listens that sends text messages, for contacts as sms:+353999000111. Empty: none.",
        '"http://127.0.0.1:8091/text"',
    ),
    "voice_gateway": About(
        _PAGES,
        "Where the program listens that rings people, for officers' contacts as voice:+353999000111 and members' as "
        "ring:+353999000111. Empty: none.",
        '"http://127.0.0.1:8091/ring"',
    ),
    "gateway_secret": About(
        _PAGES,
        "The secret with which the station signs what it posts to these two programs (header Esos-Signature).",
        '"…"',
        is_secret=True,
    ),
    "webhook_secret": About(
        _PAGES,
        "With it each posted page carries `Esos-Signature: sha256=…`, an HMAC-SHA256 of its body.",
        '"…"',
        is_secret=True,
    ),
    "webhook_private": About(
        _PAGES, "Whether pages may be posted into the station's own network, also without TLS.", "true"
    ),
    "apprise_services": About(
        _PAGES,
        "Services that pages may go through by Apprise, with commas between. "
        "Empty: some fifty without a host to choose; `*`: all.",
        '"ntfy, matrix"',
        "names",
    ),
    "apprise_private": About(_PAGES, "Whether Apprise may call services in the station's own network.", "true"),
    "contact_checks": About(
        _PAGES,
        "Whether the station asks new addresses for their owner's word by itself, and tries everybody once a week "
        "at an hour that nobody knows. An exercise station does not: its people are a cast.",
        "false",
    ),
    "language": About(
        _PAGES,
        "The language of pages and messages to those who have chosen none and whose browser asks for none: "
        "`en`, `fr`, `es` or `ar`.",
        '"fr"',
    ),
    "log_level": About(_LOG, "How much the program tells its operator.", '"info"'),
    "log_json": About(_LOG, "Whether it does so as JSON, one object a line.", "true"),
    "log_file": About(
        _LOG, "The file it tells it in; empty: standard error.", '"/var/log/esos/station.log"', "file"
    ),
    "log_file_bytes": About(
        _LOG,
        "The size at which that file is turned over. 0: another tool does that, and is noticed without a signal.",
        "10485760",
        "bytes",
    ),
    "log_files_kept": About(_LOG, "How many files that were turned over are kept.", "5", "files"),
}  # fmt: skip
"""Every setting, in the order of the reference; a test holds it against ``Settings``."""
