"""A gateway as somebody would write one, in the place of modem, network and modem: started for each packet.

Reads a packet in hexadecimal, hands it in at the station whose address is its first argument, and prints what came
back. Further arguments give it the habits of networks and of bad programs; what it did is counted in a file.
"""

import argparse
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

NOWHERE = frozenset({"+000", "!00000000"})
"""Numbers at which nobody is."""
ANSWER_SECONDS = 30


def hand_in(http: str, packet: bytes) -> bytes:
    """What the station says back, empty for nothing."""
    headers = {"Content-Type": "application/octet-stream", "Esos-Carrier": os.environ["ESOS_GATEWAY_CARRIER"]}
    asked = urllib.request.Request(f"{http}/api/v1/packets", data=packet, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
            return answer.read()
    except urllib.error.HTTPError as refusal:
        print(json.load(refusal)["code"])
        return b""


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("http")
    parser.add_argument("--loses", type=float, default=0.0)
    parser.add_argument("--loses-answers", type=float, default=0.0)
    parser.add_argument("--doubles", action="store_true")
    parser.add_argument("--late-s", type=float, default=0.0)
    parser.add_argument("--one-way", action="store_true")
    parser.add_argument("--seen", type=Path)
    return parser.parse_args()


def main() -> int:
    given = read_arguments()
    packet = bytes.fromhex(sys.stdin.readline())
    if given.seen:
        with given.seen.open("a") as seen:
            seen.write(f"{os.environ['ESOS_GATEWAY_CARRIER']} {os.environ['ESOS_GATEWAY_TO']} {len(packet)}\n")
    if os.environ["ESOS_GATEWAY_TO"] in NOWHERE:
        print("Sending SMS 1/1....waiting for network answer..error 500")
        return 2
    print("Sending SMS 1/1....waiting for network answer..OK, message reference=12")
    dice = random.Random()
    time.sleep(given.late_s)
    for _ in range(2 if given.doubles else 1):
        if dice.random() < given.loses:
            continue
        ack = hand_in(given.http, packet)
        if ack and not given.one_way and dice.random() >= given.loses_answers:
            print(f"Received from station: {ack.hex()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
