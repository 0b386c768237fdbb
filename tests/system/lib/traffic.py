"""Traffic for cases that disturb it: senders, servers of changing mood, somebody who kills and somebody who starts again, and the account
of what became of each message."""
import collections
import os
import random
import signal
import smtplib
import threading
import time

from harness import check, message, token, wait

ALICE = "alice@example.com"
MOODS = ["good", "silent", "closes in data", "no 250", "421 in data", "good", "defers"]


def try_send(box, recipients, sender=ALICE):
    """The subject, once the message was taken; none: it was not, or nobody said so. `sender`: another comes by SMTP."""
    subject = token()
    try:
        with box.submission() if sender == ALICE else box.smtp() as client:
            refused = client.send_message(message(subject, sender, ", ".join(recipients)), sender, recipients)
        return None if refused else subject
    except (OSError, smtplib.SMTPException):
        return None


def send(box, *recipients):
    return wait("a message is taken", lambda: try_send(box, list(recipients)), 60)


def settle(box, seconds=120):
    """Until nothing waits any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        box.try_ctl("queue", "run")
        time.sleep(1)
        done = box.try_ctl("--json", "queue", "list")
        if done.returncode == 0 and done.stdout.strip() == "[]":
            return
    check(False, "still in the queue: " + str(box.json("queue", "list")[:3])[:600])


class Load:
    """Runs its actors side by side until the time is over. `kinds`: what messages are for: each is sent as often as the others."""

    def __init__(self, box, seconds, kinds, senders=4):
        self.box, self.end, self.kinds = box, time.monotonic() + seconds, kinds
        self.sent = []  # (subject, kind)
        self.kills = []  # when
        self.faults = []
        self.actors = [(self.send, number) for number in range(senders)]

    def add(self, actor, *words):
        self.actors.append((actor, *words))
        return self

    def run(self):
        threads = [threading.Thread(target=self.guarded, args=actor) for actor in self.actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not self.faults, f"an actor ended: {self.faults}")

    def guarded(self, actor, *words):
        try:
            actor(*words)
        except Exception as fault:  # told by run(); the others go on
            self.faults.append(repr(fault))

    def running(self):
        return time.monotonic() < self.end

    def rest(self, seconds):
        time.sleep(max(0, min(seconds, self.end - time.monotonic())))

    # Actors

    def send(self, number):
        choice = random.Random(number)
        while self.running():
            kind = choice.choice(self.kinds)
            subject = try_send(self.box, *kind.sent)
            if subject:
                self.sent.append((subject, kind))
            self.rest(choice.uniform(0, 0.2))

    def change_mood(self, server, moods=MOODS):
        for number in range(1_000_000):
            if not self.running():
                break
            server.mode = moods[number % len(moods)]
            self.rest(0.7)
        server.mode = "good"

    def revive(self):
        while self.running():
            self.box.try_ctl("start")
            self.rest(1)

    def kill(self, daemons, least, most):
        """A process of those daemons, parents among them, each so many seconds."""
        choice = random.Random(5)
        while self.running():
            self.rest(choice.uniform(least, most))
            victims = [pid for daemon in daemons for pid in self.box.processes(daemon)]
            if not victims or not self.running():
                continue
            try:
                os.kill(choice.choice(victims), signal.SIGKILL)
                self.kills.append(time.monotonic())
            except ProcessLookupError:
                pass


Repeats = collections.namedtuple("Repeats", "unexplained count unanswered before_kill")


def repeats(history, kills):
    """What came more than once. unexplained: though its 250 was sent, and nobody was killed from the first one's DATA to the second;
    unanswered: how many came after no answer; before_kill: of the others, how many seconds at most lay between a 250 and a kill."""
    found, count, unanswered, longest = [], 0, 0, 0.0
    for key, times in history.items():
        for first, second in zip(times, times[1:]):
            count += 1
            if not first.answered:
                unanswered += 1
                continue
            near = [kill - first.time for kill in kills if first.began <= kill <= second.time]
            if near:
                longest = max(longest, *near[:1])
            else:
                found.append(f"{key}: taken at {first.time:.2f} and {second.time:.2f}")
    return Repeats(found, count, unanswered, longest)


def reported(box):
    """How often each failure was reported to alice: by subject and recipient."""
    count = collections.Counter()
    for report in box.reports():
        _, status, original = report.iter_parts()
        subject = next(line.split(":", 1)[1].strip() for line in original.as_string().splitlines() if line.startswith("Subject:"))
        for fields in status.get_payload()[1:]:
            if fields["Action"] == "failed":
                count[(subject, fields["Final-Recipient"].split(";")[1].strip())] += 1
    return count
