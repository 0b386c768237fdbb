#!/usr/bin/env python3
"""A real Postfix as the other site, both ways: what we send to it over TLS with all extensions that both know, what it refuses, its
reports; what it sends to us, and its own bounce of what we refuse; and its submission, where a route logs in (SASL by Dovecot)."""
import email
import email.policy
import glob
import os
import shutil
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, Failed, Skipped, check, message, token, wait
from letters import fields_of, letters, parts_of
from private_dovecot import PrivateDovecot
from private_postfix import PrivatePostfix

MAIN_CF = """\
myhostname = mx.post.test
smtputf8_enable = yes
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/etc/cert.pem
smtpd_tls_key_file = {folder}/etc/key.pem
smtp_tls_security_level = encrypt
smtp_tls_loglevel = 1
virtual_mailbox_domains = post.test
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 8
relay_domains = example.com login.test
transport_maps = texthash:{folder}/etc/transport
smtp_sasl_password_maps = texthash:{folder}/etc/logins
smtp_sasl_security_options = noanonymous
minimal_backoff_time = 5s
queue_run_delay = 5s
"""
# The doors for logins: one by AUTH PLAIN, one that knows AUTH LOGIN alone. They relay for who is logged in, and for nobody else.
LOGIN = """\
 -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o smtpd_sasl_type=dovecot -o smtpd_sasl_path={folder}/auth
 -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o smtpd_sasl_mechanism_filter="""
MASTER_CF = """\
127.0.0.1:{public} inet n - n - - smtpd
127.0.0.1:{by_plain} inet n - n - - smtpd
""" + LOGIN + """plain
127.0.0.1:{by_login} inet n - n - - smtpd
""" + LOGIN + """login
smtp-login unix - - n - - smtp -o smtp_sasl_auth_enable=yes
"""
AUTH = """\
auth_mechanisms = plain login
service auth {{
  unix_listener %s/auth {{
    mode = 0666
  }}
}}
"""
MAILBOXES = ("carl", "dora", "dörte", "eve")
RUNNING = []


class Postfix(PrivatePostfix):
    def __init__(self, box):
        super().__init__(("public", "by_plain", "by_login"))
        os.mkdir(self.folder + "/mail")
        shutil.chown(self.folder + "/mail", "mail", "mail")
        with open(self.folder + "/etc/mailboxes", "w", encoding="utf-8") as file:
            file.writelines(f"{name}@post.test {name}/\n" for name in MAILBOXES)
        for name, text in (("transport", f"example.com smtp:[127.0.0.1]:{box.port(25)}\nlogin.test smtp-login:[127.0.0.1]:{box.port(587)}\n"),
                           ("logins", f"[127.0.0.1]:{box.port(587)} alice@example.com:{PASSWORD}\n")):
            with open(f"{self.folder}/etc/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.post.test",
                        "-days", "2", "-keyout", self.folder + "/etc/key.pem", "-out", self.folder + "/etc/cert.pem"],
                       check=True, capture_output=True, timeout=60)
        self.start(MAIN_CF, MASTER_CF)

    def mail(self, user):
        """What is in that mailbox: messages."""
        folder, found = f"{self.folder}/mail/{user}/new", []
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            with open(f"{folder}/{name}", "rb") as file:
                found.append(email.message_from_binary_file(file, policy=email.policy.default))
        return found

    def arrived(self, user, subject):
        return [one for one in self.mail(user) if one["Subject"] == subject]

    def client(self):
        return smtplib.SMTP("127.0.0.1", self.ports["public"], local_hostname="client.test", timeout=60)


def postfix(box):
    """Started by the first case; where it cannot be had all are skipped."""
    if not RUNNING:
        try:
            RUNNING.append(Postfix(box))
            route(box, "post.test", RUNNING[0].ports["public"], 'tls = "must"')
        except (Failed, Skipped) as why:
            RUNNING.append(why)
    if isinstance(RUNNING[0], Exception):
        raise RUNNING[0]
    return RUNNING[0]


def route(box, domain, port, *more, host="127.0.0.1"):
    with open(box.conf, "a", encoding="utf-8") as file:
        file.write("\n".join(["[[route]]", f'domain = "{domain}"', f'to = "smtp:[{host}]:{port}"', *more, ""]))
    box.ctl("reload")


