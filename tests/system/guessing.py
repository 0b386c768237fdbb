#!/usr/bin/env python3
"""Guessed passwords: a session ends, an account is barred by the auth child of its daemon, and its owner's place stays open."""
import base64
import contextlib
import imaplib
import os
import poplib
import smtplib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, tls, wait


def imap_says(box, account, password):
    """The tagged line that a login gets."""
    client = imaplib.IMAP4_SSL("127.0.0.1", box.port(993), ssl_context=tls(), timeout=20)
    try:
        client.login(account, password)
        client.logout()
        return "OK"
    except imaplib.IMAP4.error as error:
        return str(error)
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()


def session_ends(box):
    with smtplib.SMTP("127.0.0.1", box.port(587), local_hostname="client.test", timeout=20) as client:
        client.starttls(context=tls())
        client.ehlo()
        replies = []
        try:
            for attempt in range(10):
                guess = base64.b64encode(f"\0bob@example.com\0guess-{attempt}".encode()).decode()
                replies.append(client.docmd("AUTH", "PLAIN " + guess)[0])
        except smtplib.SMTPServerDisconnected:
            pass
        check(replies in ([535, 535, 535], [535, 535, 535, 421]), f"failed logins are answered {replies}")


def account_is_barred(box):
    for attempt in range(3):
        said = imap_says(box, "alice@example.com", f"guess-{attempt}")
        check("AUTHENTICATIONFAILED" in said, f"a wrong password is answered {said}")
    said = imap_says(box, "alice@example.com", PASSWORD)
    check("UNAVAILABLE" in said, f"a barred account is answered {said}")
    wait("auth-barred in the log", lambda: box.logged("auth-barred"))
    check(imap_says(box, "bob@example.com", PASSWORD) == "OK", "another account is barred, too")
    client = poplib.POP3_SSL("127.0.0.1", box.port(995), context=tls(), timeout=20)
    client.user("alice@example.com")
    client.pass_(PASSWORD)  # another daemon counts by itself
    client.quit()


def known_place_stays_open(box):
    check(imap_says(box, "bob@example.com", PASSWORD) == "OK", "bob cannot log in")
    for attempt in range(5):
        imap_says(box, "bob@example.com", f"guess-{attempt}")
    check(imap_says(box, "bob@example.com", PASSWORD) == "OK", "the address that bob uses is barred")


INSTANCE = harness.Instance()
for key, value in (("auth.failure_delay", "0s"), ("auth.account_failures", "3"), ("limits.auth_failures", "3")):
    INSTANCE.ctl("config", "set", key, value)
INSTANCE.start().domain()
harness.run(INSTANCE, session_ends, account_is_barred, known_place_stays_open)
