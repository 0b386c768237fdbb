#!/usr/bin/env python3
"""Processes killed at any instant under load: every acknowledged message is there, and what is there twice is no more than the kills."""
import os
import random
import signal
import smtplib
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import LONG, check, message, token, wait

SECONDS = 120 if LONG else 15
ENOUGH = 21  # messages, for the case to say anything


class Senders:
    def __init__(self, box, end):
        self.box, self.end, self.acknowledged = box, end, []
        self.threads = [threading.Thread(target=self.send) for _ in range(6)] + [threading.Thread(target=self.revive)]

    def send(self):
        while time.monotonic() < self.end:
            subject = token()
            try:
                with self.box.smtp(timeout=10) as client:
                    client.send_message(message(subject), "someone@elsewhere.test", ["bob@example.com"])
                    self.acknowledged.append(subject)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)

    def revive(self):
        while time.monotonic() < self.end:
            self.box.try_ctl("start")
            time.sleep(1)


def kill_at_random(box, names):
    """Kills processes of those daemons, parents and children alike, while mail comes in."""
    choice = random.Random(7)
    load = Senders(box, time.monotonic() + SECONDS)
    for thread in load.threads:
        thread.start()
    kills = 0
    pause = 1
    while time.monotonic() < load.end:
        time.sleep(pause * choice.uniform(0.2, 0.6))
        if time.monotonic() > load.end - 1 and len(load.acknowledged) < ENOUGH and pause < 16:
            load.end += SECONDS  # a slow machine: daemons die before they take anything
            pause *= 2
        victims = [pid for name in names for pid in box.processes(name)]
        if victims:
            try:
                os.kill(choice.choice(victims), signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                pass
    for thread in load.threads:
        thread.join()
    return load.acknowledged, kills


def settle(box, acknowledged, kills):
    box.try_ctl("stop")
    box.start()
    check(len(acknowledged) >= ENOUGH, f"only {len(acknowledged)} messages were taken in {SECONDS} s with {kills} kills")
    wait(f"all {len(acknowledged)} acknowledged messages", lambda: set(acknowledged) <= set(box.subjects()), 60)
    got = box.subjects()
    doubles = len(got) - len(set(got))
    print(f"{len(acknowledged)} acknowledged, {kills} kills, {doubles} doubled")
    check(doubles <= kills, f"{doubles} doubled with {kills} kills")


def receipt(box):
    settle(box, *kill_at_random(box, ["mdsmtpd"]))


def queue(box):
    settle(box, *kill_at_random(box, ["mdqueue"]))


def filter_and_all(box):
    settle(box, *kill_at_random(box, harness.DAEMONS))


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, receipt, queue, filter_and_all)