def send(box, *to, subject="", sender="alice@example.com", text="a line\n.a dot\n", mail=(), rcpt=()):
    subject = subject or token()
    with box.submission() as client:
        client.send_message(message(subject, sender, ", ".join(to), text), sender, list(to), mail, rcpt)
    return subject


def settled(box):
    wait("the queue empty", lambda: not box.json("queue", "list"), 30)


def to_several_over_tls(box):
    peer = postfix(box)
    subject = send(box, "carl@post.test", "dora@post.test", text="körper\n.a dot\n..two\n", mail=["BODY=8BITMIME"])
    wait("both copies", lambda: peer.arrived("carl", subject) and peer.arrived("dora", subject))
    settled(box)
    for user in ("carl", "dora"):
        (one,) = peer.arrived(user, subject)
        check(one["Return-Path"] == "<alice@example.com>", f"Return-Path: {one['Return-Path']}")
        check(" with ESMTPS " in one.get_all("Received")[0], f"trace: {one.get_all('Received')}")
        check(one.get_content() == "körper\n.a dot\n..two\n", f"another text: {one.get_content()!r}")
    check(any("TLSv1.3" in line for line in box.logged("relay-connected")), "the log does not tell of TLS")
    check(peer.log().count(": client=") == 1, "not one transaction for both")


def addresses_beyond_ascii(box):
    """RFC 6531: address and header in UTF-8 arrive as they are."""
    peer = postfix(box)
    subject = "grüße " + token()
    text = f"From: alice@example.com\r\nTo: dörte@post.test\r\nSubject: {subject}\r\n\r\nkörper\r\n"
    with box.submission() as client:
        client.sendmail("alice@example.com", ["dörte@post.test"], text.encode(), ["SMTPUTF8", "BODY=8BITMIME"])
    wait("the message there", lambda: peer.arrived("dörte", subject))
    settled(box)
    check("UTF8SMTPS" in peer.arrived("dörte", subject)[0].get_all("Received")[0], "Postfix did not get it with SMTPUTF8")


def success_is_reported(box):
    """RFC 3461: the host knows DSN, so the report is its own; ours tells of nothing."""
    peer = postfix(box)
    subject = send(box, "carl@post.test", mail=["ENVID=the+2Bone", "RET=HDRS"], rcpt=["NOTIFY=SUCCESS", "ORCPT=rfc822;first@there.test"])
    (report,) = wait("the report", lambda: letters(box, subject), 30)
    head, told = parts_of(report)
    fields = told["carl@post.test"]
    check(fields["Action"] == "delivered" and fields["Status"] == "2.0.0", fields.as_string())
    check(fields["Original-Recipient"] == "rfc822;first@there.test", f"ORCPT: {fields.as_string()}")
    check("mx.post.test" in head["Reporting-MTA"] and head["Original-Envelope-Id"] == "the+one", f"{head.as_string()}")
    settled(box)
    check(len(letters(box, subject)) == 1 and peer.arrived("carl", subject), "more than one report")


def refused_of_three(box):
    peer = postfix(box)
    subject = send(box, "carl@post.test", "nobody@post.test", "eve@post.test")
    (report,) = wait("the report", lambda: letters(box, subject), 30)
    told = fields_of(report)
    check(set(told) == {"nobody@post.test"}, f"told of: {set(told)}")
    fields = told["nobody@post.test"]
    check(fields["Action"] == "failed" and fields["Status"] == "5.1.1" and "User unknown" in fields["Diagnostic-Code"], fields.as_string())
    check("127.0.0.1" in fields["Remote-MTA"], f"which host? {fields.as_string()}")
    settled(box)
    check(len(peer.arrived("carl", subject)) == 1 and len(peer.arrived("eve", subject)) == 1, "the others do not have it")


def too_large_for_it(box):
    """RFC 1870: what is beyond the SIZE that was offered goes back without being sent."""
    peer = postfix(box)
    subject = send(box, "carl@post.test", text="a line of a large message\n" * 500_000)
    (report,) = wait("the report", lambda: letters(box, subject), 40)
    fields = fields_of(report)["carl@post.test"]
    check(fields["Action"] == "failed" and fields["Status"] in ("5.3.4", "5.2.3"), fields.as_string())
    settled(box)
    check(not peer.arrived("carl", subject), "it is there")


