#!/usr/bin/env python3
"""Faults of this machine while mail goes to other sites: children of mdqueue that are killed at any instant, a full disk when the 250 comes,
no descriptor left, a clock that is set. Each message arrives; what arrives twice is no more than RFC 5321 §6.1 leaves open: its host had
it, and whoever heard the 250 was killed or heard none.

MDMAIL_LONG=1: kills for three minutes instead of fifteen seconds. The full disk needs root (mount namespace)."""
import collections
import glob
import os
import resource
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import full_disk
import harness
import traffic
from harness import LONG, Skipped, check, wait
from other_sites import Server
from traffic import send, settle

SECONDS = 180 if LONG else 15
# Sent to whom; refused are those of `refused`.
Kind = collections.namedtuple("Kind", "sent refused", defaults=[()])
KINDS = [Kind([["carl@good.test"]]), Kind([["carl@good.test", "dora@second.test", "nobody@good.test"]], ["nobody@good.test"]),
         Kind([["carl@flaky.test"]]), Kind([["dora@second.test", "erik@flaky.test"]]), Kind([["carl@refuses.test"]], ["carl@refuses.test"])]


def kills(box):
    load = traffic.Load(box, SECONDS, KINDS)
    load.add(load.change_mood, SERVERS["flaky"]).add(load.revive).add(load.kill, ["mdqueue"], 0.2, 0.8)
    load.run()
    box.try_ctl("stop")
    box.start()
    settle(box)
    check(len(load.sent) > 20, f"only {len(load.sent)} messages were taken, with {len(load.kills)} kills")
    history = {}
    for server in SERVERS.values():
        history.update(server.history())
    wanted = {(subject, who) for subject, kind in load.sent for who in kind.sent[0] if who not in kind.refused}
    refused = {(subject, who) for subject, kind in load.sent for who in kind.refused}
    lost = wanted - set(history)
    check(not lost, f"{len(lost)} of {len(wanted)} did not arrive, such as {sorted(lost)[:3]}")
    repeats = traffic.repeats({key: times for key, times in history.items() if key in wanted}, load.kills)
    back = traffic.reported(box)
    silent = refused - set(back)
    doubles = sum(back[key] - 1 for key in refused & set(back))
    print(f"{len(load.sent)} messages for {len(wanted)} recipients of other sites, {len(load.kills)} kills: {repeats.count} came again, "
          f"{repeats.unanswered} of them because their host had not answered, the others {repeats.before_kill:.1f} s or less before a kill; "
          f"{len(refused)} refused, {doubles} of them reported twice")
    check(not repeats.unexplained, f"came again though their 250 was sent, and nobody was killed: {repeats.unexplained[:5]}")
    check(not silent, f"{len(silent)} refusals were not reported, such as {sorted(silent)[:3]}")
    check(doubles <= len(load.kills), f"{doubles} reports twice")


def rows(box):
    return box.json("queue", "list")


def full_spool(box):
    """The 250 for eighty recipients comes when there is no room for their progress; then that of the message's other host, and another's."""
    if full_disk.INSIDE not in os.environ:
        raise Skipped("needs root, unshare(1) and a system that lets it make a mount namespace")
    gates = [SERVERS["good"], SERVERS["second"], SERVERS["flaky"]]
    for server in gates:
        server.gate.clear()
    before, told = full_disk.restarts(box), len(box.logged("queue-fault"))
    many = [f"r{number}@good.test" for number in range(80)]
    first = send(box, *many, "dora@second.test")
    other = send(box, "carl@flaky.test")
    wait("all three hosts have the message, and say nothing", lambda: all(server.waiting for server in gates), 30)
    try:
        with full_disk.Ballast(box, "spool"):
            SERVERS["good"].gate.set()
            wait("the first host has answered", lambda: [line for line in box.logged("relayed") if many[-1] in line], 30)
            SERVERS["second"].gate.set()
            SERVERS["flaky"].gate.set()
            wait("another's message is not in the way", lambda: [line for line in box.logged("relayed") if "carl@flaky.test" in line], 20)
            wait("it is told", lambda: any("No space" in line for line in box.logged("queue-fault")[told:]), 30)
            time.sleep(3)  # it is tried again, in vain
            full_disk.no_child_died(box, before)
    finally:
        for server in gates:
            server.gate.set()
    settle(box)
    counts = SERVERS["good"].subjects() + SERVERS["second"].subjects() + SERVERS["flaky"].subjects()
    wrong = {who: counts[(first, who)] for who in many + ["dora@second.test"] if counts[(first, who)] != 1}
    check(not wrong, f"not once each: {wrong}")
    check(counts[(other, "carl@flaky.test")] == 1, "the other's message is not there once")
    full_disk.no_child_died(box, before)


