#!/usr/bin/env python3
"""What an administrator does with mail for other sites: other routes and times for messages that wait, views of messages and destinations,
a probe for one that rests, freezes, rates of senders and destinations; with mdqueue up, down and restarted. Small servers take the mail;
each message arrives once."""
import collections
import email
import json
import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait

MANY = 2000 if os.environ.get("MDMAIL_LONG") else 60


class Site:
    """SMTP on a port of its own; closed: connections are refused there."""

    def __init__(self, is_open=True):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.to = f"smtp:[127.0.0.1]:{self.port}"
        self.taken = collections.Counter()  # (subject, recipient)
        self.connections = 0
        self.busy = False  # 421 to everybody
        if is_open:
            self.open()

    def open(self):
        self.socket.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            stream = self.socket.accept()[0]
            self.connections += 1
            threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    def serve(self, stream):
        try:
            self.talk(stream, stream.makefile("rb"))
        except OSError:
            pass
        finally:
            stream.close()

    def talk(self, stream, lines):
        say = lambda text: stream.sendall(text.encode() + b"\r\n")
        if self.busy:
            return say("421 4.3.2 too many connections")
        say("220 site.test ESMTP")
        recipients = []
        for line in lines:
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                say("250-site.test\r\n250-8BITMIME\r\n250 PIPELINING")
            elif word.startswith(b"RCPT"):
                recipients.append(line.split(b"<")[1].split(b">")[0].decode())
                say("250 2.1.5 fine")
            elif word == b"DATA":
                say("354 go on")
                octets = b""
                for text in lines:
                    if text == b".\r\n":
                        break
                    octets += text
                self.taken.update((email.message_from_bytes(octets)["Subject"], who) for who in recipients)
                recipients = []
                say("250 2.0.0 taken")
            elif word == b"QUIT":
                return say("221 2.0.0 bye")
            else:
                say("250 2.0.0 fine")


def send(box, *to, sender="alice@example.com", count=1):
    """Subjects."""
    subjects = [token() for _ in range(count)]
    with box.submission(sender) as client:
        for subject in subjects:
            client.send_message(message(subject, sender, ", ".join(to)), sender, list(to))
    return subjects


def rows(box, *selection):
    return box.json("queue", "list", *selection)


def waiting(box, count, *selection):
    """So many that were tried, or the destination of which is known to be in trouble."""
    return wait(f"{count} to wait", lambda: (found := rows(box, *selection)) and len(found) == count and
                all(row["recipients"][-1]["last_reply"] for row in found) and found, 30)


def settled(box):
    wait("the queue empty", lambda: not rows(box), 30)


def act_while_down(box, *words):
    """mdqueue is down then. What it had not settled when it ended it must see again first."""
    for _ in range(5):
        box.stop()
        done = box.try_ctl("--json", "queue", *words)
        if "start mdqueue and try again" not in done.stderr:
            break
        box.start()
        time.sleep(2)
    check(done.returncode == 0, f"{words} while it is down: {done.stderr}")
    return json.loads(done.stdout)["done"]


def routes(box):
    text = "".join(f'[[route]]\ndomain = "{name}"\nto = "{site.to}"\n' for name, site in SITES.items())
    with open(box.conf, "a", encoding="utf-8") as file:
        file.write(text)


