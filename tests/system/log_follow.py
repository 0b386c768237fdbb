#!/usr/bin/env python3
"""mdctl log follow: events as they happen, of one session, account, peer or daemon."""
import contextlib
import json
import os
import re
import select
import smtplib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token


class Follower:
    """`mdctl log follow` beside the case; lines() are those until one holds the word."""

    def __init__(self, box, *words):
        command = [os.path.join(harness.programs(), "src/mdctl/mdctl"), "-c", box.conf, "log", "follow", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.rest = b""
        time.sleep(1)  # it begins at the end of the log as it finds it

    def lines(self, word, seconds=20):
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            if b"\n" in self.rest:
                line, _, self.rest = self.rest.partition(b"\n")
                found.append(line.decode())
                if word in found[-1]:
                    return found
            elif select.select([self.process.stdout], [], [], 0.2)[0]:
                piece = os.read(self.process.stdout.fileno(), 65536)
                check(piece, f"it ends: {self.process.stderr.read().decode() if not piece else ''}")
                self.rest += piece
        raise harness.Failed(f"no line with {word} within {seconds} s: {found}")

    def is_silent(self):
        return not self.rest and not select.select([self.process.stdout], [], [], 1)[0]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


@contextlib.contextmanager
def following(box, *words):
    follower = Follower(box, *words)
    try:
        yield follower
    finally:
        follower.close()


def all_events(box):
    box.send(token())
    with following(box) as log, following(box, "--json") as as_json:
        box.imap().logout()
        seen = log.lines("imap-left")
        check(any("imap-logged-in" in line and "account=bob@example.com" in line for line in seen), f"seen: {seen}")
        check(not any("smtp-accepted" in line for line in seen), f"what was before is shown: {seen}")
        rows = [json.loads(line) for line in as_json.lines("imap-left")]
        check(rows[-1]["daemon"] == "mdimapd" and rows[-1]["account"] == "bob@example.com", f"the row is {rows[-1]}")


def of_a_session(box):
    with following(box, "--json") as log:
        client = box.imap()
        session = json.loads(log.lines("imap-logged-in")[-1])["session"]
        with following(box, "--session", session) as its:
            box.imap().logout()
            client.logout()
            seen = its.lines("imap-left")
            check(len(seen) == 1 and session in seen[0], f"seen: {seen}")


def of_an_account_a_peer_and_a_daemon(box):
    with following(box, "--account", "Alice@example.com") as alice, following(box, "--ip", "127.0.0.1") as here, \
            following(box, "--ip", "127.0.0.9") as there, following(box, "--daemon", "mdqueue") as queue, \
            following(box, "--ip", "127.0.0.10", "--json") as other:
        box.send(token())
        with smtplib.SMTP("127.0.0.1", box.port(25), timeout=20, source_address=("127.0.0.10", 0)) as client:
            client.send_message(message(token(), "someone@elsewhere.test", "bob@example.com"))
        judged = [json.loads(line) for line in other.lines("filter-judged")]
        check(judged[-1]["client"] == "127.0.0.10", f"of another peer: {judged}")
        box.send(token(), to="alice@example.com")
        seen = alice.lines(" delivered ")
        check(all("alice@example.com" in line for line in seen), f"of alice: {seen}")
        seen = here.lines("filter-judged") + here.lines("filter-judged")
        check(all(re.search(r"=127\.0\.0\.1(:| |$)", line) for line in seen), f"of this peer: {seen}")
        check(all(" mdqueue" in line for line in queue.lines("recipient=alice@example.com")), "of mdqueue")
        check(there.is_silent(), "of a peer that was not here")


def nonsense_is_refused(box):
    box.ctl("log", "follow", "--daemon", "mdnonsense", code=64)
    box.ctl("log", "follow", "--ip", "nowhere", code=64)
    box.ctl("log", "follow", "--account", "nobody", code=64)


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, all_events, of_a_session, of_an_account_a_peer_and_a_daemon, nonsense_is_refused)
