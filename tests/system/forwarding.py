#!/usr/bin/env python3
"""What is done with mail that leads on to other sites, and what senders and administrators are told of mail that does not arrive."""
import email
import email.policy
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait


class Sink:
    """SMTP that takes all but what is for nobody*: [(sender, recipients, octets)]."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.taken = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.socket.accept()[0],), daemon=True).start()

    def serve(self, stream):
        with stream:
            try:
                stream.settimeout(60)
                self.talk(stream, stream.makefile("rb"))
            except (OSError, ValueError):
                pass

    def talk(self, stream, lines):
        say = lambda text: stream.sendall(text.encode() + b"\r\n")
        say("220 sink.test ESMTP")
        sender, recipients = "", []
        for line in lines:
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                say("250-sink.test\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif word.startswith(b"MAIL"):
                sender, recipients = line.split(b"<")[1].split(b">")[0].decode(), []
                say("250 2.1.0 fine")
            elif word.startswith(b"RCPT"):
                who = line.split(b"<")[1].split(b">")[0].decode()
                if who.startswith("nobody"):
                    say("550-5.1.1 <" + who + "> is unknown here\r\n550 5.1.1 ask the postmaster")
                else:
                    recipients.append(who)
                    say("250 2.1.5 fine")
            elif word == b"DATA":
                if not recipients:
                    say("503 5.5.1 nobody is there to get it")
                    continue
                say("354 go on")
                octets = b""
                for text in lines:
                    if text == b".\r\n":
                        break
                    octets += text[1:] if text.startswith(b"..") else text
                self.taken.append((sender, recipients, octets))
                say("250 2.0.0 taken")
            else:
                say("221 2.0.0 bye" if word == b"QUIT" else "250 2.0.0 fine")

    def of(self, subject):
        """Sender and recipients of each copy that was taken."""
        return [(sender, recipients) for sender, recipients, octets in self.taken if subject.encode() in octets]


def give(box, sender, to, subject=""):
    """As any other site would; the reply to RCPT."""
    subject = subject or token()
    with box.smtp() as client:
        client.ehlo()
        client.mail(sender)
        code, text = client.rcpt(to)
        if code == 250:
            client.data(message(subject, sender or "mailer-daemon@far.test", to, "a line\n").as_string())
    return code, text.decode()


def led_on(box, sender, to):
    """In whose name a message arrives at the far site."""
    subject = token()
    code, text = give(box, sender, to, subject)
    check(code == 250, f"{to} is answered {code} {text}")
    wait("the message there", lambda: SINK.of(subject))
    (copy,) = SINK.of(subject)
    return copy


def senders_stay_without_the_option(box):
    check(led_on(box, "zoe@third.test", "sales@example.com") == ("zoe@third.test", ["carl@far.test"]), "another sender")
    code, text = give(box, "", "SRS0=abcdef=AB=third.test=zoe@example.com")
    check(code == 550 and text.startswith("5.1.1"), f"such an address is answered {code} {text}")


def what_is_led_on_leaves_in_our_name(box):
    box.ctl("config", "set", "queue.srs", "true")
    box.ctl("reload")
    secret = os.path.join(box.root, "etc", "srs.secret")
    check(stat.S_IMODE(os.stat(secret).st_mode) == 0o640, "the secret is not as it should be")
    for address, whom in (("sales@example.com", "carl@far.test"), ("team@example.com", "dora@far.test"),
                          ("who.ever@caught.test", "carl@far.test"), ("bob@example.com", "bert@far.test")):
        sender, recipients = led_on(box, "zoe@third.test", address)
        check(recipients == [whom], f"{address}: {recipients}")
        domain = address.split("@")[1]
        check(sender.startswith("SRS0=") and sender.endswith("=third.test=zoe@" + domain), f"{address}: sender {sender}")
    check(led_on(box, "alice@example.com", "sales@example.com")[0] == "alice@example.com", "our own sender was changed")
    found = box.json("account", "lookup", "sales@example.com")["targets"]
    check([one["sender_domain"] for one in found] == ["example.com"], f"{found}")


def a_report_goes_back_to_the_sender_and_nothing_else_does(box):
    sender = led_on(box, "zoe@third.test", "sales@example.com")[0]
    check(led_on(box, "", sender) == ("", ["zoe@third.test"]), "it went elsewhere")
    check(led_on(box, "", sender.upper()) == ("", ["ZOE@THIRD.TEST"]), "a host that folds case")
    answer = box.try_ctl("account", "lookup", sender)
    check(answer.returncode == 0 and f"{sender} -> zoe@third.test (srs, {box.root}/etc/srs.secret)" in answer.stdout, answer.stdout)
    code, text = give(box, "mallory@third.test", sender)
    check(code == 550 and text.startswith("5.7.1"), f"no report is answered {code} {text}")
    forged = sender.replace("=zoe@", "=victim@")
    code, text = give(box, "", forged)
    check(code == 550 and text.startswith("5.1.1"), f"a forged one is answered {code} {text}")
    box.ctl("account", "lookup", forged, code=1)
    with box.submission() as client:
        client.mail("alice@example.com")
        code, text = client.rcpt(sender)
        check(code == 550 and text.startswith(b"5.7.1"), f"a login is answered {code} {text}")


def a_chain_leads_to_the_first(box):
    first = "SRS0=abcd=JR=fourth.test=zoe@third.test"
    sender = led_on(box, first, "sales@example.com")[0]
    check(sender.startswith("SRS1=") and sender.endswith("=third.test==abcd=JR=fourth.test=zoe@example.com"), sender)
    check(led_on(box, "", sender) == ("", [first]), "it went elsewhere")


def a_new_secret_is_laid_before_the_old(box):
    before = led_on(box, "zoe@third.test", "sales@example.com")[0]
    secret = os.path.join(box.root, "etc", "srs.secret")
    with open(secret, encoding="utf-8") as file:
        old = file.read()
    with open(secret, "w", encoding="utf-8") as file:
        file.write("another-secret-of-this-site\n" + old)
    box.ctl("config", "check")
    box.ctl("reload")
    after = led_on(box, "zoe@third.test", "sales@example.com")[0]
    check(after != before, "the new one does not sign")
    for sender in (before, after):
        check(led_on(box, "", sender) == ("", ["zoe@third.test"]), f"{sender} is not known")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("short\n")
    check("srs.secret" in box.ctl("config", "check", code=78).stderr, "config check does not see it")
    box.ctl("reload")
    code, text = give(box, "", after)
    check(code == 451, f"without a secret a report is answered {code} {text}")
    subject = token()
    check(give(box, "zoe@third.test", "sales@example.com", subject)[0] == 250, "mail is refused")
    wait("it to wait", lambda: [row for row in box.json("queue", "list") if row["recipients"][-1]["attempts"]])
    check(not SINK.of(subject), "it went out")
    with open(secret, "w", encoding="utf-8") as file:
        file.write(old)
    box.ctl("reload")
    box.ctl("queue", "run")
    wait("the message there", lambda: SINK.of(subject))
    check(SINK.of(subject)[0][0].startswith("SRS0="), "not in our name")


def another_instance_reports_by_it(box):
    """The whole way: the far site takes what we forward, fails with it, and tells the sender through us."""
    far = harness.Instance("mail.far2.test")
    for conf, domain, port in ((box.conf, "far2.test", far.port(25)), (far.conf, "example.com", box.port(25)), (far.conf, "third.test", SINK.port)):
        with open(conf, "a", encoding="utf-8") as file:
            file.write(f'[[route]]\ndomain = "{domain}"\nto = "smtp:[127.0.0.1]:{port}"\n')
    far.start().domain("far2.test", ("carl",))
    far.ctl("alias", "add", "lost@far2.test", "nobody@third.test")
    box.ctl("alias", "add", "onward@example.com", "lost@far2.test")
    box.ctl("reload")
    subject = token()
    check(give(box, "zoe@third.test", "onward@example.com", subject)[0] == 250, "mail is refused")
    ((sender, recipients),) = wait("the report with the sender", lambda: SINK.of(subject), 30)
    check((sender, recipients) == ("", ["zoe@third.test"]), f"it went to {recipients} from {sender!r}")
    report = next(octets for _, _, octets in SINK.taken if subject.encode() in octets)
    check(b"Reporting-MTA: dns; mail.far2.test" in report and b"Final-Recipient: rfc822; nobody@third.test" in report, "no report of it")
    far.remove()


def reports(box, account="alice@example.com"):
    client = box.imap(account)
    try:
        data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        found = [email.message_from_bytes(row[1], policy=email.policy.default) for row in data if isinstance(row, tuple)]
        return [one for one in found if one.get_content_type() == "multipart/report"]
    finally:
        client.logout()


def submit(box, *to, field=None):
    """A message of alice's; its report, for one of them is nobody."""
    before = len(reports(box))
    made = message(token(), "alice@example.com", ", ".join(to), "a line\n")
    if field:
        made[field[0]] = field[1]
    with box.submission() as client:
        client.send_message(made, "alice@example.com", list(to))
    wait("a report", lambda: len(reports(box)) == before + 1)
    return reports(box)[-1]


