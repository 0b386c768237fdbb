#!/usr/bin/env python3
"""SEARCH, SORT and THREAD beside Dovecot, over mail from the world.

$MDMAIL_CORPUS names a folder of archives (*.tar.xz) of messages, some hundred of which are appended to both servers; without it, or
without Dovecot or root, the case is skipped. Each question is put to both. Where the answers differ, search_beside_dovecot.md has to
name the question and why ours is the better one; a difference that it does not name fails the case, and so does a line of it that
does not show any more.
"""
import imaplib
import os
import re
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import corpus as corpus_of
import harness
from harness import PASSWORD, check
from private_dovecot import PrivateDovecot

COUNT = 200  # of an archive

WORDS = ("meeting", "linux", "Re:", "free", "the", "base64", "été", "ü", "привет", "こん", "html", "href", "viagra", "net_time",
         "unsubscribe", "hello world", "=20", "multipart", "attachment", "x-mailer", "2002", "from:", "日本")
QUESTIONS = (
    [f"{key} {word}" for key in ("SUBJECT", "FROM", "TO", "CC", "BODY", "TEXT") for word in WORDS]
    + ["HEADER Message-ID @", "HEADER X-Mailer \"\"", "NOT HEADER Date \"\"", "HEADER List-Id linux", "HEADER Content-Type multipart"]
    + ["SENTBEFORE 1-Aug-2002", "SENTSINCE 1-Sep-2002", "SENTON 22-Aug-2002", "SENTBEFORE 1-Jan-1980", "SENTSINCE 1-Jan-2030"]
    + ["LARGER 4000", "SMALLER 2000", "OR BODY linux NOT SUBJECT re", "NOT (TEXT the BODY a)", "SUBJECT linux BODY the FROM \"@\"",
       "1:20 BODY a", "UNSEEN BODY the", "BODY \"\"", "SUBJECT \"\"", "OR SENTBEFORE 1-Aug-2002 LARGER 10000"])
SORTS = ("ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "REVERSE DATE", "REVERSE SUBJECT DATE", "FROM REVERSE SIZE")
THREADS = ("REFERENCES", "ORDEREDSUBJECT")


def corpus():
    """With CRLF and without NUL, as APPEND takes them."""
    found = [raw.replace(b"\r\n", b"\n").replace(b"\0", b"") for _, raw in corpus_of.messages(COUNT)]
    return [raw.replace(b"\n", b"\r\n") for raw in found if raw]


def dovecot_client(server):
    client = imaplib.IMAP4("127.0.0.1", server.imap, timeout=60)
    client.login("bob", PASSWORD)
    return client


def fill(client, messages):
    for raw in messages:
        answer = client.append("INBOX", None, '"01-Jan-2020 00:00:00 +0000"', raw)
        check(answer[0] == "OK", f"APPEND: {answer}")
    client.select("INBOX")


def ask(client, command, *words):
    """The untagged data of one command, as text."""
    tag = client._new_tag()
    line = b" ".join([tag, command.encode(), *[word.encode() for word in words]])
    client.send(line + b"\r\n")
    data = b""
    while True:
        got = client.readline()
        check(got, "the connection is over")
        if got.startswith(tag + b" "):
            check(got.startswith(tag + b" OK"), f"{line!r}: {got!r}")
            return data.decode()
        if got.startswith(b"* " + command.encode()):
            data += got[2 + len(command):].strip()


def quoted(question):
    """Words that are no atoms, in quotes."""
    key, _, word = question.partition(" ")
    plain = re.fullmatch(r"[A-Za-z0-9_@-]+", word)
    return f'{key} "{word}"' if key in ("SUBJECT", "FROM", "TO", "CC", "BODY", "TEXT") and not plain and '"' not in word else question


def excused():
    """The questions of the document's table."""
    with open(os.path.join(HERE, "search_beside_dovecot.md"), encoding="utf-8") as file:
        return set(re.findall(r"^\| `([^`]+)` \|", file.read(), re.MULTILINE))


def same_answers(box):
    messages = corpus()
    theirs_server = PrivateDovecot()
    try:
        theirs = dovecot_client(theirs_server)
        ours = box.imap(mailbox=None)
        fill(ours, messages)
        fill(theirs, messages)
        asked = [("SEARCH", ("CHARSET UTF-8", quoted(question)), question) for question in QUESTIONS]
        asked += [("SORT", (f"({keys}) UTF-8 ALL",), f"SORT {keys}") for keys in SORTS]
        asked += [("THREAD", (f"{name} UTF-8 ALL",), f"THREAD {name}") for name in THREADS]
        differing = {}
        for command, words, name in asked:
            one, other = ask(ours, command, *words), ask(theirs, command, *words)
            if one != other:
                differing[name] = (one, other)
        print(f"{len(messages)} messages: {len(asked)} questions, {len(differing)} answers differ, {len(excused())} with a reason")
        report(differing, excused(), len(asked))
        ours.logout()
        theirs.logout()
    finally:
        theirs_server.stop()


def report(differing, known, count):
    faults = []
    for name in sorted(set(differing) - known):
        one, other = (set(text.split()) for text in differing[name])
        if name.startswith(("SORT", "THREAD")):
            faults.append(f"{name}:\n  ours   {differing[name][0]}\n  theirs {differing[name][1]}")
        else:
            faults.append(f"{name}: only ours {sorted(one - other, key=int)}, only theirs {sorted(other - one, key=int)}")
    faults += [f"{name}: no difference any more" for name in sorted(known - set(differing))]
    check(not faults, f"of {count} answers:\n" + "\n".join(faults))


if __name__ == "__main__":
    machine = harness.Instance()
    machine.start().domain()
    harness.run(machine, same_answers)
