#!/usr/bin/env python3
"""Everything at once: local mail, an alias, forwards, mail to good, bad and unreachable sites, reports, an administrator at the queue,
reloads, kills of daemons and their children, a DNS outage, a full spool. At the end every message that was taken is accounted for: delivered once,
reported, removed by the administrator, or in a queue with a reason; and the account is printed.

MDMAIL_LONG=1: ten minutes of it instead of twenty seconds. The full spool needs root (mount namespace)."""
import collections
import json
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import full_disk
import harness
import relay_faults
import traffic
from harness import LONG, check
from other_sites import Server
from traffic import ALICE

SECONDS = 600 if LONG else 20
SITES = {"good": Server(), "second": Server(), "flaky": Server(), "refuses": Server("rejects"), "asked": Server()}
STRANGER = "someone@elsewhere.test"

# `sent`: arguments of try_send; `holders`: who has a copy in the end; `refused`: who is reported to alice.
Kind = collections.namedtuple("Kind", "name sent holders refused", defaults=[()])
KINDS = [
    Kind("local", [["bob@example.com"]], ["bob@example.com"]),
    Kind("from outside", [["bob@example.com", "carol@example.com"], STRANGER], ["bob@example.com", "carol@example.com"]),
    Kind("alias", [["team@example.com"]], ["bob@example.com", "carol@example.com", "erik@good.test"]),
    Kind("forward with a copy", [["dave@example.com"]], ["dave@example.com", "dora@good.test"]),
    Kind("forward without", [["eve@example.com"]], ["carl@second.test"]),
    Kind("good sites", [["carl@good.test", "dora@second.test"]], ["carl@good.test", "dora@second.test"]),
    Kind("one of three unknown", [["bob@example.com", "carl@good.test", "nobody@good.test"]], ["bob@example.com", "carl@good.test"],
         ["nobody@good.test"]),
    Kind("changing moods", [["carl@flaky.test", "erik@flaky.test"]], ["carl@flaky.test", "erik@flaky.test"]),
    Kind("refusing site", [["carl@refuses.test"]], [], ["carl@refuses.test"]),
    Kind("a host by its name", [["carl@asked.test", "bob@example.com"]], ["carl@asked.test", "bob@example.com"]),
]
NAMES = {("mx.asked.test", "A"): "127.0.0.1"}


class Administrator:
    """Verbs of the queue, at random, several at a time; remembers by subject what was removed or returned."""

    def __init__(self, box, load):
        self.box, self.load = box, load
        self.choice = random.Random(11)
        self.touched = {}
        self.done = collections.Counter()

    def work(self):
        while self.load.running():
            self.load.rest(0.5)
            self.act(self.choice.choice(["hold", "release", "requeue", "run", "show", "stats", "freeze", "remove", "bounce", "move"]))

    def act(self, verb):
        listed = self.box.try_ctl("--json", "queue", "list")
        rows = json.loads(listed.stdout) if listed.returncode == 0 else []
        if verb == "stats":
            self.note(verb, self.box.try_ctl("--json", "queue", "stats"))
        elif verb == "freeze":
            self.note(verb, self.box.try_ctl("queue", "freeze", "--domain", "second.test"))
            self.load.rest(1)
            self.box.try_ctl("queue", "thaw", "--domain", "second.test")
        elif rows:
            self.act_on(verb, self.choice.choice([row for row in rows if row["queue"] == "retry"] or rows)["id"])

    def act_on(self, verb, one):
        if verb in ("remove", "bounce"):
            if sum(verb == done for done in self.touched.values()) * 20 > len(self.load.sent):
                return
            shown = self.box.try_ctl("queue", "cat", one)
            subjects = [line[9:] for line in shown.stdout.splitlines() if line.startswith("Subject: ")]
            if shown.returncode != 0 or "multipart/report" in shown.stdout or not subjects:
                return
            self.touched[subjects[0]] = verb  # whatever is answered: it may have been done
        words = {"move": ["move", "retry", one], "remove": ["remove", one, "--yes"], "bounce": ["bounce", one, "--yes"]}
        self.note(verb, self.box.try_ctl("queue", *words.get(verb, [verb, one])))

    def note(self, verb, done):
        check(done.returncode in (0, 1, 66, 69, 75), f"queue {verb}: {done.returncode} {done.stderr[-300:]}")
        self.done[verb if done.returncode == 0 else f"{verb} ({done.returncode})"] += 1


def reload(box, load):
    while load.running():
        load.rest(25 if LONG else 9)
        box.try_ctl("reload")


def lose_dns(box, load):
    while load.running():
        load.rest(5)
        for key in NAMES:
            box.names.pop(key, None)
        load.rest(4)
        box.names.update(NAMES)


