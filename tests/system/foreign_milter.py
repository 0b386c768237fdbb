#!/usr/bin/env python3
"""A filter made with libmilter behind mdsmtpd, beside mdfilterd: every answer and every change that the protocol has."""
import atexit
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Skipped, check, need, token, wait

HERE = os.path.dirname(os.path.abspath(__file__))


def start_filter(box):
    """Compiles the program and starts it; configures mdmail to ask it."""
    if not os.path.exists("/usr/include/libmilter/mfapi.h"):
        raise Skipped("libmilter's headers are not installed")
    program, place = os.path.join(box.root, "milter_program"), os.path.join(box.root, "libmilter.sock")
    made = subprocess.run([need("gcc"), "-O1", "-Wall", "-o", program, os.path.join(HERE, "lib", "milter_program.c"), "-lmilter",
                           "-lpthread"], capture_output=True, text=True, check=False)
    check(made.returncode == 0, f"the filter does not compile: {made.stderr[-400:]}")
    running = subprocess.Popen([program, place])
    atexit.register(running.kill)
    wait("the filter listens", lambda: os.path.exists(place))
    box.ctl("config", "set", "filter.milters", f'["mdfilterd", "unix:{place}"]')
    box.start().domain()
    return running


STARTED = []


def filtered(box):
    if not STARTED:
        try:
            STARTED.append(start_filter(box))
        except Exception as why:  # what the first case is told, all are
            STARTED.append(why)
    if isinstance(STARTED[0], Exception):
        raise STARTED[0]
    return STARTED[0]


def send(box, wish, recipients=("bob@example.com",), body="a line\r\n.a dot\r\n", extra=""):
    """The subject, and the last reply to each command: MAIL, each RCPT, DATA."""
    filtered(box)
    subject = token()
    with box.smtp() as client:
        client.ehlo()
        replies = [client.mail(f"{wish}@elsewhere.test")]
        if replies[0][0] == 250:
            replies += [client.rcpt(one) for one in recipients]
        if any(code == 250 for code, _ in replies[1:]):
            text = f"From: x@elsewhere.test\r\nSubject: {subject}\r\n{extra}\r\n{body}"
            replies.append(client.data(text.encode()))
    return subject, [(code, text.decode()) for code, text in replies]


def fetch(box, word, account="bob@example.com"):
    """The one message whose text holds the word."""
    def found():
        client = box.imap(account)
        try:
            rows = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            texts = [row[1].decode() for row in rows if isinstance(row, tuple)]
        finally:
            client.logout()
        return [text for text in texts if word in text]
    texts = wait(f"{word} arrives for {account}", found, 30)
    check(len(texts) == 1, f"{word} is there {len(texts)} times")
    return texts[0]


def content_passes_unchanged(box):
    subject, replies = send(box, "nothing")
    check(replies[-1][0] == 250, f"{replies}")
    check(fetch(box, subject).partition("\r\n\r\n")[2] == "a line\r\n.a dot\r\n", "the body is another")


def header_is_changed(box):
    mark = token()
    _, replies = send(box, "header", extra=f"X-Mark: {mark}\r\nX-Remove: one\r\nX-Remove: two\r\nX-Remove: three\r\n",
                      body="12345678\r\n" * 20_000)
    check(replies[-1][0] == 250, f"{replies}")
    text = fetch(box, mark)
    header = text.partition("\r\n\r\n")[0]
    lines = header.split("\r\n")
    check("X-Body-Size: 200000" in lines, "the filter did not see the whole body")
    check("Subject: changed by a filter" in lines and header.count("Subject:") == 1, "the subject is not changed")
    check([line for line in lines if line.startswith("X-Remove")] == ["X-Remove: one", "X-Remove: three"], "another field went")
    check("X-Folded: one\r\n two" in header, "a folded field is not folded")
    names = [line.partition(":")[0] for line in lines if line[:1] not in " \t"]
    first = names.index("X-First")
    check(names[:first] in (["Return-Path", "Received"], ["Return-Path"]), f"X-First stands behind {names[:first]}")
    check(names[-1] in ("X-Folded", "X-Body-Size"), f"added fields do not stand last: {names}")