def one_of_three(box):
    """A 550 for one of three: the report names that one alone, to a person and to programs."""
    report = submit(box, "carl@far.test", "nobody@far.test", "dora@third.test")
    text, status, original = report.iter_parts()
    words = text.get_content()
    for part in ("<nobody@far.test>", "said: 550-5.1.1" if "550-" in words else "said: 550 5.1.1", ">>> RCPT TO:<nobody@far.test>",
                 "<<< 550 5.1.1 ask the postmaster"):
        check(part in words, f"{part!r} is not in {words}")
    check("carl@" not in words and "dora@" not in words, f"others are named: {words}")
    check(text["Content-Language"] == "en" and original.get_content_type() == "text/rfc822-headers", f"{text.items()}")
    whole, only = status.get_payload()
    check(whole["Reporting-MTA"] == "dns; mail.test", whole.as_string())
    check(only["Final-Recipient"] == "rfc822; nobody@far.test" and only["Action"] == "failed" and only["Status"] == "5.1.1", only.as_string())
    check(only["Remote-MTA"].startswith("dns; ") and only["Diagnostic-Code"].startswith("smtp; 550"), only.as_string())


def another_program_reads_it(box):
    """Mailman's reader of bounces finds the same one."""
    python = "/usr/bin/python3"  # that of the system has the package
    if subprocess.run([python, "-c", "import flufl.bounce"], capture_output=True, check=False).returncode:
        raise harness.Skipped("python3-flufl.bounce is not installed")
    report = submit(box, "carl@far.test", "nobody@far.test", "dora@third.test")
    read = "import email, sys; from flufl.bounce import scan_message; print(scan_message(email.message_from_binary_file(sys.stdin.buffer)))"
    found = subprocess.run([python, "-c", read], input=report.as_bytes(), capture_output=True, check=True).stdout.decode().strip()
    check(found == "{b'nobody@far.test'}", f"it finds {found}")


