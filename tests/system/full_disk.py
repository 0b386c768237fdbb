#!/usr/bin/env python3
"""Real full disks, small ones made for this: of the intake, of the store, of store and spool at once. Clients are told to come again, what
was taken is kept and arrives once when there is room, and the daemons live on. Needs root (mount namespace)."""
import concurrent.futures
import os
import shutil
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Skipped, check, message, token, wait

INSIDE = "MDMAIL_OWN_MOUNTS"
SIZES = {"intake": "40M", "store": "24M", "spool": "8M"}
TEXT = "a line of a message that takes some room on a small disk\n" * 600


class Ballast:
    """Fills a disk to the last octet while the block runs."""

    def __init__(self, box, *disks):
        self.paths = [os.path.join(box.root, disk, ".ballast") for disk in disks]

    def __enter__(self):
        for path in self.paths:
            with open(path, "wb", buffering=0) as file:
                try:
                    while file.write(bytes(1 << 16)):
                        pass
                except OSError:
                    pass
        return self

    def __exit__(self, *_):
        for path in self.paths:
            os.remove(path)


def send(box, subjects):
    """(those that were answered 250, the codes of the others)"""
    taken, refused = [], []
    for subject in subjects:
        try:
            with box.smtp(timeout=60) as client:
                client.send_message(message(subject, "someone@elsewhere.test", text=TEXT), from_addr="someone@elsewhere.test",
                                    to_addrs=["bob@example.com"])
                taken.append(subject)
        except smtplib.SMTPRecipientsRefused as fault:
            refused += [code for code, _ in fault.recipients.values()]
        except smtplib.SMTPResponseException as fault:
            refused.append(fault.smtp_code)
    return taken, refused


def send_beside(box, clients, each):
    """The same of several clients at a time."""
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        results = list(pool.map(lambda _: send(box, [token() for _ in range(each)]), range(clients)))
    return [one for taken, _ in results for one in taken], [code for _, refused in results for code in refused]


def lives_on(box, restarts):
    subject = token()
    wait("mail is taken again", lambda: send(box, [subject])[0], 60)
    box.await_subjects([subject], seconds=60)
    no_child_died(box, restarts)


def no_child_died(box, restarts):
    for daemon, before in restarts.items():
        check(box.restarts(daemon) == before, f"a child of {daemon} died")


def restarts(box):
    return {daemon: box.restarts(daemon) for daemon in ("mdsmtpd", "mdqueue", "mdimapd")}


def intake(box):
    before = restarts(box)
    with Ballast(box, "intake"):
        taken, refused = send_beside(box, 8, 60)
    check(refused, "all was taken, so the disk was never full")
    check(all(code in (450, 451, 452) for code in refused), f"clients are told {sorted(set(refused))}")
    check(box.logged("smtp-not-stored"), "nothing is said of the full disk")
    box.await_subjects(taken, seconds=120)
    lives_on(box, before)


def store(box):
    before = restarts(box)
    with Ballast(box, "store"):
        taken, refused = send_beside(box, 4, 5)
        check(not refused and len(taken) == 20, f"a store that is full refuses mail that can wait: {len(taken)} taken, {refused}")
        wait("they wait", lambda: len(box.json("queue", "list")) == len(taken), 60)
        check(all("local error" in row["recipients"][0]["last_reply"] for row in rows_in_full(box)), f"the queue: {rows_in_full(box)[:1]}")
        check(not set(taken) & set(box.subjects()), "there was room")
    box.ctl("queue", "run", "--all")
    box.await_subjects(taken, seconds=120)
    wait("the queue is empty", lambda: box.json("queue", "list") == [], 20)
    lives_on(box, before)


def rows_in_full(box):
    return [box.json("queue", "show", row["id"]) for row in box.json("queue", "list")]


def store_and_spool(box):
    """What has no place in the spool stays in the journal, through a restart, too."""
    before, told = restarts(box), len(box.logged("queue-fault"))
    with Ballast(box, "store", "spool"):
        taken, refused = send_beside(box, 4, 5)
        check(not refused and len(taken) == 20, f"mail that can wait is refused: {len(taken)} taken, {refused}")
        wait("it is told", lambda: len(box.logged("queue-fault")) > told, 60)
        no_child_died(box, before)
        box.stop()
        box.start()
        before = restarts(box)
        more, _ = send(box, [token() for _ in range(3)])
    wait("all are there", lambda: box.ctl("queue", "run", "--all") and set(taken + more) <= set(box.subjects()), 120)
    box.await_subjects(taken + more)
    lives_on(box, before)


def enter():
    """Starts this program again where mounts are its own; its exit code."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or not unshare:
        return None
    if subprocess.run([unshare, "--mount", "true"], capture_output=True, check=False).returncode:
        return None
    done = subprocess.run([unshare, "--mount", sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"}, check=False)
    return None if done.returncode == 90 else done.returncode


def cannot(box):
    raise Skipped("needs root, unshare(1) and a system that lets it make a mount namespace")


def instance():
    box = harness.Instance()
    for disk, size in SIZES.items():
        path = os.path.join(box.root, disk)
        os.makedirs(path, mode=0o700, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", path], check=False).returncode:
            sys.exit(90)
    box.ctl("config", "set", "intake.segment_size", "1M")
    box.ctl("config", "set", "queue.retry", '["1h"]')
    box.start().domain()
    box.send("the first makes the mailbox")
    box.await_subjects(["the first makes the mailbox"])
    return box


if __name__ == "__main__":
    if INSIDE in os.environ:
        harness.run(instance(), intake, store, store_and_spool)
    code = enter()
    if code is None:
        harness.run(None, cannot)
    sys.exit(code)
