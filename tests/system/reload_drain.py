#!/usr/bin/env python3
"""Reload and drain under load: no session that works is lost, no acknowledged message, and no moment without service."""
import os
import smtplib
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import LONG, check, message, token, wait


class Load:
    """Clients that send message after message, each over a connection of its own or one that stays."""

    def __init__(self, box, clients, stay):
        self.box, self.stay = box, stay
        self.acknowledged, self.faults, self.going = [], [], True
        self.threads = [threading.Thread(target=self.client) for _ in range(clients)]

    def client(self):
        session = None
        while self.going:
            subject = token()
            try:
                session = session or self.box.smtp()
                session.send_message(message(subject), "someone@elsewhere.test", ["bob@example.com"])
                self.acknowledged.append(subject)
                if not self.stay:
                    session.quit()
                    session = None
            except smtplib.SMTPServerDisconnected as left:
                # A session that stays may be told to go (421) between two messages, never in one.
                self.faults.append(f"disconnected: {left}")
                session = None
            except (OSError, smtplib.SMTPException) as fault:
                self.faults.append(f"{type(fault).__name__}: {fault}")
                session = None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()


def reload_loses_nothing(box):
    with Load(box, 6, stay=False) as load:
        for _ in range(10 if LONG else 3):
            time.sleep(1)
            box.ctl("reload")
        time.sleep(1)
    check(not load.faults, f"{len(load.faults)} sessions failed during reloads, first: {load.faults[:1]}")
    check(len(load.acknowledged) > 20, f"only {len(load.acknowledged)} messages were taken")
    box.await_subjects(load.acknowledged, seconds=60)


def session_outlives_reload(box):
    """A session opened before a reload goes on to its own end (the old generation drains)."""
    smtp, imap, pop3 = box.smtp(), box.imap(), box.pop3("alice@example.com")
    box.ctl("reload")
    subject = token()
    smtp.send_message(message(subject), "someone@elsewhere.test", ["bob@example.com"])
    smtp.quit()
    check(imap.noop()[0] == "OK", "an IMAP session ended with the reload")
    wait("the old IMAP session sees new mail", lambda: imap.noop() and subject in str(imap.uid("FETCH", "1:*", "(BODY.PEEK[HEADER])")))
    imap.logout()
    check(pop3.stat()[0] >= 0, "a POP3 session ended with the reload")
    pop3.quit()


def new_configuration_acts(box):
    box.ctl("config", "set", "hostname", "renamed.test")
    box.ctl("reload")
    with smtplib.SMTP(timeout=10) as client:
        text = client.connect("127.0.0.1", box.port(25))[1]
        check(text.startswith(b"renamed.test"), f"greeting after the reload: {text!r}")


def stop_drains(box):
    """stop lets a transaction in DATA come to its 250; nothing is left behind."""
    client = box.smtp()
    client.ehlo()
    client.mail("someone@elsewhere.test")
    client.rcpt("bob@example.com")
    client.putcmd("DATA")
    check(client.getreply()[0] == 354, "DATA is refused")
    stopping = threading.Thread(target=box.stop)
    stopping.start()
    time.sleep(1)
    subject = token()
    client.send(message(subject).as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n")
    code, text = client.getreply()
    check(code in (250, 421, 451), f"a transaction in progress is answered {code} {text}")
    client.close()
    stopping.join()
    check(not box.processes(), f"left behind by stop: {box.processes()}")
    box.start()
    if code == 250:
        box.await_subjects([subject])


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, reload_loses_nothing, session_outlives_reload, new_configuration_acts, stop_drains)
