#!/usr/bin/env python3
"""A message goes all the way by every door: in by SMTP, submission, SMTPS and LMTP, out by IMAP and POP3."""
import email.policy
import os
import smtplib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, message, tls, token


def by_smtp(box):
    subject = token()
    box.send(subject)
    box.await_subjects([subject])


def by_submission(box):
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject))
    box.await_subjects([subject])


def by_smtps(box):
    subject = token()
    with smtplib.SMTP_SSL("127.0.0.1", box.port(465), context=tls(), timeout=20) as client:
        client.login("alice@example.com", PASSWORD)
        client.send_message(message(subject))
    box.await_subjects([subject])


def by_lmtp(box):
    """LMTP answers for each recipient (RFC 2033 §4.2)."""
    subject = token()
    with smtplib.LMTP("127.0.0.1", box.port(24), timeout=20) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("someone@elsewhere.test")
        check(client.rcpt("alice@example.com")[0] == 250, "LMTP refuses alice")
        check(client.rcpt("bob@example.com")[0] == 250, "LMTP refuses bob")
        code, _ = client.data(message(subject).as_bytes(policy=email.policy.SMTP))
        check(code == 250, f"LMTP answers {code} for the first recipient")
        second, _ = client.getreply()
        check(second == 250, f"LMTP answers {second} for the second recipient")
    box.await_subjects([subject])
    box.await_subjects([subject], "alice@example.com")


def detail_is_kept(box):
    subject = token()
    box.send(subject, to="bob+lists@example.com")
    box.await_subjects([subject])


def read_by_pop3(box):
    """Octets come back as they were sent, a leading dot included; deletion at QUIT alone (RFC 1939 §6)."""
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    client = box.pop3()
    count = client.stat()[0]
    bodies = [b"\n".join(client.retr(number + 1)[1]) for number in range(count)]
    check(sum(subject.encode() in body for body in bodies) == 1, "not exactly once over POP3")
    check(all(b"\n.a dot" in body for body in bodies), "the dot at the begin of a line is lost")
    check(len({row.split()[1] for row in client.uidl()[1]}) == count, "UIDLs repeat")
    client.dele(1)
    client.sock.close()
    client = box.pop3()
    check(client.stat()[0] == count, "a broken connection deletes")
    client.dele(count)
    client.quit()
    client = box.pop3()
    check(client.stat()[0] == count - 1, "QUIT does not delete")
    client.quit()


def header_of_receipt(box):
    """Return-Path first, then our Received (RFC 5321 §4.4)."""
    subject = token()
    box.send(subject, sender="someone@elsewhere.test")
    box.await_subjects([subject])
    client = box.imap()
    number = client.search(None, "ALL")[1][0].split()[-1].decode()
    text = client.fetch(number, "(BODY.PEEK[HEADER])")[1][0][1].decode()
    client.logout()
    lines = text.splitlines()
    check(lines[0] == "Return-Path: <someone@elsewhere.test>", f"first line is {lines[0]!r}")
    check(lines[1].startswith("Received: from client.test"), f"second line is {lines[1]!r}")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, by_smtp, by_submission, by_smtps, by_lmtp, detail_is_kept, read_by_pop3, header_of_receipt)
