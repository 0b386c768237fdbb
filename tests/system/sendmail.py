#!/usr/bin/env python3
"""sendmail(1), mailq and newaliases as local programs use them: cron, mail(1), scripts, Python and what pipes SMTP into -bs."""
import email
import email.policy
import os
import pty
import pwd
import re
import resource
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, token, wait

ME = pwd.getpwuid(os.getuid()).pw_name


def sendmail(box, *words, text="", name="sendmail", conf=True, limit=None):
    """Any outcome. `name`: as which it is called; `limit`: octets of memory that it may map."""
    program = os.path.join(harness.programs(), "src/sendmail/sendmail")
    environment = {**os.environ, **({"MDMAIL_CONF": box.conf} if conf else {})}
    data = text.encode() if isinstance(text, str) else text
    bound = (lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))) if limit else None
    return subprocess.run([name, *words], executable=program, input=data, capture_output=True, env=environment, timeout=120,
                          preexec_fn=bound, check=False)


def expect(done, code, *said):
    output = (done.stdout + done.stderr).decode("utf-8", "replace")
    check(done.returncode == code, f"exit {done.returncode}, wanted {code}: {output.strip()[-400:]}")
    for words in said:
        check(words in output, f"{words!r} is not said: {output.strip()[-400:]}")
    return output


def received(box, subject, account="bob@example.com"):
    """The message of that subject, as IMAP has it; LF."""
    box.await_subjects([subject], account)
    client = box.imap(account)
    number = client.search(None, "SUBJECT", f'"{subject}"')[1][0].split()[-1]
    data = client.fetch(number, "(BODY.PEEK[])")[1]
    client.logout()
    return next(row[1] for row in data if isinstance(row, tuple)).replace(b"\r\n", b"\n")


def plain(box):
    mark = token()
    expect(sendmail(box, "bob@example.com", text=f"Subject: {mark}\nTo: somebody\n\ntext\n"), 0)
    message = received(box, mark)
    uid = os.getuid()
    check(f"(from userid {uid})".encode() in message, "Received does not tell the uid")
    check(b"Return-Path: <" + ME.encode() + b"@example.com>\n" in message, "the sender is not the caller")
    check(b"\nTo: somebody@example.com\n" in message, "To is not completed")
    check(re.search(rb"\nFrom: .*<?" + ME.encode() + rb"@example.com>?\n", message), "From is not added")
    check(b"\nDate: " in message and b"\nMessage-ID: " in message, "Date or Message-ID is not added")
    check(any(f"uid={uid} " in line for line in box.logged("smtp-local-user")), "the log does not tell the uid")