def fill(box, load):
    """The spool has no room for a while."""
    load.rest(SECONDS / 3)
    with full_disk.Ballast(box, "spool"):
        load.rest(SECONDS / 10)


def let_go(box):
    """What was held or frozen goes on, and everything has its end or its reason."""
    box.try_ctl("stop")
    box.start()
    for words in (["thaw", "--domain", "second.test"], ["release", "--queue", "holding"], ["requeue", "--queue", "bad"]):
        box.try_ctl("queue", *words)
    end = time.monotonic() + (300 if LONG else 90)
    while time.monotonic() < end and box.json("queue", "list"):
        box.try_ctl("queue", "run")
        time.sleep(1)


def waiting(box):
    """By subject and recipient, the queue and the reason of what is still there."""
    found = {}
    for row in box.json("queue", "list"):
        text = box.ctl("queue", "cat", row["id"]).stdout
        subject = next((line[9:] for line in text.splitlines() if line.startswith("Subject: ")), "")
        for one in row["recipients"]:
            if one["state"] == "waiting":
                found[(subject, one["address"])] = f"{row['queue']}: {one['last_reply']}"
    return found


class Account:
    """What became of each copy."""

    def __init__(self, box, load, touched):
        self.load, self.touched = load, touched
        self.elsewhere = {}
        for server in SITES.values():
            self.elsewhere.update(server.history())
        self.here = {who: collections.Counter(box.subjects(who)) for who in ("bob@example.com", "carol@example.com", "dave@example.com")}
        self.reports = traffic.reported(box)
        self.waiting = waiting(box)
        self.table = collections.defaultdict(collections.Counter)
        self.faults = []
        for subject, kind in load.sent:
            for who in kind.holders:
                self.table[kind.name][self.fate(subject, who, False)] += 1
            for who in kind.refused:
                self.table[kind.name][self.fate(subject, who, True)] += 1

    def fate(self, subject, who, refused):
        times = len(self.elsewhere.get((subject, who), ())) if who not in self.here else self.here[who][subject]
        if refused and self.reports[(subject, who)]:
            return "reported" if self.reports[(subject, who)] == 1 else "reported again"
        if times:
            return "delivered once" if times == 1 else "delivered again"
        if (subject, who) in self.waiting:
            return "waits: " + self.waiting[(subject, who)][:60]
        if subject in self.touched:
            return "removed or returned by the administrator"
        self.faults.append(f"{subject} for {who}: lost")
        return "LOST"

    def local_doubles(self):
        return sum(count - 1 for who in self.here for count in self.here[who].values() if count > 1)

    def show(self):
        for name, fates in self.table.items():
            print(f"    {name}: " + ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())))


def everything_at_once(box):
    load = traffic.Load(box, SECONDS, KINDS, senders=6)
    administrator = Administrator(box, load)
    load.add(load.change_mood, SITES["flaky"]).add(load.revive)
    for _ in range(3):
        load.add(administrator.work)
    load.add(load.kill, ["mdqueue", "mdsmtpd", "mdfilterd"], 1, 3).add(reload, box, load).add(lose_dns, box, load)
    if full_disk.INSIDE in os.environ:
        load.add(fill, box, load)
    load.run()
    let_go(box)
    account = Account(box, load, administrator.touched)
    repeats = traffic.repeats(account.elsewhere, load.kills)
    print(f"{len(load.sent)} messages in {SECONDS} s, {len(load.kills)} kills, verbs {dict(administrator.done)}; "
          f"other sites got {repeats.count} again, {repeats.unanswered} of them where they had not answered, the others {repeats.before_kill:.1f} s or less before a kill; "
          f"mailboxes got {account.local_doubles()} again")
    account.show()
    check(len(load.sent) > 20, "hardly anything was taken")
    check(not account.faults, f"{len(account.faults)} lost: {account.faults[:5]}")
    check(not repeats.unexplained, f"came again though their 250 was sent, and nobody was killed: {repeats.unexplained[:5]}")
    check(account.local_doubles() <= len(load.kills), f"{account.local_doubles()} doubles in mailboxes")


def instance():
    box = relay_faults.instance(SITES, "64M")
    box.names.update(NAMES)
    box.route("asked.test", SITES["asked"].port, "mx.asked.test")
    box.ctl("reload")
    box.domain(accounts=("alice", "bob", "carol", "dave", "eve"))
    box.ctl("alias", "add", "team@example.com", "bob@example.com", "carol@example.com", "erik@good.test")
    box.ctl("account", "forward", "add", "dave@example.com", "dora@good.test")
    box.ctl("account", "forward", "add", "eve@example.com", "carl@second.test", "--no-keep")
    return box


if __name__ == "__main__":
    if full_disk.INSIDE not in os.environ:
        code = full_disk.enter()
        if code is not None:
            sys.exit(code)
    harness.run(instance(), everything_at_once)