def body_is_replaced(box):
    subject, replies = send(box, "body")
    check(replies[-1][0] == 250, f"{replies}")
    check(fetch(box, subject).partition("\r\n\r\n")[2] == "another\r\n.body\r\n", "the body is not the filter's")


def sender_is_refused(box):
    _, replies = send(box, "reject-mail")
    check(replies == [(554, "5.7.9 not this sender, 100% sure")], f"{replies}")


def one_recipient_is_refused(box):
    subject, replies = send(box, "tempfail-alice", ("alice@example.com", "bob@example.com"))
    check([code for code, _ in replies] == [250, 451, 250, 250], f"{replies}")
    fetch(box, subject)
    check(subject not in box.subjects("alice@example.com"), "the refused recipient has it")


def message_is_refused(box):
    for wish, code, words in (("reject-header", 550, "5.7.1 first line second line"), ("reject-end", 550, "5.7.1"),
                              ("tempfail-end", 451, "4.")):
        subject, replies = send(box, wish)
        check(replies[-1][0] == code and replies[-1][1].startswith(words), f"{wish}: {replies}")
        check(subject not in box.subjects(), f"{wish}, and it is in the mailbox")


def message_is_discarded(box):
    subject, replies = send(box, "discard-end")
    check(replies[-1][0] == 250, f"{replies}")
    after, _ = send(box, "nothing")
    fetch(box, after)
    check(subject not in box.subjects(), "discarded, and it is in the mailbox")


def message_is_quarantined(box):
    subject, replies = send(box, "quarantine")
    check(replies[-1][0] == 250, f"{replies}")
    wait("it is in the quarantine", lambda: any(row["queue"] == "quarantine" and row["sender"] == "quarantine@elsewhere.test"
                                                for row in box.json("queue", "list")))
    check(subject not in box.subjects(), "quarantined, and it is in the mailbox")


def envelope_is_changed(box):
    subject, replies = send(box, "recipients")
    check(replies[-1][0] == 250, f"{replies}")
    fetch(box, subject, "alice@example.com")
    check(subject not in box.subjects(), "the recipient that was taken off has it")
    subject, replies = send(box, "from")
    check(fetch(box, subject).startswith("Return-Path: <other@elsewhere.test>"), "the sender is not the filter's")


def filter_that_has_seen_enough(box):
    for wish in ("accept-mail", "skip-body"):
        subject, replies = send(box, wish, body="12345678\r\n" * 50_000)
        check(replies[-1][0] == 250, f"{wish}: {replies}")
        fetch(box, subject)


def filter_that_takes_its_time(box):
    """It says that it works; filter.timeout counts from each word."""
    filtered(box)
    box.ctl("config", "set", "filter.timeout", "2s")
    box.ctl("reload")
    subject, replies = send(box, "slow")
    check(replies[-1][0] == 250, f"{replies}")
    fetch(box, subject)


def filter_that_dies(box):
    """Strangers come again; who logged in is not sent away."""
    running = filtered(box)
    running.kill()
    running.wait()
    _, replies = send(box, "nothing")
    check(replies[0][0] == 451, f"without the filter: {replies}")
    with box.submission() as client:
        check(client.mail("alice@example.com")[0] == 250, "without the filter people cannot send")


INSTANCE = harness.Instance()
harness.run(INSTANCE, content_passes_unchanged, header_is_changed, body_is_replaced, sender_is_refused, one_recipient_is_refused,
            message_is_refused, message_is_discarded, message_is_quarantined, envelope_is_changed, filter_that_has_seen_enough,
            filter_that_takes_its_time, filter_that_dies)