def cron(box):
    mark = token()
    text = f"From: root (Cron Daemon)\nTo: bob\nSubject: {mark}\nContent-Type: text/plain; charset=UTF-8\n\n.\nfünf\n"
    expect(sendmail(box, "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "bob", text=text), 0)
    message = received(box, mark)
    check(b"\nFrom: root@example.com (Cron Daemon)\nTo: bob@example.com\n" in message, message.decode())
    check(message.endswith("\n\n.\nfünf\n".encode()), "the body is another")


def mail_program(box):
    """As s-nail, heirloom and bsd-mailx call it."""
    mark = token()
    expect(sendmail(box, "-i", "-t", text=f"To: bob@example.com\nSubject: {mark}\n\nhello\n"), 0)
    received(box, mark)
    mark = token()
    expect(sendmail(box, "-i", "--", "bob@example.com", text=f"From: a@example.com\nSubject: {mark}\n\nhello\n"), 0)
    received(box, mark)


def recipients_of_the_header(box):
    mark = token()
    text = f"From: x@example.com\nTo: bob\nBcc: Al <alice@example.com>,\n carol\nSubject: {mark}\n\ntext\n"
    expect(sendmail(box, "-t", "dave@example.com", text=text), 0)
    for account in ("alice", "bob", "carol", "dave"):
        message = received(box, mark, f"{account}@example.com")
        check(b"Bcc" not in message and b"carol" not in message.partition(b"\n\n")[0].replace(b"Delivered-To", b""), "Bcc is told")


def resent(box):
    mark = token()
    text = f"Resent-From: x@example.com\nResent-To: carol\nFrom: y@example.com\nTo: bob\nSubject: {mark}\n\ntext\n"
    expect(sendmail(box, "-t", text=text), 0)
    received(box, mark, "carol@example.com")
    check(mark not in box.subjects(), "To counts beside Resent-To")


def dots(box):
    mark = token()
    expect(sendmail(box, "bob", text=f"Subject: {mark}\n\n..\n.x\n.\nnever\n"), 0)
    check(received(box, mark).endswith(b"\n\n..\n.x\n"), "a dot does not end it")
    mark = token()
    expect(sendmail(box, "-oi", "bob", text=f"Subject: {mark}\r\n\r\n..\r\n.\r\nthere"), 0)
    check(received(box, mark).endswith(b"\n\n..\n.\nthere\n"), "a dot ends it, or lines are others")


def sender(box):
    mark = token()
    expect(sendmail(box, "-f", "list-owner@lists.test", "-F", "A List", "bob", text=f"Subject: {mark}\n\n"), 0)
    message = received(box, mark)
    check(message.startswith(b"Return-Path: <list-owner@lists.test>\n"), "-f is not the sender")
    check(b'\nFrom: "A List" <list-owner@lists.test>\n' in message, "-F is not in From")
    mark = token()
    expect(sendmail(box, "-f", "<>", "bob", text=f"Subject: {mark}\n\n"), 0)
    check(received(box, mark).startswith(b"Return-Path: <>\n"), "-f <> is not the null path")


def text_without_header(box):
    mark = token()
    expect(sendmail(box, "bob", text=f"hello {mark}\nworld\n"), 0)
    client = box.imap()
    found = wait("the text", lambda: client.select("INBOX") and client.search(None, "BODY", mark)[1][0])
    message = client.fetch(found.split()[-1], "(BODY.PEEK[TEXT])")[1][0][1]
    client.logout()
    check(message == f"hello {mark}\r\nworld\r\n".encode(), f"the text is {message}")


def report_asked_for(box):
    mark = token()
    expect(sendmail(box, "-f", "alice@example.com", "-N", "success", "-R", "hdrs", "-V", mark, "bob", text=f"Subject: {mark}\n\nx\n"), 0)
    received(box, mark)
    client = box.imap("alice@example.com")
    found = wait("a report", lambda: client.select("INBOX") and client.search(None, "TEXT", mark)[1][0])
    report = client.fetch(found.split()[-1], "(BODY.PEEK[])")[1][0][1]
    client.logout()
    check(f"original-envelope-id: {mark}".encode() in report.lower(), "the report does not name the envelope")


def smtp_on_standard_input(box):
    mark = token()
    script = f"EHLO here\nMAIL FROM:<alice>\nRCPT TO:<bob>\nDATA\nSubject: {mark}\n\ntext\n.\nQUIT\n"
    said = expect(sendmail(box, "-bs", text=script), 0)
    check(said.startswith("220 ") and said.endswith("closing\r\n") and " queued as " in said, said)
    received(box, mark)
    mark = token()
    script = script.replace("\n", "\r\n").replace("text", mark)
    expect(sendmail(box, "-bs", text=script), 0, " queued as ")


def seen_among_the_sessions(box):
    program = os.path.join(harness.programs(), "src/sendmail/sendmail")
    environment = {**os.environ, "MDMAIL_CONF": box.conf}
    with subprocess.Popen(["sendmail", "-bs"], executable=program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as one:
        check(one.stdout.readline().startswith(b"220 "), "no greeting")
        rows = [row for row in box.json("sessions", "list") if row["user"]]
        check([(row["user"], row["account"], row["protocol"]) for row in rows] == [(ME, "", "smtp")], f"{rows}")
        check(f"user {ME}" in box.ctl("sessions", "list"), "the table does not tell the user")
        one.communicate(b"QUIT\r\n", timeout=20)


def verify(box):
    said = expect(sendmail(box, "-bv", "bob", "nobody@example.com"), 67, "nobody@example.com: 550 5.1.1")
    check("bob: 250 " in said, said)
    expect(sendmail(box, "-bv", "bob"), 0)


def refused_recipients(box):
    expect(sendmail(box, "nobody@example.com", text="x\n"), 67, "nobody@example.com: 550 5.1.1")
    mark = token()
    done = sendmail(box, "no1@example.com", "bob@example.com", "no2@example.com", text=f"Subject: {mark}\n\n")
    said = expect(done, 67, "no1@example.com: 550", "no2@example.com: 550")
    check("bob" not in said, said)
    received(box, mark)


def many_recipients(box):
    """More than one transaction takes, and more errors than strangers may make."""
    box.ctl("config", "set", "smtp.max_recipients", "100")
    box.ctl("reload")
    mark = token()
    names = [f"no{i}@example.com" for i in range(130)] + [f"bob+{i}@example.com" for i in range(120)] + ["carol@example.com"]
    said = expect(sendmail(box, "-t", text=f"Bcc: {', '.join(names)}\nSubject: {mark}\n\n"), 67)
    check(said.count("550 5.1.1") == 130, f"{said.count('550 5.1.1')} are refused")
    received(box, mark, "carol@example.com")
    wait("one for each address of bob's", lambda: box.subjects().count(mark) >= 120)
    check(box.subjects().count(mark) == 120, f"bob has {box.subjects().count(mark)}")


def bad_input(box):
    expect(sendmail(box, "-t", text="Subject: x\n\n"), 65, "names no recipient")
    expect(sendmail(box, "-t", text="To: a@b@c, bob\n\n"), 65, "is no address")
    expect(sendmail(box, "bob@-", text="x\n"), 65, '"bob@-" is no address')
    expect(sendmail(box, "-t", text="To: bob\nX: " + "x" * (2 << 20)), 65, "larger than")
    expect(sendmail(box), 64, "no recipient")
    expect(sendmail(box, "-bd"), 64, "mdctl start")
    expect(sendmail(box, "-Z", "bob"), 64, "-Z")
    expect(sendmail(box, "-C", "/nowhere.conf", "bob"), 78, "/nowhere.conf")


def large(box):
    """30 MB, with memory for a few."""
    mark = token()
    body = ("x" * 76 + "\n") * (30_000_000 // 77)
    limit = None if b"asan" in open(os.path.join(harness.programs(), "src/sendmail/sendmail"), "rb").read() else 24 << 20
    expect(sendmail(box, "bob", text=f"Subject: {mark}\n\n{body}", limit=limit), 0)
    message = received(box, mark)
    check(message.endswith("\n\n" .encode() + body.encode()), "the body is another")


def slow_writer(box):
    """cron's pipe: the first line at once, the last one long after; the server is restarted meanwhile."""
    mark = token()
    program = os.path.join(harness.programs(), "src/sendmail/sendmail")
    with subprocess.Popen([program, "bob"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "MDMAIL_CONF": box.conf}) as job:
        job.stdin.write(f"Subject: {mark}\n\nfirst\n".encode())
        job.stdin.flush()
        box.ctl("restart")
        job.stdin.write(b"last\n")
        job.stdin.close()
        check(job.wait(30) == 0, job.stderr.read().decode())
    check(received(box, mark).endswith(b"\nfirst\nlast\n"), "it is not whole")


def daemon_away(box):
    box.stop()
    # At a terminal: whoever sits there waits less long than a program.
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"x\n.\n")
    program = os.path.join(harness.programs(), "src/sendmail/sendmail")
    done = subprocess.run([program, "bob"], stdin=terminal, capture_output=True, env={**os.environ, "MDMAIL_CONF": box.conf}, timeout=120,
                          check=False)
    os.close(keyboard)
    os.close(terminal)
    expect(done, 75, "does not answer")
    mark = token()
    later = threading.Timer(2, box.start)
    later.start()
    expect(sendmail(box, "bob", text=f"Subject: {mark}\n\n"), 0)
    later.join()
    received(box, mark)


def queue(box):
    mark = token()
    expect(sendmail(box, "-f", "alice@example.com", "eve@elsewhere.test", text=f"Subject: {mark}\n\n"), 0)
    wait("the queue's row", lambda: "eve@elsewhere.test" in box.ctl("queue", "list").stdout)
    expect(sendmail(box, name="mailq"), 0, "eve@elsewhere.test")
    expect(sendmail(box, "-C", box.conf, "-bp", conf=False), 0, "eve@elsewhere.test")
    expect(sendmail(box, "-q"), 0, "trying")
    expect(sendmail(box, name="newaliases"), 0, "live")
    box.ctl("queue", "remove", "--all", "--yes")


def python_and_git(box):
    """As Python's documentation has it, with CRLF and recipients of the header; as git send-email does, with LF and
    recipients behind the options."""
    for linesep in ("\r\n", "\n"):
        mark = token()
        message = harness.message(mark)
        words = ["-t", "-oi"] if linesep == "\r\n" else ["-i", "-f", "alice@example.com", "bob@example.com"]
        expect(sendmail(box, *words, text=message.as_bytes(policy=message.policy.clone(linesep=linesep))), 0)
        came = email.message_from_bytes(received(box, mark), policy=email.policy.default)
        check(came.get_content() == message.get_content(), f"the body is {came.get_content()!r}")


def closed_descriptors(box):
    """As daemons start programs: what is opened must not be taken for standard error, nor nothing for a message."""
    program = os.path.join(harness.programs(), "src/sendmail/sendmail")
    environment = {**os.environ, "MDMAIL_CONF": box.conf}
    mark = token()
    done = subprocess.run(["sh", "-c", f"printf 'Subject: {mark}\\n\\n' | '{program}' -v bob >&- 2>&-"], env=environment, timeout=120,
                          check=False)
    check(done.returncode == 0, f"exit {done.returncode}")
    received(box, mark)
    done = subprocess.run(["sh", "-c", f"'{program}' bob <&-"], env=environment, timeout=120, capture_output=True, check=False)
    expect(done, 66, "standard input")


def no_blind_copies(box):
    """Who names the recipients leaves Bcc in, on the command line and in SMTP."""
    mark = token()
    expect(sendmail(box, "bob", text=f"To: bob\nBcc: carol\nSubject: {mark}\n\n"), 0)
    check(b"carol" not in received(box, mark), "Bcc is told")
    mark = token()
    script = f"EHLO here\nMAIL FROM:<alice>\nRCPT TO:<bob>\nDATA\nBcc: carol\nSubject: {mark}\n\ntext\n.\nQUIT\n"
    expect(sendmail(box, "-bs", text=script), 0, " queued as ")
    check(b"carol" not in received(box, mark), "Bcc is told")


def banned_sender(box):
    """Bans are for strangers."""
    box.ctl("ban", "add", "sender", "*@example.com")
    mark = token()
    expect(sendmail(box, "-f", "alice@example.com", "bob", text=f"Subject: {mark}\n\n"), 0)
    received(box, mark)
    box.ctl("ban", "remove", "sender", "*@example.com")


INSTANCE = harness.Instance().domain(accounts=("alice", "bob", "carol", "dave")).start()
harness.run(INSTANCE, plain, cron, mail_program, recipients_of_the_header, resent, dots, sender, text_without_header, report_asked_for,
            smtp_on_standard_input, verify, refused_recipients, many_recipients, bad_input, large, slow_writer, daemon_away, queue,
            python_and_git, closed_descriptors, no_blind_copies, banned_sender)
