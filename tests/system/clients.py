#!/usr/bin/env python3
"""Programs that people use: curl by SMTP, IMAP and POP3, msmtp, swaks by each way in."""
import os
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, message, need, token


def call(*command, stdin=b""):
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, f"{command[0]}: exit {done.returncode}: {(done.stdout + done.stderr).decode(errors='replace')[-600:]}")
    return done.stdout


def curl_submits(box):
    curl = need("curl")
    subject = token()
    with tempfile.NamedTemporaryFile() as file:
        file.write(message(subject).as_bytes().replace(b"\n", b"\r\n"))
        file.flush()
        call(curl, "-sS", "-k", "--ssl-reqd", "--url", f"smtp://127.0.0.1:{box.port(587)}", "--user", f"alice@example.com:{PASSWORD}",
             "--mail-from", "alice@example.com", "--mail-rcpt", "bob@example.com", "--upload-file", file.name)
    box.await_subjects([subject])


def curl_reads_imap(box):
    curl = need("curl")
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    base = f"imaps://127.0.0.1:{box.port(993)}"
    login = ("-sS", "-k", "--user", f"bob@example.com:{PASSWORD}")
    check(b"INBOX" in call(curl, *login, base + "/"), "curl lists no INBOX")
    check(b"SEARCH" in call(curl, *login, base + "/INBOX?ALL"), "curl searches in vain")
    number = len(box.subjects())
    check(subject.encode() in call(curl, *login, f"{base}/INBOX;MAILINDEX={number}"), "curl fetches another message")


def curl_reads_pop3(box):
    curl = need("curl")
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    login = ("-sS", "-k", "--user", f"bob@example.com:{PASSWORD}")
    rows = call(curl, *login, f"pop3s://127.0.0.1:{box.port(995)}/").split(b"\r\n")
    number = len([row for row in rows if row.strip()])
    check(subject.encode() in call(curl, *login, f"pop3s://127.0.0.1:{box.port(995)}/{number}"), "curl reads another message")


def msmtp_sends(box):
    msmtp = need("msmtp")
    subject = token()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"account default\nhost localhost\nport {box.port(587)}\nfrom alice@example.com\nauth on\nuser alice@example.com\n"
                   f"password {PASSWORD}\ntls on\ntls_certcheck off\n")
        file.flush()
        call(msmtp, "-C", file.name, "bob@example.com", stdin=message(subject).as_bytes())
    box.await_subjects([subject])


def swaks_sends(box):
    swaks = need("swaks")
    ways = {
        "smtp": ("--port", str(box.port(25))),
        "starttls": ("--port", str(box.port(25)), "--tls"),
        "submission plain": ("--port", str(box.port(587)), "--tls", "--auth", "PLAIN", "--auth-user", "alice@example.com", "--auth-password", PASSWORD),
        "submission login": ("--port", str(box.port(587)), "--tls", "--auth", "LOGIN", "--auth-user", "alice@example.com", "--auth-password", PASSWORD),
        "smtps": ("--port", str(box.port(465)), "--tls-on-connect", "--auth", "PLAIN", "--auth-user", "alice@example.com", "--auth-password", PASSWORD),
        "pipelined": ("--port", str(box.port(25)), "--pipeline"),
        "lmtp": ("--port", str(box.port(24)), "--protocol", "LMTP"),
    }
    sent = []
    for name, words in ways.items():
        subject = f"{name} {token()}"
        sent.append(subject)
        call(swaks, "--server", "127.0.0.1", "--from", "alice@example.com", "--to", "bob@example.com", "--ehlo", "client.test",
             "--header", f"Subject: {subject}", "--hide-all", *words)
    box.await_subjects(sent)


def replies_of_a_group_leave_together(box):
    """RFC 2920 section 3.2: MAIL, RCPT and RSET that came in one piece are answered in one."""
    with socket.create_connection(("127.0.0.1", box.port(25)), 10) as stream:
        stream.recv(4096)
        stream.sendall(b"EHLO client.test\r\n")
        stream.recv(4096)
        group = [b"MAIL FROM:<a@elsewhere.test>"] + [b"RCPT TO:<bob@example.com>"] * 5 + [b"RSET"]
        stream.sendall(b"\r\n".join(group) + b"\r\n")
        said = stream.recv(65536)
        check(said.count(b"\r\n") == len(group), f"the first piece of the reply is {said!r}")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, curl_submits, curl_reads_imap, curl_reads_pop3, swaks_sends, msmtp_sends, replies_of_a_group_leave_together)
