#!/usr/bin/env python3
"""Mail to other sites: a server that answers as it should, and those of doc/misbehaving-servers.md, which is held against what they do to
a message, what the queue says of it, what the sender is told, and that each arrives once when the server has come to its senses."""
import email
import email.policy
import os
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
import other_sites
from harness import check, message, token, wait
from other_sites import Server


def send(box, *to, sender="alice@example.com", text="a line\n.a dot\n"):
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject, sender, ", ".join(to), text), sender, list(to))
    return subject


def rows(box):
    return box.json("queue", "list")


def settled(box):
    wait("the queue empty", lambda: not rows(box), 30)


def arrives(box):
    subject = send(box, "carl@good.test", "dora@good.test", text="körper\n.a dot\n..two\n")
    wait("the message there", lambda: SERVERS["good"].taken)
    settled(box)
    (taken,) = SERVERS["good"].taken
    recipients, octets = taken.recipients, taken.octets
    check(recipients == ["carl@good.test", "dora@good.test"], f"recipients: {recipients}")
    check(b"\r\nSubject: " + subject.encode() + b"\r\n" in octets and octets.startswith(b"Received: "), "not what was sent")
    check(b"\r\n.a dot\r\n..two\r\n" in octets and b"Return-Path" not in octets, "dots, or a Return-Path")
    check(any("good.test" in line and "sink" not in line for line in box.logged("relayed")), "the log does not tell")


def one_of_three(box):
    """A 550 for one of three is reported, and that one alone."""
    before = len(box.reports())
    subject = send(box, "carl@good.test", "nobody@good.test", "dora@good.test")
    wait("a report", lambda: len(box.reports()) == before + 1)
    report = box.reports()[-1]
    text, status, original = report.iter_parts()
    fields = status.get_payload()
    check(len(fields) == 2, f"{len(fields) - 1} recipients reported")
    check(fields[1]["Final-Recipient"] == "rfc822; nobody@good.test" and fields[1]["Action"] == "failed", fields[1].as_string())
    check(fields[1]["Status"] == "5.1.1" and "550 5.1.1 <nobody@good.test> unknown here" in fields[1]["Diagnostic-Code"], fields[1].as_string())
    check("RCPT TO:<nobody@good.test>" in text.get_content(), f"no transcript: {text.get_content()}")
    check(subject in original.as_string(), "not that message")
    settled(box)
    check(SERVERS["good"].subjects()[(subject, "dora@good.test")] == 1, "the others did not get it")


def later_for_one(box):
    subject = send(box, "carl@good.test", "later@good.test")
    wait("one to wait", lambda: [row for row in rows(box) if row["queue"] == "retry"])
    (row,) = rows(box)
    states = {one["address"]: one["state"] for one in row["recipients"]}
    check(states == {"carl@good.test": "relayed", "later@good.test": "waiting"}, f"{states}")
    SERVERS["good"].mode = "healed"
    box.ctl("queue", "run")
    settled(box)
    check(set(SERVERS["good"].subjects()[(subject, who)] for who in ("carl@good.test", "later@good.test")) == {1}, "not once each")
    SERVERS["good"].mode = "good"


