#!/usr/bin/env python3
"""mdctl ban: who is banned is turned away by every daemon at once, and still after a kill and a restart; nobody shuts himself out by accident."""
import os
import signal
import smtplib
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, wait


def greeting(box, offset):
    """The first line that a client is told; b'' where the connection is closed without a word."""
    with socket.create_connection(("127.0.0.1", box.port(offset)), timeout=20) as client:
        return client.makefile("rb").readline()


GREETINGS = {25: (b"220 ", b"554 5.7.1 "), 587: (b"220 ", b"554 5.7.1 "), 24: (b"220 ", b"554 5.7.1 "),
             143: (b"* OK", b"* BYE "), 110: (b"+OK", b"-ERR ")}


def welcome(box):
    return all(greeting(box, offset).startswith(words[0]) for offset, words in GREETINGS.items())


def turned_away(box):
    return all(greeting(box, offset).startswith(words[1]) for offset, words in GREETINGS.items())


def own_machine_wants_a_yes(box):
    fault = box.ctl("ban", "add", "ip", "127.0.0.0/8", code=64)
    check("--yes" in fault.stderr and "127.0.0.0/8" in fault.stderr, f"what is said of a ban of loopback: {fault.stderr}")
    box.ctl("ban", "add", "ip", "0.0.0.0/0", code=64)
    check(welcome(box) and box.json("ban", "list") == [], "a ban was made without a yes")


def hosts_that_the_configuration_names_want_a_yes(box):
    with open(box.conf, encoding="utf-8") as file:
        before = file.read()
    try:
        with open(box.conf, "a", encoding="utf-8") as file:
            file.write('\n[[relay]]\nnetwork = ["192.0.2.0/28"]\n')
        box.ctl("config", "set", "smtp.xclient_hosts", '["198.51.100.7"]')
        for network, why in (("192.0.2.9", "may relay"), ("198.51.100.0/24", "may say XCLIENT")):
            fault = box.ctl("ban", "add", "ip", network, code=64)
            check("--yes" in fault.stderr and why in fault.stderr, f"what is said of a ban of {network}: {fault.stderr}")
    finally:
        with open(box.conf, "w", encoding="utf-8") as file:
            file.write(before)
        box.ctl("reload")
    check(box.json("ban", "list") == [], "a ban was made without a yes")


def an_address_is_turned_away_everywhere(box):
    check(welcome(box), "a client is not greeted")
    box.ctl("ban", "add", "ip", "127.0.0.1", "--yes", "--comment", "a case", "--for", "1h")
    check(turned_away(box), "a banned client is greeted")
    row = box.json("ban", "show", "ip", "127.0.0.1")
    check(row["reason"] == "a case" and row["who"] and row["created"] < row["expires"], f"ban show tells {row}")
    box.ctl("ban", "add", "ip", "127.0.0.1", "--yes", code=73)


def it_outlives_a_kill_and_a_restart(box):
    rows = next(row for row in box.json("status")["daemons"] if row["name"] == "mdfilterd")["children"]
    state = next(row["pid"] for row in rows if row["role"] == "state")
    os.kill(state, signal.SIGKILL)
    check(turned_away(box), "while the state child is away a banned client is greeted")
    box.stop()
    box.start()
    wait("it is turned away after a restart", lambda: turned_away(box), 20)
    box.ctl("ban", "remove", "ip", "127.0.0.1")
    check(welcome(box), "a client whose ban was removed is not greeted")
    box.ctl("ban", "remove", "ip", "127.0.0.1", code=66)


def an_account_cannot_log_in(box):
    def logs_in():
        try:
            with box.submission():
                return True
        except smtplib.SMTPAuthenticationError:
            return False
    check(logs_in(), "alice cannot log in")
    box.ctl("ban", "add", "account", "Alice@example.com")
    check(not logs_in(), "a banned account logs in by SMTP")
    with socket.create_connection(("127.0.0.1", box.port(143)), timeout=20) as client:
        file = client.makefile("rwb")
        file.readline()
        file.write(b"a LOGIN alice@example.com " + PASSWORD.encode() + b"\r\n")
        file.flush()
        check(file.readline().startswith(b"a NO"), "a banned account logs in by IMAP")
    box.ctl("ban", "remove", "account", "alice@example.com")
    check(logs_in(), "an account whose ban was removed cannot log in")


def takes_sender(box, sender):
    """Of a session of its own: one that is refused too often ends."""
    with box.smtp() as client:
        client.ehlo()
        return client.mail(sender)[0] == 250


def a_sender_is_refused_at_mail(box):
    box.ctl("ban", "add", "sender", "*@elsewhere.test", "--for", "2s")
    with box.smtp() as client:
        client.ehlo()
        code, text = client.mail("someone@elsewhere.test")
        check(code == 550 and text.startswith(b"5.7.1"), f"a banned sender is answered {code} {text}")
        check(client.mail("someone@elsewhere.example")[0] == 250, "another sender is refused")
    wait("the ban ends by itself", lambda: takes_sender(box, "someone@elsewhere.test"), 10)


def flush_removes_all(box):
    box.ctl("ban", "add", "ip", "192.0.2.0/24")
    box.ctl("ban", "add", "sender", "a@b.test")
    box.ctl("ban", "show", "ip", "192.0.2.7")
    box.ctl("ban", "show", "ip", "198.51.100.7", code=66)
    box.ctl("ban", "add", "helo", "x", code=64)
    box.ctl("ban", "flush", code=64)
    box.ctl("ban", "flush", "--dry-run")
    check(len(box.json("ban", "list")) >= 2, "bans were flushed without a yes")
    box.ctl("ban", "flush", "--yes")
    check(box.json("ban", "list") == [], "bans are left")


INSTANCE = harness.Instance()
INSTANCE.start().domain()
harness.run(INSTANCE, own_machine_wants_a_yes, hosts_that_the_configuration_names_want_a_yes, an_address_is_turned_away_everywhere,
            it_outlives_a_kill_and_a_restart, an_account_cannot_log_in, a_sender_is_refused_at_mail, flush_removes_all)
