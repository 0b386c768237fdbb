#!/usr/bin/env python3
"""What must be refused is refused: relaying, unknown users, passwords without TLS, submission without AUTH, smuggling."""
import imaplib
import os
import poplib
import smtplib
import socket
import ssl
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, tls, token


def relay_is_closed(box):
    with box.smtp() as client:
        client.ehlo()
        client.mail("someone@elsewhere.test")
        code, text = client.rcpt("other@not-ours.test")
        check(500 <= code < 600, f"relaying is answered {code} {text}")


def relay_takes_no_percent_or_route(box):
    with box.smtp() as client:
        client.ehlo()
        for recipient in ("other%not-ours.test@example.com", "@example.com:other@not-ours.test", '"other@not-ours.test"@example.com'):
            client.mail("someone@elsewhere.test")
            code, _ = client.rcpt(recipient)
            check(500 <= code < 600, f"{recipient} is answered {code}")
            client.rset()


def unknown_user(box):
    with box.smtp() as client:
        client.ehlo()
        client.mail("someone@elsewhere.test")
        code, text = client.rcpt("nobody@example.com")
        check(500 <= code < 600 and text.startswith(b"5.1.1"), f"an unknown user is answered {code} {text}")


def smtp_auth_needs_tls(box):
    for port in (25, 587):
        with smtplib.SMTP("127.0.0.1", box.port(port), timeout=20) as client:
            check(b"AUTH" not in client.ehlo()[1], f"AUTH is offered without TLS on {port}")
            code, _ = client.docmd("AUTH", "PLAIN AGFsaWNlQGV4YW1wbGUuY29tAHNlY3JldC1QYTU1")
            check(500 <= code < 600, f"AUTH without TLS is answered {code} on {port}")


def submission_needs_auth(box):
    with smtplib.SMTP("127.0.0.1", box.port(587), timeout=20) as client:
        client.ehlo()
        code, _ = client.mail("alice@example.com")
        check(500 <= code < 600, f"MAIL before STARTTLS is answered {code}")
        client.starttls(context=tls())
        client.ehlo()
        code, _ = client.mail("alice@example.com")
        check(code == 530, f"MAIL without AUTH is answered {code} (RFC 4954 §6)")


def imap_login_needs_tls(box):
    with imaplib.IMAP4("127.0.0.1", box.port(143), timeout=20) as client:
        check("LOGINDISABLED" in client.capabilities, "no LOGINDISABLED before TLS (RFC 3501 §6.2.3)")
        answer, _ = client._simple_command("LOGIN", "bob@example.com", PASSWORD)  # the library would not send it
        check(answer == "NO", f"LOGIN without TLS is answered {answer}")
        client.starttls(tls())
        client.login("bob@example.com", PASSWORD)


def pop3_login_needs_tls(box):
    client = poplib.POP3("127.0.0.1", box.port(110), timeout=20)
    try:
        client.user("bob@example.com")
        client.pass_(PASSWORD)
        raise harness.Failed("PASS without TLS is let in")
    except poplib.error_proto:
        pass
    client.close()
    client = poplib.POP3("127.0.0.1", box.port(110), timeout=20)
    client.stls(tls())
    client.user("bob@example.com")
    client.pass_(PASSWORD)
    client.quit()


def wrong_password(box):
    client = smtplib.SMTP("127.0.0.1", box.port(587), timeout=30)
    client.starttls(context=tls())
    try:
        client.login("alice@example.com", "wrong")
        raise harness.Failed("a wrong password is let in")
    except smtplib.SMTPAuthenticationError as refused:
        check(refused.smtp_code == 535, f"a wrong password is answered {refused.smtp_code}")
    client.close()


def dialogue(box, data):
    """What the server says until it closes or is silent for a moment."""
    with socket.create_connection(("127.0.0.1", box.port(25)), 10) as stream:
        stream.settimeout(3)
        said = stream.recv(4096)
        for piece in data:
            stream.sendall(piece)
            time.sleep(0.3)
        try:
            while piece := stream.recv(4096):
                said += piece
        except TimeoutError:
            pass
        return said


ENVELOPE = [b"EHLO client.test\r\n", b"MAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n"]