def many_messages(box):
    """Connections are used again; each arrives once."""
    peer = postfix(box)
    subjects = [send(box, "eve@post.test") for _ in range(40)]
    wait("all there", lambda: {one["Subject"] for one in peer.mail("eve")} >= set(subjects), 60)
    settled(box)
    got = [one["Subject"] for one in peer.mail("eve")]
    check(all(got.count(subject) == 1 for subject in subjects), "one is there twice")


def from_it_to_us(box):
    peer = postfix(box)
    subjects = [token() for _ in range(10)]
    with peer.client() as client:
        for subject in subjects:
            client.send_message(message(subject, "eve@post.test"), "eve@post.test", ["bob@example.com", "alice@example.com"])
    for account in ("bob@example.com", "alice@example.com"):
        box.await_subjects(subjects, account, 40)
    wait("Postfix' queue empty", lambda: not peer.queue(), 30)
    (one,) = letters(box, subjects[0], "bob@example.com")
    trace = one.get_all("Received")[0]
    check("mx.post.test" in trace and " with ESMTPS " in trace and " tls TLS_" in trace, f"trace: {trace}")
    check(one["Return-Path"] == "<eve@post.test>" and one.get_content().splitlines() == ["a line", ".a dot", "körper"], "not what was sent")


def its_bounce_of_what_we_refuse(box):
    peer = postfix(box)
    subject = token()
    with peer.client() as client:
        client.send_message(message(subject, "alice@example.com"), "alice@example.com", ["nobody@example.com", "bob@example.com"])
    box.await_subjects([subject], seconds=40)
    (report,) = wait("Postfix' report", lambda: letters(box, subject), 30)
    fields = fields_of(report)["nobody@example.com"]
    check(fields["Action"] == "failed" and fields["Status"] == "5.1.1" and "550 5.1.1" in fields["Diagnostic-Code"], fields.as_string())
    check(report["Return-Path"] == "<>", f"Return-Path: {report['Return-Path']}")
    wait("Postfix' queue empty", lambda: not peer.queue(), 30)