def seven_bit(box):
    """RFC 6152: what a server cannot take as it is is converted, or goes back where it may not be changed."""
    server = SERVERS["seven bit"]
    server.mode = "seven bit"
    subject = token()
    text = (f"From: alice@example.com\nTo: carl@seven-bit.test\nSubject: {subject}\nMIME-Version: 1.0\n"
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nkörper\n.a dot\n")
    with box.submission() as client:
        client.sendmail("alice@example.com", ["carl@seven-bit.test"], text.encode(), ["BODY=8BITMIME"])
    wait("the message there", lambda: server.subjects()[(subject, "carl@seven-bit.test")])
    octets = server.taken[-1].octets
    check(octets.isascii() and b"quoted-printable" in octets, f"not converted: {octets[-300:]}")
    got = email.message_from_bytes(octets, policy=email.policy.default).get_content().replace("\r\n", "\n")
    check(got.rstrip("\n") == "körper\n.a dot", f"another text: {got!r}")
    before = len(box.reports())
    with box.submission() as client:
        client.sendmail("alice@example.com", ["carl@seven-bit.test"], text.replace(subject, "körper").encode(), ["BODY=8BITMIME"])
    wait("a report", lambda: len(box.reports()) == before + 1)
    fields = list(box.reports()[-1].iter_parts())[1].get_payload()[1]
    check(fields["Status"] == "5.6.3" and "converted" in fields["Diagnostic-Code"], fields.as_string())
    settled(box)


def one_of_a_hundred(box):
    """451 for one recipient of a hundred: all others get it, once, and that one when it may."""
    server = SERVERS["good"]
    everyone = [f"r{number}@good.test" for number in range(99)] + ["later@good.test"]
    subject = send(box, *everyone)
    wait("one to wait", lambda: [row for row in rows(box) if row["queue"] == "retry"])
    counts = server.subjects()
    check(all(counts[(subject, who)] == (who != "later@good.test") for who in everyone), "not all others have it once")
    server.mode = "healed"
    box.ctl("queue", "run")
    settled(box)
    server.mode = "good"
    counts = server.subjects()
    check(all(counts[(subject, who)] == 1 for who in everyone), "not once each")


def domain_of(mode):
    return mode.replace(" ", "-").lower() + ".test"


def tried(box):
    """By domain, the recipient of each message that waits and was tried."""
    return {row["recipients"][0]["address"].split("@")[1]: (row["queue"], row["recipients"][0]) for row in rows(box)
            if row["recipients"][0]["attempts"] > 0}


def table(box):
    """Each server has a domain of its own; all at once, so that none is in the way of another."""
    for row in TABLE:
        SERVERS[row.mode].mode = row.mode
    before = len(box.reports())
    long_text = "a line of a message of some length, which is sent in more than one piece\n" * 2000
    subjects = {row.mode: send(box, "carl@" + domain_of(row.mode), text=long_text) for row in TABLE}
    good = send(box, "carl@good.test")
    wait("what is for a good server there", lambda: SERVERS["good"].subjects()[(good, "carl@good.test")], 20)
    waiting = [row for row in TABLE if row.fate.startswith("waits")]
    back = [row for row in TABLE if row.fate == "comes back"]
    try:
        wait("all others tried", lambda: set(tried(box)) == {domain_of(row.mode) for row in waiting} and len(rows(box)) == len(waiting), 60)
    except harness.Failed:
        raise harness.Failed(f"waiting are {sorted(tried(box))}")
    faults = []
    for row in waiting:
        queue, recipient = tried(box)[domain_of(row.mode)]
        if queue != "retry" or not recipient["next_attempt"] or row.told not in recipient["last_reply"]:
            faults.append(f"{row.mode}: in {queue}, {recipient}")
    wait("the reports", lambda: len(box.reports()) == before + len(back), 30)
    told = {fields["Final-Recipient"]: fields["Diagnostic-Code"] for report in box.reports()[before:]
            for fields in list(report.iter_parts())[1].get_payload()[1:]}
    for row in back:
        said = " ".join(told.get(f"rfc822; carl@{domain_of(row.mode)}", "").split())
        if row.told not in said:
            faults.append(f"{row.mode}: the report says {said}")
    for row in TABLE:
        taken = [one.tls for one in SERVERS[row.mode].taken]
        wanted = {"arrives in clear": [False], "arrives over TLS": [True]}.get(row.fate)
        if wanted is not None and taken != wanted:
            faults.append(f"{row.mode}: taken (over TLS: {taken})")
    for row in TABLE:  # they come to their senses
        SERVERS[row.mode].mode = "good"
    deadline = time.monotonic() + 60
    while rows(box) and time.monotonic() < deadline:
        box.ctl("queue", "run")
        time.sleep(1)
    settled(box)
    for row in TABLE:
        count = SERVERS[row.mode].subjects()[(subjects[row.mode], "carl@" + domain_of(row.mode))]
        if row.fate == "waits, may arrive twice":  # each try before the server came to its senses
            count = 1 if count >= 2 else 0
        if count != (row.fate != "comes back"):
            faults.append(f"{row.mode}: taken {count} times in the end")
    check(not faults, "doc/misbehaving-servers.md is not true:\n  " + "\n  ".join(faults))


def every_server_has_its_row(_):
    usual = {"good", "healed", "seven bit"}
    with open(other_sites.__file__, encoding="utf-8") as file:
        text = file.read()
    check(len({row.mode for row in TABLE}) == len(TABLE) > 30, "rows that are there twice, or none")
    for row in TABLE:
        check(f'"{row.mode}"' in text, f"{row.mode}: no such server")
        check(row.fate in FATES and bool(row.told) == (not row.fate.startswith("arrives")), f"{row.mode}: {row.fate}")
    known = set().union(*(getattr(other_sites, name) for name in ("GREETINGS", "HELLOS", "MAILS", "RECIPIENTS", "DATAS", "ENDS", "STARTTLS")))
    check(known - usual <= {row.mode for row in TABLE}, f"without a row: {known - usual - {row.mode for row in TABLE}}")


def dead_host(box):
    """Nobody listens: reason and next time are shown, and it goes out when the host is back."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        box.route( "dead.test", port)
        box.ctl("reload")
        subject = send(box, "carl@dead.test")
        wait("it to wait", lambda: rows(box) and rows(box)[0]["recipients"][0]["attempts"] > 0)
    (row,) = rows(box)
    (recipient,) = row["recipients"]
    check(row["queue"] == "retry" and "refused" in recipient["last_reply"] and recipient["next_attempt"], f"{row}")
    server = Server()
    box.route( "dead.test", server.port)
    box.ctl("reload")
    box.ctl("queue", "run")
    settled(box)
    check(server.subjects()[(subject, "carl@dead.test")] == 1, "it did not go out")


def killed(box):
    """All children of mdqueue: what was sent does not go again, what comes afterwards goes."""
    subject = send(box, "carl@good.test")
    settled(box)
    for child in [pid for pid in box.children("mdqueue")]:
        os.kill(child, 9)
    again = send(box, "carl@good.test")
    wait("the message there", lambda: SERVERS["good"].subjects()[(again, "carl@good.test")], 30)
    settled(box)
    check(SERVERS["good"].subjects()[(subject, "carl@good.test")] == 1, "twice")


def deadly(box):
    """A message of which the process that sends it dies: by the third time it lies in bad, and others have gone out all the same."""
    def kill():
        for child in box.children("mdqueue"):
            with open(f"/proc/{child}/comm", encoding="utf-8") as file:
                if file.read().strip() == "mdqueue/relay":
                    os.kill(child, 9)

    server = SERVERS["kills"]
    server.kill = kill
    server.mode = "kills"
    subject = send(box, "carl@kills.test")
    deadline = time.monotonic() + 40
    while not any(row["queue"] == "bad" for row in rows(box)) and time.monotonic() < deadline:
        box.ctl("queue", "run")
        time.sleep(0.5)
    (row,) = rows(box)
    check(row["queue"] == "bad" and "died" in row["recipients"][0]["last_reply"], f"{row}")
    check(server.connections == 3, f"given {server.connections} times")
    good = send(box, "carl@good.test")
    wait("another message there", lambda: SERVERS["good"].subjects()[(good, "carl@good.test")], 20)
    server.mode = "good"
    box.ctl("queue", "requeue", row["id"])
    settled(box)
    check(server.subjects()[(subject, "carl@kills.test")] == 1, "it does not go out when it is tried again")


FATES = ("arrives in clear", "arrives over TLS", "waits", "waits, may arrive twice", "comes back")
TABLE = other_sites.table()
SERVERS = {mode: Server() for mode in ["good", "seven bit", "kills", *(row.mode for row in TABLE)]}
INSTANCE = harness.Instance()
for key, value in {"remote.connect_timeout": "2s", "remote.command_timeout": "2s", "remote.data_timeout": "3s", "remote.rest": "1s",
                   "queue.retry": '["2s", "5m"]'}.items():
    INSTANCE.ctl("config", "set", key, value)
for mode in SERVERS:
    INSTANCE.route(domain_of(mode), SERVERS[mode].port)
INSTANCE.start().domain()
Server.certificate = tuple(os.path.join(INSTANCE.root, "etc/tls", name) for name in ("certificate.pem", "key.pem"))
harness.run(INSTANCE, arrives, one_of_three, later_for_one, one_of_a_hundred, seven_bit, every_server_has_its_row, table,
            dead_host, killed, deadly)