def a_copy_for_the_administrator(box):
    box.ctl("config", "set", "queue.notify_account", "boss@example.com")
    box.ctl("reload")
    report = submit(box, "nobody@far.test")
    wait("his copy", lambda: reports(box, "boss@example.com"))
    (copy,) = reports(box, "boss@example.com")
    check(copy["Message-ID"] == report["Message-ID"], "another report")
    submit(box, "nobody@far.test", field=("Auto-Submitted", "auto-generated"))
    box.ctl("account", "disable", "boss@example.com")
    submit(box, "nobody@far.test")
    wait("nothing left", lambda: not box.json("queue", "list"))
    box.ctl("account", "enable", "boss@example.com")
    check(len(reports(box, "boss@example.com")) == 1, "of what a program made, too")


def in_german(box):
    folder = os.path.join(box.root, "etc", "reports")
    shutil.copytree(os.path.join(os.path.dirname(__file__), "..", "..", "etc", "reports"), folder)
    box.ctl("config", "set", "dsn.language", "zh")
    box.ctl("config", "set", "dsn.transcript", "false")
    box.ctl("domain", "set", "example.com", "report_language", "de")
    box.ctl("config", "check")
    box.ctl("reload")
    report = submit(box, "nobody@far.test")
    check(report["Subject"] == "Ihre Nachricht konnte nicht zugestellt werden", report["Subject"])
    text = next(report.iter_parts())
    words = text.get_content().replace("\r\n", "\n")
    check(text["Content-Language"] == "de" and text.get_content_charset() == "utf-8", f"{text.items()}")
    check("wird nicht weiter versucht:\n\n  <nobody@far.test>\n" in words and "antwortete: 550" in words, words)
    check("RCPT TO" not in words and "{" not in words, words)
    check(list(report.iter_parts())[1].get_payload()[1]["Action"] == "failed", "the fields for programs")
    box.ctl("domain", "unset", "example.com", "report_language")
    report = submit(box, "nobody@far.test")
    check(report["Subject"] == "您的邮件无法投递" and "的答复：550" in next(report.iter_parts()).get_content(), report["Subject"])
    with open(os.path.join(folder, "zh.failure"), "a", encoding="utf-8") as file:
        file.write("\n{nonsense}\n")
    told = box.ctl("config", "check", code=78).stderr
    check("zh.failure" in told and "{nonsense}" in told, told)
    box.ctl("reload")
    check(submit(box, "nobody@far.test")["Subject"] == "Mail could not be delivered", "a faulty text is used")


def build():
    box = harness.Instance()
    with open(box.conf, "a", encoding="utf-8") as file:
        for domain in ("far.test", "third.test"):
            file.write(f'[[route]]\ndomain = "{domain}"\nto = "smtp:[127.0.0.1]:{SINK.port}"\n')
    box.start().domain(accounts=("alice", "bob", "boss"))
    box.domain("caught.test", ())
    box.ctl("domain", "set", "caught.test", "catch_all", "carl@far.test")
    box.ctl("alias", "add", "sales@example.com", "carl@far.test")
    box.ctl("group", "add", "team@example.com", "dora@far.test", "--name", "Team")
    box.ctl("account", "forward", "add", "bob@example.com", "bert@far.test", "--no-keep")
    return box


SINK = Sink()
INSTANCE = build()
harness.run(INSTANCE, senders_stay_without_the_option, what_is_led_on_leaves_in_our_name,
            a_report_goes_back_to_the_sender_and_nothing_else_does, a_chain_leads_to_the_first, a_new_secret_is_laid_before_the_old,
            another_instance_reports_by_it, one_of_three, another_program_reads_it, a_copy_for_the_administrator, in_german)
