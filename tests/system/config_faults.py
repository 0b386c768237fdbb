#!/usr/bin/env python3
"""Every fault of the configuration is told in one run, with its place and the nearest name; a bad reload changes nothing."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, token


def read(box):
    with open(box.conf, encoding="utf-8") as file:
        return file.read()


def write(box, text):
    with open(box.conf, "w", encoding="utf-8") as file:
        file.write(text)


def all_faults_at_once(box):
    good = read(box)
    try:
        write(box, 'hostnam = "x"\n' + good + '\n[smpt]\nlisten = 3\n[pop3]\nidle_timeout = "soon"\n')
        done = box.ctl("config", "check", code=78)
        said = done.stdout + done.stderr
        for word in ("hostnam", "hostname", "smpt", "smtp", "soon", f"{box.conf}:1"):
            check(word in said, f"config check does not say {word!r}: {said[:400]!r}")
    finally:
        write(box, good)
    box.ctl("config", "check")


def bad_reload_changes_nothing(box):
    good = read(box)
    before = [row["pid"] for row in box.json("status")["daemons"]]
    try:
        write(box, "this is no TOML\n" + good)
        box.ctl("reload", code=78)
        check([row["pid"] for row in box.json("status")["daemons"]] == before, "a bad reload replaced daemons")
        subject = token()
        box.send(subject)
        box.await_subjects([subject])
    finally:
        write(box, good)
    box.ctl("reload")


def start_with_a_fault(box):
    good = read(box)
    box.stop()
    try:
        write(box, good + "\n[queue]\nexpire = false\n")
        done = box.ctl("start", code=78)
        check("queue.expire" in done.stdout + done.stderr, f"start does not name the key: {done.stderr!r}")
        check(not box.processes(), "start leaves processes behind")
    finally:
        write(box, good)
    box.start()


def trust_anchors_that_are_not_there_stop_no_mail(box):
    anchors = box.ctl("config", "get", "dns.trust_anchors").stdout.strip()
    box.ctl("config", "set", "dns.trust_anchors", "/nonexistent/root.key")
    box.stop()
    box.start()
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    check(box.logged("trust-anchors-unusable file=/nonexistent/root.key"), "nothing is said of the trust anchors")
    check(box.restarts("mdsmtpd") == 0, "a worker died of them")
    box.ctl("config", "set", "dns.trust_anchors", f'"{anchors.strip(chr(34))}"')


def wrong_use(box):
    done = box.ctl("account", "add", "no-at-sign", "--password-stdin", stdin="x\n", code=64)
    check(len(done.stderr.strip().splitlines()) == 1, f"an error is more than a line: {done.stderr!r}")
    box.ctl("account", "show", "nobody@example.com", code=66)
    box.ctl("domain", "add", "example.com", code=73)
    box.ctl("nonsense", code=64)


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, all_faults_at_once, bad_reload_changes_nothing, start_with_a_fault, trust_anchors_that_are_not_there_stop_no_mail, wrong_use)
