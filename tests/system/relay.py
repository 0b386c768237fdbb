#!/usr/bin/env python3
"""Mail to other sites: a server that answers as it should, and a table of servers that do not; what each does to a message, what the
queue says of it, what the sender is told, and that each message arrives once when the server has come to its senses."""
import collections
import email
import email.policy
import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait


class Server:
    """SMTP on a port of its own, as badly as `mode` says. What it took: [(recipients, octets)]."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.mode = "good"
        self.taken = []
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            stream = self.socket.accept()[0]
            self.connections += 1
            threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    def serve(self, stream):
        try:
            stream.settimeout(30)
            self.talk(stream, stream.makefile("rb"))
        except (OSError, ValueError):
            pass
        finally:
            stream.close()

    def talk(self, stream, lines):
        mode = self.mode
        say = lambda text: stream.sendall(text.encode() + b"\r\n")
        if mode == "silent":
            time.sleep(30)
        if mode == "closes":
            return
        if mode == "nonsense":
            return stream.sendall(b"\x16\x03\x01 hello\r\n")
        if mode == "endless":
            while True:
                stream.sendall(b"220-" + b"x" * 1000 + b"\r\n")
        if mode == "trickle":
            while True:
                stream.sendall(b"2")
                time.sleep(0.3)
        if mode == "busy":
            return say("421 4.3.2 too many connections")
        if mode == "no mail":
            return say("554 5.3.2 no mail here")
        say("220 sink.test ESMTP")
        recipients = []
        for line in lines:
            mode = self.mode  # connections are used again
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                if mode == "old":
                    say("500 5.5.1 what is that")
                else:
                    stream.sendall(b"250-sink.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
                                   + (b"250-8BITMIME\r\n" if mode != "seven bit" else b"")
                                   + (b"250-STARTTLS\r\n" if mode == "bad tls" else b"") + b"250 SIZE 1000000\r\n")
            elif word == b"STARTTLS":
                say("220 2.0.0 go ahead")
                return stream.sendall(b"no TLS at all")
            elif word.startswith(b"RCPT"):
                who = line.split(b"<")[1].split(b">")[0].decode()
                if who.startswith("nobody") or mode == "refuses":
                    say("550 5.1.1 <" + who + "> unknown here")
                elif (who.startswith("later") and mode != "healed") or mode == "defers":
                    say("451 4.2.1 try again")
                else:
                    recipients.append(who)
                    say("250 2.1.5 fine")
            elif word == b"DATA":
                if not recipients:
                    say("503 5.5.1 nobody is there to get it")
                    continue
                say("354 go on")
                if mode == "421 in data":
                    lines.readline()
                    return say("421 4.3.2 going down")
                octets = b""
                for text in lines:
                    if mode == "closes in data":
                        return
                    if text == b".\r\n":
                        break
                    check(text.endswith(b"\r\n"), "a line end that is none")
                    octets += text[1:] if text.startswith(b"..") else text
                else:
                    return
                if mode == "full":
                    say("452 4.3.1 the disk is full")
                    recipients = []
                    continue
                if mode == "rejects":
                    say("554 5.7.1 not wanted")
                    recipients = []
                    continue
                self.taken.append((recipients, octets))
                recipients = []
                say("250 2.0.0 taken")
            elif word.startswith(b"MAIL"):
                recipients = []
                say("250 2.1.0 fine" if mode != "liar" else "299-what\r\n250 is that")
            elif word == b"QUIT":
                return say("221 2.0.0 bye")
            else:
                say("250 2.0.0 fine")

    def subjects(self):
        """How often each was taken, by recipient."""
        count = collections.Counter()
        for recipients, octets in self.taken:
            subject = email.message_from_bytes(octets)["Subject"]
            for who in recipients:
                count[(subject, who)] += 1
        return count


def send(box, *to, sender="alice@example.com", text="a line\n.a dot\n"):
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject, sender, ", ".join(to), text), sender, list(to))
    return subject


def rows(box):
    return box.json("queue", "list")


def settled(box):
    wait("the queue empty", lambda: not rows(box), 30)


def reports(box, account="alice@example.com"):
    client = box.imap(account)
    try:
        data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        found = [email.message_from_bytes(row[1], policy=email.policy.default) for row in data if isinstance(row, tuple)]
        return [one for one in found if one.get_content_type() == "multipart/report"]
    finally:
        client.logout()


def arrives(box):
    subject = send(box, "carl@good.test", "dora@good.test", text="körper\n.a dot\n..two\n")
    wait("the message there", lambda: SERVERS["good"].taken)
    settled(box)
    ((recipients, octets),) = SERVERS["good"].taken
    check(recipients == ["carl@good.test", "dora@good.test"], f"recipients: {recipients}")
    check(b"\r\nSubject: " + subject.encode() + b"\r\n" in octets and octets.startswith(b"Received: "), "not what was sent")
    check(b"\r\n.a dot\r\n..two\r\n" in octets and b"Return-Path" not in octets, "dots, or a Return-Path")
    check(any("good.test" in line and "sink" not in line for line in box.logged("relayed")), "the log does not tell")


def one_of_three(box):
    """A 550 for one of three is reported, and that one alone."""
    before = len(reports(box))
    subject = send(box, "carl@good.test", "nobody@good.test", "dora@good.test")
    wait("a report", lambda: len(reports(box)) == before + 1)
    report = reports(box)[-1]
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
    octets = server.taken[-1][1]
    check(octets.isascii() and b"quoted-printable" in octets, f"not converted: {octets[-300:]}")
    got = email.message_from_bytes(octets, policy=email.policy.default).get_content().replace("\r\n", "\n")
    check(got.rstrip("\n") == "körper\n.a dot", f"another text: {got!r}")
    before = len(reports(box))
    with box.submission() as client:
        client.sendmail("alice@example.com", ["carl@seven-bit.test"], text.replace(subject, "körper").encode(), ["BODY=8BITMIME"])
    wait("a report", lambda: len(reports(box)) == before + 1)
    fields = list(reports(box)[-1].iter_parts())[1].get_payload()[1]
    check(fields["Status"] == "5.6.3" and "converted" in fields["Diagnostic-Code"], fields.as_string())
    settled(box)


# What a server does: what the queue says of its message ("" : it goes back at once, with that status).
TABLE = {
    "silent": ("retry", ""), "closes": ("retry", ""), "nonsense": ("retry", ""), "endless": ("retry", ""), "trickle": ("retry", ""),
    "busy": ("retry", "421 4.3.2"), "defers": ("retry", "451 4.2.1"), "421 in data": ("retry", "421 4.3.2"),
    "closes in data": ("retry", ""), "full": ("retry", "452 4.3.1"), "liar": ("retry", ""),
    "refuses": ("back", "5.1.1"), "rejects": ("back", "5.7.1"), "no mail": ("back", "5.3.2"),
    "old": ("good", ""), "bad tls": ("good", ""),
}


def table(box):
    """Each server has a domain of its own; all at once, so that none is in the way of another."""
    domains = {mode: mode.replace(" ", "-") + ".test" for mode in TABLE}
    for mode in TABLE:
        SERVERS[mode].mode = mode
    before = len(reports(box))
    subjects = {mode: send(box, "carl@" + domains[mode]) for mode in TABLE}
    good = send(box, "carl@good.test")
    wait("what is for a good server there", lambda: SERVERS["good"].subjects()[(good, "carl@good.test")], 10)
    waiting = {domains[mode] for mode in TABLE if TABLE[mode][0] == "retry"}

    def tried():
        return {row["recipients"][0]["address"].split("@")[1]: row["recipients"][0] for row in rows(box)
                if row["recipients"][0]["attempts"] > 0}

    wait("all others tried", lambda: set(tried()) == waiting and len(rows(box)) == len(waiting), 60)
    for mode, (end, reply) in TABLE.items():
        if end == "retry":
            recipient = tried()[domains[mode]]
            check(recipient["next_attempt"] and recipient["last_reply"], f"{mode}: nothing is told: {recipient}")
            check(reply in recipient["last_reply"], f"{mode}: {recipient['last_reply']}")
        elif end == "good":
            check(SERVERS[mode].subjects()[(subjects[mode], "carl@" + domains[mode])] == 1, f"{mode}: it did not arrive")
    back = [mode for mode in TABLE if TABLE[mode][0] == "back"]
    wait("the reports", lambda: len(reports(box)) == before + len(back), 20)
    told = {fields["Final-Recipient"]: fields["Status"] for report in reports(box)[before:]
            for fields in list(report.iter_parts())[1].get_payload()[1:]}
    check(told == {f"rfc822; carl@{domains[mode]}": TABLE[mode][1] for mode in back}, f"{told}")
    # They come to their senses.
    for mode in TABLE:
        SERVERS[mode].mode = "good"
    deadline = time.monotonic() + 60
    while rows(box) and time.monotonic() < deadline:
        box.ctl("queue", "run")
        time.sleep(1)
    settled(box)
    for mode in TABLE:
        if TABLE[mode][0] == "retry":
            check(SERVERS[mode].subjects()[(subjects[mode], "carl@" + domains[mode])] == 1, f"{mode}: not once")


def dead_host(box):
    """Nobody listens: reason and next time are shown, and it goes out when the host is back."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        route(box, "dead.test", port)
        box.ctl("reload")
        subject = send(box, "carl@dead.test")
        wait("it to wait", lambda: rows(box) and rows(box)[0]["recipients"][0]["attempts"] > 0)
    (row,) = rows(box)
    (recipient,) = row["recipients"]
    check(row["queue"] == "retry" and "refused" in recipient["last_reply"] and recipient["next_attempt"], f"{row}")
    server = Server()
    route(box, "dead.test", server.port)
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


def route(box, domain, port):
    """Adds or changes one."""
    ROUTES[domain] = port
    text = "".join(f'[[route]]\ndomain = "{name}"\nto = "smtp:[127.0.0.1]:{number}"\n' for name, number in ROUTES.items())
    with open(box.conf, encoding="utf-8") as file:
        kept = file.read().split("# routes of the test\n")[0]
    with open(box.conf, "w", encoding="utf-8") as file:
        file.write(kept + "# routes of the test\n" + text)


ROUTES = {}
SERVERS = {mode: Server() for mode in ["good", "seven bit", *TABLE]}
INSTANCE = harness.Instance()
for key, value in {"remote.connect_timeout": "2s", "remote.command_timeout": "2s", "remote.data_timeout": "3s", "remote.rest": "1s",
                   "queue.retry": '["2s", "5m"]'}.items():
    INSTANCE.ctl("config", "set", key, value)
for mode in SERVERS:
    route(INSTANCE, mode.replace(" ", "-") + ".test", SERVERS[mode].port)
INSTANCE.start().domain()
harness.run(INSTANCE, arrives, one_of_three, later_for_one, seven_bit, table, dead_host, killed)
