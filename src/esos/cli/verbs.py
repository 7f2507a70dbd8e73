"""The table of verbs: where each lives and what it does in one line, so that ``--help`` loads nothing else.

``esos --help`` must be there at once, even on a slow machine at three in the morning.
"""

VERBS: dict[str, tuple[str, str]] = {
    "call": ("esos.cli.call:command", "Call for help, by every way that still works."),
    "first-aid": ("esos.cli.first_aid:command", "The next ten minutes: what to do, what to leave alone, and why."),
    "update": ("esos.cli.update:command", "Add facts to your call."),
    "sitrep": ("esos.cli.sitrep:command", "Give a situation report."),
    "urgency": ("esos.cli.urgency:command", "Raise or lower the urgency of your call."),
    "cancel": ("esos.cli.cancel:command", "Take your call back: free, no reason needed."),
    "relay": ("esos.cli.relay:command", "Call for somebody who cannot."),
    "take": ("esos.cli.take:command", "Take a call by telephone: the questions in order, nothing lost."),
    "hand-in": ("esos.cli.hand_in:command", "Hand in a call that somebody made offline."),
    "beacon": ("esos.cli.beacon:group", "In peace time: heartbeats to your stations, so that a call finds them ready."),
    "gateway": ("esos.cli.gateway:group", "Text messages and mesh radio: send calls by them, and hand in what came."),
    "grant": ("esos.cli.grant:command", "Consent to help, with scope and expiry."),
    "accept": ("esos.cli.accept:command", "Accept an offer: the third signature of the agreement."),
    "accede": ("esos.cli.accede:command", "Bind yourself to a pact."),
    "request": ("esos.cli.request:group", "A responder's side: see requests and answer them."),
    "key": ("esos.cli.key:group", "Make and show key pairs."),
    "member": ("esos.cli.member:group", "Members: cards, registration, suspension."),
    "officer": ("esos.cli.officer:group", "People of the station: add, list, remove, sign in."),
    "constituency": ("esos.cli.constituency:group", "Groups of members, each seen by its own officers."),
    "access": ("esos.cli.access:group", "Who came in how, and who opened what."),
    "station": ("esos.cli.station:group", "Make and run a station, and see whether it is well."),
    "up": ("esos.cli.up:command", "A station with pages and demonstration members, in one command."),
    "watch": ("esos.cli.watch:command", "The watch floor in a terminal."),
    "case": ("esos.cli.case:group", "Cases: see them, and act as an officer."),
    "law": ("esos.cli.law:command", "Legal clocks of a case: what is due when, and a draft."),
    "tree": ("esos.cli.tree:command", "The telephone tree: whom to ring, in which order, and who rings whom."),
    "roster": ("esos.cli.roster:group", "Who is on watch when."),
    "contact": ("esos.cli.contact:group", "Addresses that work: ring yourself, confirm, see what is proved."),
    "pact": ("esos.cli.pact:group", "Check and explain a pact."),
    "severity": ("esos.cli.severity:command", "Rate an incident by its effects, and explain."),
    "match": ("esos.cli.match:group", "The duty engine offline, on JSON or CSV."),
    "verify": ("esos.cli.verify:group", "Verify a receipt, a log, its growth or a case offline, with pinned keys."),
    "drill": ("esos.cli.drill:group", "Exercises and replays of real incidents."),
    "practice": ("esos.cli.practice:group", "Practise with your own people: plan, begin, results."),
    "backup": ("esos.cli.backup:backup", "Copy a station's journal while it runs."),
    "restore": ("esos.cli.backup:restore", "Put a copy back."),
}
"""Verb to module:attribute and help line, in the order in which ``--help`` lists them."""
