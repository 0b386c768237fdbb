#!/usr/bin/env python3
"""The verbs of `mdctl queue` and `mdctl quarantine` on many messages: with mdqueue up, while it is down, and over a restart. Every message
is accounted for at the end: delivered once, returned once, or removed."""
import collections
import os
import smtplib
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait

MESSAGES = 10000 if os.environ.get("MDMAIL_LONG") else 1000
SENDERS = 4


def send_many(box, subjects, recipient):
    """Some sessions side by side, each message by itself."""
    failures = []

    def work(mine):
        try:
            with box.submission() as client:
                for subject in mine:
                    client.send_message(message(subject, "alice@example.com", recipient))
        except (OSError, smtplib.SMTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(subjects[i::SENDERS],)) for i in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not failures, f"not sent: {failures}")


def ids(box, *selection):
    return [one["id"] for one in box.json("queue", "list", *selection)]


def counts(box):
    return {row["queue"]: row["messages"] for row in box.json("queue", "stats")}


def act(box, verb, *words, **how):
    return box.json("queue", verb, *words, **how)["done"]


def restart(box):
    before = counts(box)
    box.stop()
    check(counts(box) == before, f"while mdqueue is down: {counts(box)}, before {before}")
    box.start()
    check(counts(box) == before, f"after a restart: {counts(box)}, before {before}")


def every_verb_before_and_after_a_restart(box):
    word = token()
    subjects = [f"{word}-{i:05}" for i in range(MESSAGES)]
    part = MESSAGES // 10
    box.ctl("queue", "freeze", "incoming")
    send_many(box, subjects, "bob@example.com")
    wait("all messages in the queue", lambda: counts(box).get("incoming") == MESSAGES, 60)
    check(not any(subject.startswith(word) for subject in box.subjects()), "a frozen queue delivers")
    restart(box)
    check({row["value"] for row in box.json("queue", "freeze")} == {"incoming"}, "the freeze did not outlast the restart")

    all_ids = ids(box)
    check(len(set(all_ids)) == MESSAGES, "an id twice, or none")
    held, returned, removed, bad, apart, released = (all_ids[i * part:(i + 1) * part] for i in range(6))
    by_stdin = lambda some: {"stdin": "\n".join(some) + "\n"}
    check(act(box, "hold", "-", **by_stdin(held)) == part, "hold")
    check(act(box, "move", "bad", *bad) == part, "move to bad")
    check(act(box, "move", "quarantine", "-", **by_stdin(apart)) == part, "move to quarantine")
    check(act(box, "remove", "-", "--yes", **by_stdin(removed)) == part, "remove")
    rest = MESSAGES - 4 * part
    wanted = {"incoming": rest, "holding": part, "bad": part, "quarantine": part}
    check(counts(box) == wanted, f"{counts(box)}, expected {wanted}")
    restart(box)

    # The same with mdqueue down.
    box.stop()
    check(act(box, "hold", *released) == part, "hold while it is down")
    check(act(box, "release", *released) == part, "release while it is down")
    check(act(box, "bounce", "-", "--yes", **by_stdin(returned)) == part, "bounce while it is down")
    check(len(box.json("quarantine", "list")) == part, "the quarantine")
    check(box.json("quarantine", "release", *apart[:part // 2])["done"] == part // 2, "release from quarantine")
    box.start()
    check(box.json("quarantine", "remove", "--all", "--yes")["done"] == part - part // 2, "remove from quarantine")
    check(act(box, "requeue", "--queue", "bad") == part, "requeue by selection")
    check(act(box, "release", "--queue", "holding") == part, "release by selection")

    gone = set(removed) | set(apart[part // 2:])
    box.ctl("queue", "thaw", "incoming")
    wait("the queue empty", lambda: not counts(box), 120)
    arrived = collections.Counter(subject for subject in box.subjects() if subject.startswith(word))
    check(max(arrived.values()) == 1, "a message twice")
    check(len(arrived) == MESSAGES - len(gone) - part, f"{len(arrived)} arrived of {MESSAGES}")
    reports = [subject for subject in box.subjects("alice@example.com") if subject == "Mail could not be delivered"]
    check(len(reports) == part, f"{len(reports)} reports, expected {part}")
    box.ctl("queue", "show", held[0], code=66)


def what_is_frozen_by_domain_and_sender(box):
    box.ctl("queue", "freeze", "--domain", "example.com")
    box.ctl("queue", "freeze", "--sender", "eve@elsewhere.test")
    word = token()
    box.send(word + "-a")
    wait("it waits", lambda: sum(counts(box).values()) == 1)
    (one,) = wait("its reason", lambda: box.json("queue", "list", "--reason", "frozen"))
    check(one["recipients"][0]["attempts"] == 0, f"a try was made: {one}")
    box.ctl("queue", "thaw", "--domain", "example.com")
    box.await_subjects([word + "-a"])
    box.send(word + "-b", sender="eve@elsewhere.test")
    box.send(word + "-c")
    box.await_subjects([word + "-a", word + "-c"])
    wait("the other waits", lambda: sum(counts(box).values()) == 1)
    box.ctl("queue", "thaw", "--sender", "eve@elsewhere.test")
    box.await_subjects([word + "-a", word + "-b", word + "-c"])


def a_message_is_shown_as_it_lies(box):
    box.ctl("queue", "freeze", "incoming")
    word = token()
    box.send(word)
    wait("it waits", lambda: counts(box).get("incoming") == 1)
    (one,) = ids(box)
    text = box.ctl("queue", "cat", one).stdout
    check(text.startswith("Return-Path: <someone@elsewhere.test>\n") and word in text, f"cat: {text[:200]}")
    shown = box.json("queue", "show", one)
    check(shown["origin"] == "smtp" and shown["client_ip"] == "127.0.0.1", f"show: {shown}")
    box.stop()
    check(box.json("queue", "show", one)["id"] == one, "show while it is down")
    box.ctl("queue", "run", one, code=69)
    box.start()
    box.ctl("queue", "thaw", "incoming")
    box.await_subjects([word])


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, a_message_is_shown_as_it_lies, what_is_frozen_by_domain_and_sender, every_verb_before_and_after_a_restart)