def other_ways(box):
    """By ID, by selection, by the name of a route, to nowhere and back; up, down, and with recipients here beside."""
    (one,) = send(box, "bob@example.com", "carl@dead.test", "dora@dead.test")
    (row,) = waiting(box, 1)
    box.await_subjects([one])
    for bad in ("smtp:[127.0.0.1", "127.0.0.1", "nowhere.test", "smtp:[127.0.0.1]:0"):
        said = box.ctl("queue", "reroute", row["id"], bad, code=64).stderr
        check("is no route" in said and "smtp:[HOST]:PORT" in said, said)
    check(box.json("queue", "reroute", row["id"], SITES["good.test"].to)["done"] == 1, "reroute")
    settled(box)
    for who in ("carl@dead.test", "dora@dead.test"):
        check(SITES["good.test"].taken[(one, who)] == 1, f"{who}: {SITES['good.test'].taken}")
    check(box.subjects().count(one) == 1, "who is here got it again")

    two, three = send(box, "carl@dead.test", count=2)
    found = waiting(box, 2, "--domain", "dead.test")
    check({row["recipients"][0]["destination"] for row in found} == {"route dead.test"}, f"{found}")
    check(act_while_down(box, "reroute", "other.test", "--to", "carl@dead.test") == 2, "reroute while it is down")
    shown = box.json("queue", "show", found[0]["id"])
    check(shown["route"] == "other.test" and shown["recipients"][0]["destination"] == "route other.test", f"{shown}")
    check(box.json("queue", "reroute", "default", found[0]["id"])["done"] == 1, "default")
    check("route" not in box.json("queue", "show", found[0]["id"]), "it has a route still")
    box.start()
    (left,) = wait("one left", lambda: len(found := rows(box)) == 1 and found)
    check(SITES["other.test"].taken.total() == 1, f"{SITES['other.test'].taken}")
    check(left["id"] == found[0]["id"], "not the one with the route has gone")

    # To where nobody listens: the route is shown with its trouble, and stays over a restart.
    box.ctl("queue", "reroute", left["id"], SITES["gone.test"].to)
    lost = lambda: box.json("queue", "show", left["id"])
    wait("the new way tried", lambda: lost()["recipients"][0].get("attempts", 0) > 1)
    box.ctl("restart")
    check(lost()["route"] == SITES["gone.test"].to, f"{lost()}")
    box.ctl("queue", "reroute", left["id"], "good.test")
    settled(box)
    taken = SITES["good.test"].taken + SITES["other.test"].taken
    check(taken[(two, "carl@dead.test")] == 1 and taken[(three, "carl@dead.test")] == 1, f"{taken}")


def other_times(box):
    def recipient():
        return rows(box)[0]["recipients"][0]

    send(box, "carl@dead.test")
    (row,) = waiting(box, 1)
    usual = box.json("queue", "show", row["id"])["expires"]
    box.ctl("queue", "schedule", row["id"], "--next", "+3h", "--expire", "2031-01-01T00:00:00Z")
    shown = box.json("queue", "show", row["id"])
    check(shown["expires"].startswith("2031-01-01T00:00:00"), f"{shown}")
    later = recipient()["next_attempt"]
    tries = recipient()["attempts"]
    box.ctl("restart")
    check(recipient()["next_attempt"] == later, "the time did not stay")
    check(act_while_down(box, "schedule", "--all", "--next", "now") == 1, "schedule while it is down")
    box.start()
    wait("a try", lambda: recipient()["attempts"] > tries)
    for bad in ("yesterday", "2h", "2026-13-01T00:00:00Z"):
        box.ctl("queue", "schedule", row["id"], "--next", bad, code=64)
    box.ctl("queue", "requeue", row["id"])
    wait("its usual time", lambda: usual < box.json("queue", "show", row["id"])["expires"] < "2031")
    before = len(box.subjects("alice@example.com"))
    box.ctl("queue", "schedule", row["id"], "--expire", "+2s")
    wait("a report", lambda: len(box.subjects("alice@example.com")) == before + 1, 20)
    settled(box)


def a_destination_that_rests(box):
    """It is left alone and shown so; a run of the queue is one probe, and all go when that goes well."""
    site = SITES["busy.test"]
    site.busy = True
    subjects = send(box, "carl@busy.test", count=MANY)
    waiting(box, MANY)

    def view():
        return {one["destination"]: one for one in box.json("queue", "destinations")}["route busy.test"]

    wait("the destination to rest", lambda: view()["state"] == "resting" and view()["messages"] == MANY and
         view()["under_way"] == 0)
    check(view()["window"] == 1 and view()["rests_until"] and "421 4.3.2" in view()["last_trouble"], f"{view()}")
    check(len(rows(box, "--destination", "route busy.test")) == MANY and not rows(box, "--destination", "busy.test"), "selection")
    by = {row["destination"]: row["messages"] for row in box.json("queue", "stats", "--by", "destination")}
    check(by == {"route busy.test": MANY}, f"{by}")
    for key, value in (("domain", "busy.test"), ("sender", "alice@example.com"), ("age", "under 1h")):
        found = {row[key]: row["messages"] for row in box.json("queue", "stats", "--by", key)}
        check(found == {value: MANY}, f"{key}: {found}")
    reasons = box.json("queue", "stats", "--by", "reason")
    check(sum(row["messages"] for row in reasons) == MANY and "421" in reasons[0]["reason"], f"{reasons}")
    for row in rows(box):
        recipient = row["recipients"][0]
        check(recipient["next_attempt"] and "421 4.3.2" in recipient["last_reply"] and row["expires"], f"{row}")

    connections = site.connections
    check(box.json("queue", "run", "--domain", "busy.test")["messages"] == MANY, "run")
    wait("the probe", lambda: site.connections > connections and view()["state"] == "resting")
    check(site.connections == connections + 1, f"{site.connections - connections} connections for a probe")
    site.busy = False
    box.ctl("queue", "run", rows(box)[0]["id"])
    settled(box)
    check(all(site.taken[(subject, "carl@busy.test")] == 1 for subject in subjects), "not once each")