def another_protocol_is_refused_in_tls(box):
    """ALPN (RFC 7301): who offers protocols gets the listener's own or no handshake, at once or behind STARTTLS (ALPACA)."""
    def offering(names):
        context = tls()
        if names:
            context.set_alpn_protocols(names)
        return context

    def implicit(port):
        def handshake(names):
            with socket.create_connection(("127.0.0.1", box.port(port)), timeout=20) as plain:
                with offering(names).wrap_socket(plain) as client:
                    return client.selected_alpn_protocol()
        return handshake

    def imap(names):
        client = imaplib.IMAP4("127.0.0.1", box.port(143), timeout=20)
        try:
            client.starttls(offering(names))
            return client.sock.selected_alpn_protocol()
        finally:
            client.sock.close()

    def pop3(names):
        client = poplib.POP3("127.0.0.1", box.port(110), timeout=20)
        try:
            client.stls(offering(names))
            return client.sock.selected_alpn_protocol()
        finally:
            client.sock.close()

    def smtp(names):
        client = smtplib.SMTP("127.0.0.1", box.port(587), local_hostname="client.test", timeout=20)
        try:
            client.starttls(context=offering(names))
            return client.sock.selected_alpn_protocol()
        finally:
            client.sock.close()

    every = {"imap", "pop3", "smtp", "http/1.1"}
    for title, own, handshake in (("port 993", "imap", implicit(993)), ("port 995", "pop3", implicit(995)), ("port 465", "smtp", implicit(465)),
                                  ("port 143", "imap", imap), ("port 110", "pop3", pop3), ("port 587", "smtp", smtp)):
        for names in ([own], ["http/1.1", own], sorted(every)):
            chosen = handshake(names)
            check(chosen == own, f"{title} chooses {chosen} of {names}")
        check(handshake([]) is None, f"{title}: a protocol for a client that names none")
        for names in [[other] for other in sorted(every - {own})] + [sorted(every - {own})]:
            try:
                chosen = handshake(names)
            except (ssl.SSLError, ConnectionError):
                continue
            raise harness.Failed(f"{title} takes a client of {names}, by {chosen}")


def smuggling(box):
    """Only CRLF.CRLF ends DATA; what follows another end is part of the message or refused, never a command (threats of 2023)."""
    for end in (b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r"):
        inner = token()
        said = dialogue(box, ENVELOPE + [
            b"Subject: outer\r\n\r\ntext" + end + b"MAIL FROM:<b@elsewhere.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: "
            + inner.encode() + b"\r\n\r\nsmuggled\r\n.\r\n", b"QUIT\r\n"])
        check(b"250 2.0.0" not in said.split(b"354", 1)[-1].split(b"\r\n")[0] or inner not in box.subjects(), f"{end!r} smuggles")
        time.sleep(0.5)
        check(inner not in box.subjects(), f"{end!r} smuggles a second message")


def starttls_injection(box):
    """Plaintext behind STARTTLS in the same read: the connection is dropped (CVE-2011-0411)."""
    said = dialogue(box, [b"EHLO client.test\r\n", b"STARTTLS\r\nRSET\r\nNOOP\r\n"])
    check(said.count(b"\r\n250 2.") == 0, f"commands sent before the handshake are answered: {said[-200:]!r}")


def http_ends_the_session(box):
    said = dialogue(box, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"NOOP\r\n"])
    check(b"250" not in said, f"HTTP is spoken to: {said!r}")


def long_line_is_bounded(box):
    said = dialogue(box, [b"EHLO " + b"x" * 100000 + b"\r\n", b"NOOP\r\n"])
    check(b"\r\n5" in said or said.startswith(b"220") and said.count(b"\r\n") == 1, f"a line of 100,000 octets: {said[:200]!r}")
    box.send(token())


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, relay_is_closed, relay_takes_no_percent_or_route, unknown_user, smtp_auth_needs_tls, submission_needs_auth,
            imap_login_needs_tls, pop3_login_needs_tls, wrong_password, another_protocol_is_refused_in_tls, smuggling, starttls_injection,
            http_ends_the_session, long_line_is_bounded)