def roles(box):
    """Process ids of mdqueue's children by role."""
    found = collections.defaultdict(list)
    alive = box.children("mdqueue")
    for line in box.logged("child-started"):
        words = dict(word.split("=", 1) for word in line.split() if "=" in word)
        if "mdqueue" in line and int(words["child_pid"]) in alive:
            found[words["role"]].append(int(words["child_pid"]))
    return found


def need_plain_build(why):
    program = os.path.join(harness.programs(), "src/mdqueue/mdqueue")
    with open(program, "rb") as file:
        if b"__ubsan_handle_dynamic_type" in file.read():
            raise Skipped("the sanitizer of this build " + why)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_descriptors(box):
    """As many as are open and no more, in the manager and in each relay child: it is told, nothing is lost, nothing spins."""
    need_plain_build("needs descriptors itself, and ends a child that has none")
    pids = roles(box)["relay"] + roles(box)["manager"]
    check(len(pids) >= 2, f"children: {dict(roles(box))}")
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in pids}
    before = len(box.logged("")), {pid: processor_seconds(pid) for pid in pids}
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), limits[pid][1]))
    began = time.monotonic()
    sent = [(send(box, who), who) for who in ["carl@good.test", "dora@second.test", "erik@flaky.test"] * 3]
    time.sleep(4)
    busy = {pid: processor_seconds(pid) - before[1][pid] for pid in pids}
    took = time.monotonic() - began
    lines = box.logged("")[before[0]:]
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits[pid])
    settle(box)
    counts = SERVERS["good"].subjects() + SERVERS["second"].subjects() + SERVERS["flaky"].subjects()
    wrong = {key: counts[key] for key in sent if counts[key] != 1}
    check(not wrong, f"not once each: {wrong}")
    told = [line for line in lines if "descriptor" in line or "Too many open files" in line]
    print(f"{len(told)} lines tell of it; processor time {sum(busy.values()):.1f} s of {took:.1f} s")
    check(told, "nothing is said of it")
    check(len(lines) < 100 * len(sent), f"{len(lines)} lines in the log")
    check(all(seconds < 0.8 * took for seconds in busy.values()), f"something spins: {busy} in {took:.1f} s")
    check(set(pids) <= set(box.children("mdqueue")), "a child died of it")


def set_clock(box):
    """A year ahead, back again, and an hour back, while a message waits: it is told, and it neither goes back nor waits longer for it."""
    need_plain_build("wants to be the first library")
    library = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)
    if not library:
        raise Skipped("libfaketime is not installed")
    offset = os.path.join(box.root, "offset")

    def set_by(text):
        with open(offset + ".new", "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.rename(offset + ".new", offset)

    def attempts():
        row = next((row for row in rows(box) if row["recipients"][0]["address"] == "carl@flaky.test"), None)
        check(row, "it waits no more")
        return row["recipients"][0]["attempts"]

    set_by("+0")
    environment = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                   "DONT_FAKE_MONOTONIC": "1"}
    box.stop()
    os.environ.update(environment)
    box.start()
    for name in environment:
        del os.environ[name]
    SERVERS["flaky"].mode = "defers"
    subject = send(box, "carl@flaky.test")
    wait("it was tried", lambda: rows(box) and attempts() > 0, 30)
    try:
        for text, told, times in [("+365d", "set ahead by", 1), ("+0", "set back by", 1), ("-3600", "set back by", 2)]:
            before = attempts()
            set_by(text)
            wait(f"{text} is told", lambda: len(box.logged("the clock was " + told)) == times, 70)
            wait(f"it is tried twice after {text}", lambda: attempts() >= before + 2, 30)
        SERVERS["flaky"].mode = "good"
        settle(box)
        check(SERVERS["flaky"].subjects()[(subject, "carl@flaky.test")] == 1, "it did not arrive once")
        check(not [key for key in traffic.reported(box) if key[0] == subject], "it went back")
    finally:
        SERVERS["flaky"].mode = "good"
        box.stop()
        box.start()


def instance(sites, room):
    """Started, without domains; its spool is a disk of its own where that can be made."""
    box = harness.Instance()
    if full_disk.INSIDE in os.environ:
        path = os.path.join(box.root, "spool")
        os.makedirs(path, mode=0o700, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room},mode=700", "tmpfs", path], check=False).returncode:
            sys.exit(90)
    for key, value in {"remote.connect_timeout": "2s", "remote.command_timeout": "2s", "remote.data_timeout": "5m", "remote.rest": "1s",
                       "remote.longest_rest": "2s", "queue.retry": '["1s", "2s", "3s"]'}.items():
        box.ctl("config", "set", key, value)
    for name, server in sites.items():
        box.route(name + ".test", server.port)
    return box.start()


SERVERS = {name: Server() for name in ("good", "second", "flaky")}
SERVERS["refuses"] = Server("rejects")

if __name__ == "__main__":
    if full_disk.INSIDE not in os.environ:
        code = full_disk.enter()
        if code is not None:
            sys.exit(code)
    harness.run(instance(SERVERS, "24M").domain(), full_spool, no_descriptors, set_clock, kills)