def frozen(box):
    """Of a domain and of a sender, over a restart, and of what waits for a turn already."""
    site = SITES["other.test"]
    for kind, value in (("--domain", "other.test"), ("--sender", "bob@example.com")):
        box.ctl("queue", "freeze", kind, value)
        (subject,) = send(box, "bert@other.test", sender="bob@example.com")
        (row,) = waiting(box, 1)
        check(row["recipients"][0]["last_reply"] == "frozen by the administrator", f"{row}")
        check(row["recipients"][0]["attempts"] == 0, f"{row}")
        box.ctl("restart")
        (free,) = send(box, "bert@good.test")
        wait("another's mail there", lambda: SITES["good.test"].taken[(free, "bert@good.test")] == 1)
        box.ctl("queue", "run")
        check(site.taken[(subject, "bert@other.test")] == 0 and rows(box, "--domain", "other.test"), "a frozen message went")
        box.ctl("queue", "thaw", kind, value)
        settled(box)
        check(site.taken[(subject, "bert@other.test")] == 1, "it did not go after the thaw")


def rates(box):
    """What is beyond a rate waits with its reason and its time, is no try, and is in nobody's way; the counts outlive a restart."""
    for key, value in (("limits.remote_recipients_per_hour", 3), ("remote.messages_per_minute", 6)):
        box.ctl("config", "set", key, str(value))
    box.ctl("reload")
    good, other = SITES["good.test"], SITES["other.test"]
    subjects = send(box, "erik@good.test", sender="alice@example.com", count=5)
    (free,) = send(box, "erik@good.test", sender="bob@example.com")
    wait("three there", lambda: sum(good.taken[(subject, "erik@good.test")] for subject in subjects) == 3)
    wait("another's mail there", lambda: good.taken[(free, "erik@good.test")] == 1)
    found = waiting(box, 2)
    for row in found:
        (recipient,) = row["recipients"]
        check(recipient["last_reply"].startswith("rate of the sender: 3 recipients an hour of alice@example.com"), f"{row}")
        check(recipient["attempts"] == 0 and recipient["next_attempt"] and row["queue"] == "retry", f"{row}")
    times = sorted(row["recipients"][0]["next_attempt"] for row in found)
    check(times[0] < times[1], f"both at one time: {times}")
    box.ctl("queue", "run")
    box.ctl("restart")
    (third,) = send(box, "erik@good.test", sender="alice@example.com")
    found = waiting(box, 3)
    check(sum(good.taken[(subject, "erik@good.test")] for subject in subjects) == 3, "a run or a restart made them go")
    check(good.taken[(third, "erik@good.test")] == 0, "the counts did not outlive the restart")
    box.json("queue", "remove", "--all", "--yes")

    # To a destination: six at once, and the seventh ten seconds later.
    box.ctl("config", "unset", "limits.remote_recipients_per_hour")
    box.ctl("reload")
    subjects = send(box, "erik@other.test", count=7)
    (row,) = waiting(box, 1, "--reason", "rate of the destination: 6 messages a minute")
    check(row["recipients"][0]["attempts"] == 0 and row["recipients"][0]["next_attempt"], f"{row}")
    settled(box)
    check(all(other.taken[(subject, "erik@other.test")] == 1 for subject in subjects), "not once each")
    box.ctl("config", "unset", "remote.messages_per_minute")
    box.ctl("reload")


SITES = {"good.test": Site(), "other.test": Site(), "busy.test": Site(), "dead.test": Site(False), "gone.test": Site(False)}
INSTANCE = harness.Instance()
for option, setting in {"remote.connect_timeout": "2s", "remote.command_timeout": "2s", "remote.rest": "20s", "remote.reuse": "0s",
                        "queue.retry": '["1s", "5m"]'}.items():
    INSTANCE.ctl("config", "set", option, setting)
routes(INSTANCE)
INSTANCE.start().domain()
harness.run(INSTANCE, other_ways, other_times, a_destination_that_rests, frozen, rates)
