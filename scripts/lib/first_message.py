#!/usr/bin/env python3
"""first_message - sends a message by submission and reads it over IMAP and POP3; for scripts/quickstart.

  first_message.py PORT_BASE      the password of alice@ and bob@example.com in $MDMAIL_PASSWORD
"""
import email.message
import imaplib
import os
import poplib
import smtplib
import ssl
import sys
import time
import uuid

BASE = int(sys.argv[1])
PASSWORD = os.environ["MDMAIL_PASSWORD"]
# The private instance has a certificate of its own making, which nothing vouches for.
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def send(name):
    message = email.message.EmailMessage()
    message["From"], message["To"] = "Alice <alice@example.com>", "Bob <bob@example.com>"
    message["Subject"], message["Message-ID"] = "A first message", f"<{name}@example.com>"
    message.set_content("It went by submission, was judged, stored,\nand is read by IMAP and POP3.\n")
    with smtplib.SMTP("127.0.0.1", BASE + 587, local_hostname="client.example.com", timeout=20) as client:
        client.starttls(context=TLS)
        client.login("alice@example.com", PASSWORD)
        client.send_message(message)


def read_imap(name):
    """The message as IMAP gives it, or None while it is not there."""
    client = imaplib.IMAP4_SSL("127.0.0.1", BASE + 993, ssl_context=TLS, timeout=20)
    client.login("bob@example.com", PASSWORD)
    count = int(client.select("INBOX", readonly=True)[1][0])
    text = client.fetch(str(count), "(BODY.PEEK[])")[1][0][1] if count else b""
    client.logout()
    return text if name.encode() in text else None


def read_pop3(name):
    client = poplib.POP3_SSL("127.0.0.1", BASE + 995, context=TLS, timeout=20)
    client.user("bob@example.com")
    client.pass_(PASSWORD)
    text = b"\r\n".join(client.retr(client.stat()[0])[1])
    client.quit()
    return name.encode() in text


def main():
    name = uuid.uuid4().hex
    send(name)
    print("sent by submission as alice@example.com")
    end = time.monotonic() + 20
    while (text := read_imap(name)) is None:
        if time.monotonic() > end:
            return "not in bob's INBOX after 20 s"
        time.sleep(0.1)
    print("read over IMAP as bob@example.com:\n")
    print("\n".join("    " + line for line in text.decode(errors="replace").splitlines()))
    if not read_pop3(name):
        return "not the last message over POP3"
    print("\nread over POP3 as bob@example.com: the same message")
    return None


sys.exit(main())
