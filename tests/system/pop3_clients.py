#!/usr/bin/env python3
"""Programs that fetch mail by POP3, beside mpop in sessions.py: fetchmail and getmail. Each leaves mail on the server and fetches none twice
(UIDL), and then takes it away."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, need, token

ACCOUNT = "alice@example.com"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o600)


def call(*command, accepted=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    check(done.returncode in accepted, f"{os.path.basename(command[0])}: exit {done.returncode}: {(done.stdout + done.stderr)[-500:]}")


def fetched(mbox):
    with open(mbox, encoding="utf-8") as file:
        return file.read()


def once(mbox, subjects, when):
    """Each of the messages is there once, and none of its lines is lost or changed."""
    text = fetched(mbox)
    for subject in subjects:
        check(text.count(f"Subject: {subject}\n") == 1, f"{when}: {text.count(f'Subject: {subject}')} times a message")
    check(text.count("\n.a dot\n") == len(subjects), f"{when}: a line that begins with a dot is not the same")


def try_client(box, name, fetch):
    """`fetch(folder, mbox, keep)` runs the client once."""
    subjects = [token() for _ in range(12)]
    for subject in subjects:
        box.send(subject, to=ACCOUNT)
    box.await_subjects(subjects, ACCOUNT)
    with tempfile.TemporaryDirectory() as folder:
        mbox = os.path.join(folder, "mbox")
        write(mbox, "")
        for when in ("the first time", "again"):
            fetch(folder, mbox, True)
            once(mbox, subjects, f"{name}, {when}")
        check(set(box.subjects(ACCOUNT)) == set(subjects), f"{name} was to leave the messages")
        one_more = token()
        box.send(one_more, to=ACCOUNT)
        box.await_subjects([one_more], ACCOUNT)
        fetch(folder, mbox, False)
        once(mbox, [*subjects, one_more], f"{name}, a new one")
        client = box.pop3(ACCOUNT)
        left = client.stat()[0]
        client.quit()
        check(left == 0, f"{name} was to take all away, {left} are left")


def try_fetchmail(box, port, security):
    program = need("fetchmail")

    def fetch(folder, mbox, keep):
        rc, again = os.path.join(folder, "fetchmailrc"), keep and os.path.getsize(mbox) > 0
        write(rc, f'set no bouncemail\npoll 127.0.0.1 service {box.port(port)} proto pop3 uidl no dns\n'
                  f'  user "{ACCOUNT}" password "{PASSWORD}" {security} no sslcertck\n'
                  f'  {"keep" if keep else "fetchall no keep"} no rewrite mda "cat >> {mbox}"\n')
        if not keep:
            write(mbox, "")  # with "fetchall" those that it has come once more
        # Exit 1: there was no new mail.
        call(program, "-f", rc, "--idfile", os.path.join(folder, "ids"), "--pidfile", os.path.join(folder, "pid"), "--nosyslog",
             accepted=(1,) if again else (0,))

    try_client(box, "fetchmail", fetch)


def fetchmail_under_implicit_tls(box):
    try_fetchmail(box, 995, "ssl")


def fetchmail_by_stls(box):
    try_fetchmail(box, 110, 'sslproto "TLS1.2+"')


def getmail_by_uidl(box):
    program = need("getmail")

    def fetch(folder, mbox, keep):
        write(os.path.join(folder, "getmailrc"),
              f"[retriever]\ntype = SimplePOP3SSLRetriever\nserver = 127.0.0.1\nport = {box.port(995)}\nusername = {ACCOUNT}\n"
              f"password = {PASSWORD}\n[destination]\ntype = MDA_external\npath = /bin/sh\n"
              f'arguments = ("-c", "cat >> {mbox}")\nallow_root_commands = true\n'
              f"[options]\nread_all = false\ndelete = {'false' if keep else 'true'}\ndelivered_to = false\nreceived = false\n")
        call(program, "--getmaildir", folder)

    try_client(box, "getmail", fetch)


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, fetchmail_under_implicit_tls, fetchmail_by_stls, getmail_by_uidl)