def its_success_report_of_us(box):
    """We know DSN: what Postfix passes on is ours to tell, to a sender at Postfix."""
    peer = postfix(box)
    subject = token()
    with peer.client() as client:
        client.send_message(message(subject, "dora@post.test"), "dora@post.test", ["bob@example.com"], ["ENVID=xyz"],
                            ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;bob@example.com"])
    box.await_subjects([subject], seconds=40)
    (report,) = wait("our report", lambda: [one for one in peer.mail("dora") if subject in one.as_string()], 30)
    fields = fields_of(report)["bob@example.com"]
    check(fields["Action"] == "delivered" and fields["Status"].startswith("2."), fields.as_string())
    check("mail.test" in report.as_string().split("Reporting-MTA")[1].splitlines()[0], "not ours")
    settled(box)


def full_mailbox_of_ours(box):
    """452 at RCPT: Postfix keeps it, and brings it when there is room."""
    peer = postfix(box)
    box.ctl("account", "quota", "bob@example.com", "20K")
    subject = token()
    with peer.client() as client:
        client.send_message(message(subject, "dora@post.test", text="much\n" * 20_000), "dora@post.test", ["bob@example.com"])
    wait("Postfix to be told", lambda: "452 4.2.2 mailbox full" in peer.log(), 30)
    box.ctl("account", "quota", "bob@example.com", "0")
    peer.call("postqueue", "-f")
    box.await_subjects([subject], seconds=30)


def our_report_goes_there(box):
    """Mail of Postfix' user to an alias of ours that leads back to Postfix, where nobody is: he is told, by us, through Postfix."""
    peer = postfix(box)
    box.ctl("alias", "add", "round@example.com", "nobody@post.test")
    subject = token()
    with peer.client() as client:
        client.send_message(message(subject, "dora@post.test"), "dora@post.test", ["round@example.com"])
    (report,) = wait("a report at Postfix", lambda: [one for one in peer.mail("dora") if subject in one.as_string()], 40)
    fields = fields_of(report)["nobody@post.test"]
    check(fields["Status"] == "5.1.1" and "User unknown" in fields["Diagnostic-Code"], fields.as_string())
    check(report["Return-Path"] == "<>", f"Return-Path: {report['Return-Path']}")
    settled(box)


def it_logs_in_to_our_submission(box):
    """We are Postfix' smart host: it gives us mail over TLS, as one of our accounts."""
    if not glob.glob("/usr/lib/*/sasl2/libplain.so"):
        raise Skipped("Postfix has no AUTH PLAIN for its client (libsasl2-modules)")
    peer = postfix(box)
    box.ctl("domain", "alias", "add", "example.com", "login.test")
    subject = token()
    with peer.client() as client:
        client.send_message(message(subject, "alice@example.com"), "alice@example.com", ["bob@login.test"])
    (one,) = wait("the message there", lambda: letters(box, subject, "bob@example.com"), 40)
    trace = one.get_all("Received")[0]
    check("mx.post.test" in trace and " with ESMTPSA " in trace, f"no login: {trace}")


def dovecot(box):
    """Who knows Postfix' passwords; any name has the suite's."""
    peer = postfix(box)
    if len(RUNNING) < 2:
        try:
            RUNNING.append(PrivateDovecot(more=AUTH % peer.folder))
        except (Failed, Skipped) as why:
            RUNNING.append(why)
    if isinstance(RUNNING[1], Exception):
        raise RUNNING[1]
    return peer


def password_file(box, name, password):
    path = os.path.join(box.root, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(password + "\n")
    return f'password_file = "{path}"'


def smart_host_with_login(box):
    peer = dovecot(box)
    secret = password_file(box, "right", PASSWORD)
    for door in ("by_plain", "by_login"):
        domain = door.replace("_", "-") + ".test"
        route(box, domain, peer.ports[door], 'tls = "must"', 'login = "relay@post.test"', secret)
        # Postfix has no way to that domain itself: it is the login that lets it be taken, and the sender who is told.
        subject = send(box, "carl@" + domain)
        wait("Postfix to take it", lambda: f"to=<carl@{domain}>" in peer.log())
        settled(box)
        check(f"sasl_method={door[3:].upper()}, sasl_username=relay@post.test" in peer.log(), f"no login: {peer.log()[-500:]}")
        check(not any(PASSWORD in line for line in box.logged("")), f"{subject}: the password is in the log")


def wrong_password(box):
    """Two administrators' matter: the mail waits, and the reason is shown."""
    peer = dovecot(box)
    route(box, "wrong.test", peer.ports["by_plain"], 'tls = "must"', 'login = "relay@post.test"', password_file(box, "wrong", "no-such"))
    send(box, "carl@wrong.test")
    (row,) = wait("a try", lambda: [row for row in box.json("queue", "list") if row["recipients"][0]["attempts"] > 0], 30)
    reply = row["recipients"][0]["last_reply"]
    check(row["queue"] == "retry" and "535 5.7.8" in reply, f"{row}")
    box.ctl("queue", "remove", row["id"], "--yes")


def certificate_that_nobody_signed(box):
    """tls = "verify": no mail without a certificate for the host; tls = "must": any will do."""
    peer = postfix(box)
    box.names[("mx.post.test", "A")] = "127.0.0.1"
    route(box, "verified.test", peer.ports["public"], 'tls = "verify"', host="mx.post.test")
    send(box, "carl@verified.test")
    (row,) = wait("a try", lambda: [row for row in box.json("queue", "list") if row["recipients"][0]["attempts"] > 0], 30)
    reply = row["recipients"][0]["last_reply"]
    check(row["queue"] == "retry" and "TLS failed: certificate verify failed (self-signed certificate)" in reply, f"{row}")
    box.ctl("queue", "remove", row["id"], "--yes")


INSTANCE = harness.Instance()
for key, value in {"remote.rest": "1s", "queue.retry": '["2s", "5m"]'}.items():
    INSTANCE.ctl("config", "set", key, value)
INSTANCE.start().domain()
try:
    harness.run(INSTANCE, to_several_over_tls, addresses_beyond_ascii, success_is_reported, refused_of_three, too_large_for_it,
                many_messages, from_it_to_us, its_bounce_of_what_we_refuse, its_success_report_of_us,
                full_mailbox_of_ours, our_report_goes_there, it_logs_in_to_our_submission, smart_host_with_login, wrong_password, certificate_that_nobody_signed)
finally:
    if len(RUNNING) > 1 and not isinstance(RUNNING[1], Exception):
        RUNNING[1].stop()
