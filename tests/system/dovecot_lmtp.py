#!/usr/bin/env python3
"""Mail that a route hands over to a real Dovecot by LMTP, through a socket file and by TCP: each recipient has an outcome of its own, and
the sender a report on those alone that did not get it (RFC 2033 section 4.2)."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Failed, Skipped, check, message, token, wait
from letters import fields_of, letters
from private_dovecot import PrivateDovecot

MORE = """\
mail_plugins = quota
plugin {{
  quota = maildir:User quota
}}
lmtp_rcpt_check_quota = no
service lmtp {{
  unix_listener {root}/lmtp {{
    mode = 0666
  }}
}}
"""
USERS = {"carl@there.test": "", "dora@there.test": "", "full@there.test": "userdb_quota_rule=*:bytes=2000"}
RUNNING = []


def dovecot(box):
    """Started by the first case, which is skipped like all others where it cannot be had; its users are those of both domains."""
    if not RUNNING:
        try:
            users = USERS | {address.replace("there", "here"): fields for address, fields in USERS.items()}
            RUNNING.append(PrivateDovecot(users, MORE))
            with open(box.conf, "a", encoding="utf-8") as file:
                file.write(f'[[route]]\ndomain = "there.test"\nto = "lmtp:[127.0.0.1]:{RUNNING[0].lmtp}"\n'
                           f'[[route]]\ndomain = "here.test"\nto = "lmtp:unix:{RUNNING[0].root}/lmtp"\n')
            box.ctl("reload")
        except (Failed, Skipped) as why:
            RUNNING.append(why)
    if isinstance(RUNNING[0], Exception):
        raise RUNNING[0]
    return RUNNING[0]


def maildir(peer, user):
    """All messages of a user, as octets."""
    found = []
    for part in ("new", "cur"):
        folder = f"{peer.root}/mail/{user}/Maildir/{part}"
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            with open(f"{folder}/{name}", "rb") as file:
                found.append(file.read())
    return found


def copies(peer, user, subject):
    return [octets for octets in maildir(peer, user) if subject.encode() in octets.split(b"\n\n")[0]]


def send(box, *to, text="a line\n.a dot\n", options=()):
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject, "alice@example.com", ", ".join(to), text), "alice@example.com", list(to), rcpt_options=options)
    return subject


def told(box, subject):
    """{recipient: (action, status, diagnostic)} of all reports on that message."""
    return {who: (fields["Action"], fields["Status"], fields.get("Diagnostic-Code", ""))
            for report in letters(box, subject) for who, fields in fields_of(report).items()}


def settled(box):
    wait("the queue empty", lambda: not box.json("queue", "list"), 30)


def one_message_for_two(box, domain):
    peer = dovecot(box)
    subject = send(box, f"carl@{domain}", f"dora@{domain}", text="körper\n.a dot\n..two\n")
    wait("both copies", lambda: all(copies(peer, user, subject) for user in ("carl", "dora")))
    settled(box)
    for user in ("carl", "dora"):
        (octets,) = copies(peer, user, subject)
        check(octets.startswith(b"Return-Path: <alice@example.com>\n") and octets.count(b"Return-Path:") == 1, f"{octets[:200]}")
        check(b"\n\nk\xc3\xb6rper\n.a dot\n..two\n" in octets, f"{octets[-100:]}")
    check(not letters(box, subject), "a report on a message that arrived")


def unknown_and_full(box, domain):
    """An unknown one is refused at RCPT, a full one after the end of the message; the third has it once."""
    peer = dovecot(box)
    subject = send(box, f"carl@{domain}", f"nobody@{domain}", f"full@{domain}", text="a line of many\n" * 200)

    wait("reports on both", lambda: len(told(box, subject)) == 2, 30)
    settled(box)
    ends = told(box, subject)
    unknown, full = ends[f"nobody@{domain}"], ends[f"full@{domain}"]
    check(unknown[0] == "failed" and unknown[1] == "5.1.1" and "550 5.1.1" in unknown[2], f"unknown: {unknown}")
    check(full[0] == "failed" and full[1] == "5.2.2" and "552 5.2.2" in full[2] and "uota" in full[2], f"full: {full}")
    check(len(copies(peer, "carl", subject)) == 1 and not copies(peer, "full", subject), "not once to whom it fits")


def success_is_told(box, domain):
    """A host without DSN: that it was handed over is what we say (RFC 3461 section 5.2.2)."""
    peer = dovecot(box)
    subject = send(box, f"dora@{domain}", options=["NOTIFY=SUCCESS"])
    ends = wait("the report", lambda: told(box, subject))
    check(set(ends) == {f"dora@{domain}"} and ends[f"dora@{domain}"][0] in ("relayed", "delivered"), f"{ends}")
    check(len(copies(peer, "dora", subject)) == 1, "told, and not there")


def many_recipients(box, domain):
    """More than one transaction takes (remote.recipients): each answer belongs to its recipient."""
    peer = dovecot(box)
    known = ("carl", "dora")
    to = [f"{known[n // 2 % 2]}+{n}@{domain}" if n % 2 else f"unknown-{n}@{domain}" for n in range(250)]
    subject = send(box, *to)

    wait("reports on all unknown ones", lambda: len(told(box, subject)) == 125, 40)
    settled(box)
    ends = told(box, subject)
    check(set(ends) == {who for who in to if who.startswith("unknown")}, f"others are told of: {sorted(ends)[:5]}")
    check(sum(len(copies(peer, user, subject)) for user in known) == 125, "not once each")


def away_and_back(box, domain):
    """Dovecot ends: the mail waits and says why."""
    peer = dovecot(box)
    peer.end()
    subject = send(box, f"carl@{domain}")
    (row,) = wait("a try in vain", lambda: [row for row in box.json("queue", "list") if row["recipients"][0]["attempts"] > 0], 20)
    (recipient,) = row["recipients"]
    check(recipient["state"] == "waiting" and recipient["next_attempt"], f"{row}")
    check("refused" in recipient["last_reply"] or "No such file" in recipient["last_reply"], f"the reason: {recipient['last_reply']}")
    peer.begin()

    def arrived():
        box.ctl("queue", "run")
        return copies(peer, "carl", subject)

    wait("it to arrive", arrived, 30)
    settled(box)
    check(len(copies(peer, "carl", subject)) == 1, "twice")


def by_tcp_and_by_socket(case):
    def cases(box):
        for domain in ("there.test", "here.test"):
            case(box, domain)
    cases.__name__ = case.__name__
    return cases


INSTANCE = harness.Instance()
for key, value in {"remote.rest": "1s", "queue.retry": '["2s", "5m"]'}.items():
    INSTANCE.ctl("config", "set", key, value)
INSTANCE.start().domain()
try:
    harness.run(INSTANCE, *map(by_tcp_and_by_socket, (one_message_for_two, unknown_and_full, success_is_told, many_recipients,
                                                      away_and_back)))
finally:
    if RUNNING and not isinstance(RUNNING[0], Exception):
        RUNNING[0].stop()
