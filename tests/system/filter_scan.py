#!/usr/bin/env python3
"""mdctl filter scan: a line for each file, which says what a live session would have been told."""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message

STRANGER = "someone@elsewhere.test"
RECIPIENTS = ("bob@example.com", "alice@example.com")


def file_of(box, name="message", text=None):
    path = os.path.join(box.root, name)
    with open(path, "wb") as file:
        file.write(text if text is not None else message("a subject", STRANGER).as_bytes())
    return path


def scan(box, *words, **how):
    return [json.loads(line) for line in box.ctl("filter", "scan", *words, **how).stdout.splitlines()]


def shape(box):
    path = file_of(box)
    row, = scan(box, path, "--ip", "192.0.2.7", "--helo", "x.test", "--from", STRANGER, "--to", "bob@example.com")
    check(row["file"] == path and row["verdict"] == "accept" and row["score"] == 0 and row["threshold"] == 5, f"{row}")
    rule, = [rule for rule in row["rules"] if rule["name"] == "lists" and rule.get("recipient")]
    check(0 <= rule["ms"] < 1000 and rule["score"] == 0, f"{rule}")
    check({"spf", "dkim", "dmarc", "arc", "virus", "bayes"} <= set(row) and "recipients" not in row, f"{row}")
    rows = scan(box, path, "-", stdin="Subject: x\n\nbody\n")
    check([row["file"] for row in rows] == [path, "-"], f"{rows}")


def live(box, sender):
    """What each recipient is answered, of RCPT or of DATA."""
    with box.smtp() as client:
        client.ehlo("x.test")
        client.mail(sender)
        codes = {recipient: client.rcpt(recipient)[0] for recipient in RECIPIENTS}
        if 250 in codes.values():
            code, _ = client.data(message("a subject", sender).as_bytes().replace(b"\n", b"\r\n"))
            codes = {recipient: code if was == 250 else was for recipient, was in codes.items()}
    return codes


def verdicts(row):
    if "recipients" in row:
        return {one["recipient"]: one["verdict"] for one in row["recipients"]}
    return {recipient: row["verdict"] for recipient in RECIPIENTS}


def agrees_with_the_live_session(box):
    path = file_of(box)
    entries = [("blacklist", "sender", STRANGER, "--account", "bob@example.com"),
               ("whitelist", "sender", "elsewhere.test", "--account", "alice@example.com"),
               ("blacklist", "ip", "127.0.0.0/8"),
               ("whitelist", "helo", "x.test", "--domain", "example.com")]
    for noun, *words in entries:
        box.ctl(noun, "add", *words)
        row, = scan(box, path, "--ip", "127.0.0.1", "--helo", "x.test", "--from", STRANGER, "--to", ",".join(RECIPIENTS))
        told = {recipient: {250: "accept", 550: "reject", 451: "defer"}[code] for recipient, code in live(box, STRANGER).items()}
        check(verdicts(row) == told, f"after {noun} {words}: scan says {verdicts(row)}, the live session {told}")
    check(verdicts(row) == {"bob@example.com": "reject", "alice@example.com": "accept"} and row["verdict"] == "reject", f"{row}")
    found = [one["found"] for one in row["rules"] if one.get("recipient") == "bob@example.com"]
    check(found == [STRANGER + " is on the black list of bob@example.com"], f"what was found: {found}")
    row, = scan(box, path, "--ip", "127.0.0.1", "--from", STRANGER, "--to", "bob@example.com", "--auth", "alice@example.com")
    check(row["verdict"] == "accept", "who logged in is refused")
    for noun, *words in entries:
        box.ctl(noun, "remove", *words)


def aliases_and_host_names_count_as_in_a_live_session(box):
    path = file_of(box)
    box.names[("55.0.18.198.in-addr.arpa", "PTR")] = "dialup.elsewhere.test"
    box.names[("dialup.elsewhere.test", "A")] = "198.18.0.55"
    box.ctl("alias", "add", "sales@example.com", "bob@example.com")
    words = (path, "--ip", "198.18.0.55", "--from", STRANGER, "--to", "sales@example.com")
    check(scan(box, *words)[0]["verdict"] == "accept", "nothing speaks against it")
    for entry in (("sender", STRANGER, "--account", "bob@example.com"), ("host", "*.elsewhere.test")):
        box.ctl("blacklist", "add", *entry)
        row, = scan(box, *words)
        check(row["verdict"] == "reject", f"with {entry} on the black list: {row}")
        box.ctl("blacklist", "remove", *entry)
    with box.smtp() as client:
        box.ctl("blacklist", "add", "sender", STRANGER, "--account", "bob@example.com")
        client.ehlo("x.test")
        client.mail(STRANGER)
        code, text = client.rcpt("sales@example.com")
        check(code == 550, f"the live session says {code} {text}")
        box.ctl("blacklist", "remove", "sender", STRANGER, "--account", "bob@example.com")


def what_cannot_be_scanned(box):
    path = file_of(box)
    done = box.ctl("filter", "scan", path, box.root, os.path.join(box.root, "nothing"), code=66)
    check(len(done.stdout.splitlines()) == 1 and done.stderr.count("cannot be read") == 2, f"{done}")
    box.ctl("config", "set", "smtp.max_message_size", "100K")
    box.ctl("reload")
    box.ctl("filter", "scan", file_of(box, "large", b"Subject: x\n\n" + b"x\n" * 60000), code=65)
    scan(box, file_of(box, "broken", bytes(range(256)) * 4))
    scan(box, file_of(box, "empty", b""))
    box.ctl("filter", "scan", path, "--ip", "x", code=64)
    box.ctl("filter", "scan", path, "--to", "bob@", code=64)
    box.stop()
    box.ctl("filter", "scan", path, code=69)


INSTANCE = harness.Instance()
INSTANCE.start().domain()
harness.run(INSTANCE, shape, agrees_with_the_live_session, aliases_and_host_names_count_as_in_a_live_session, what_cannot_be_scanned)
