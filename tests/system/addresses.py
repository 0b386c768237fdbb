#!/usr/bin/env python3
"""What an address means: mail by SMTP goes where `mdctl account lookup` says, and both are what the table here says; changes act at once."""
import os
import smtplib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait

PEOPLE = ("alice", "bob", "carol", "dave", "eve", "frank")
FOLDERS = {"bob@example.com": ["Lists"]}

# Address, and where mail for it goes: ACCOUNT or ACCOUNT/FOLDER; nothing: RCPT is refused.
TABLE = [
    ("alice@example.com", ["alice"]),
    ("ALICE@Example.COM", ["alice"]),
    ("nobody@example.com", []),
    ("sales@example.com", ["alice", "bob"]),  # alias
    ("both@example.com", ["alice", "bob"]),  # alias of an alias and one of its targets: each once
    ("sales+Lists@example.com", ["alice", "bob/Lists"]),  # what stands behind the + goes on
    ("team@example.com", ["bob", "carol"]),  # group
    ("all@example.com", ["alice", "bob", "carol"]),  # group of a group and an alias
    ("bob+Lists@example.com", ["bob/Lists"]),  # subaddress: the folder is there
    ("bob+Other@example.com", ["bob"]),  # it is not
    ("carol+Lists@example.com", ["carol"]),  # she wants none of it
    ("alice@example.net", ["alice"]),  # other name of the domain
    ("sales@example.net", ["alice", "bob"]),
    ("who.ever@caught.test", ["carol"]),  # catch-all
    ("postmaster@caught.test", ["alice"]),  # role before catch-all
    ("dave@example.com", ["alice", "dave"]),  # forward, with a copy
    ("eve@example.com", ["bob"]),  # forward without
    ("frank@example.com", ["grace"]),  # two who forward to one another and keep no copy: it stays where it would go round
    ("round@example.com", []),  # alias of itself
    ("ring-a@example.com", []),  # two aliases of one another
    ("ring-b@example.com", []),
    ("ring-c@example.com", ["carol"]),  # a ring with a way out
    ("dead@example.com", []),  # alias of nobody
    ("partly@example.com", ["bob"]),  # one of two is nobody
]


def build(box):
    box.domain("example.com", PEOPLE)
    box.ctl("domain", "alias", "add", "example.com", "example.net")
    box.domain("caught.test", ("grace",))
    box.ctl("domain", "set", "caught.test", "catch_all", "carol@example.com")
    box.ctl("domain", "set", "caught.test", "postmaster", "alice@example.com")
    lines = """sales@example.com alice@example.com bob@example.com
        both@example.com sales@example.com alice@example.com
        round@example.com round@example.com
        ring-a@example.com ring-b@example.com
        ring-b@example.com ring-a@example.com
        ring-c@example.com ring-c@example.com carol@example.com
        dead@example.com nobody@example.com
        partly@example.com nobody@example.com bob@example.com"""
    box.ctl("alias", "add", "-", stdin=lines)
    box.ctl("group", "add", "team@example.com", "bob@example.com", "carol@example.com", "--name", "Team")
    box.ctl("group", "add", "all@example.com", "team@example.com", "sales@example.com")
    box.ctl("account", "set", "carol@example.com", "subaddress_folders", "false")
    box.ctl("mailbox", "create", "bob@example.com", "Lists")
    box.ctl("mailbox", "create", "carol@example.com", "Lists")
    box.ctl("account", "forward", "add", "dave@example.com", "alice@example.com")
    box.ctl("account", "forward", "add", "eve@example.com", "bob@example.com", "--no-keep")
    box.ctl("account", "forward", "add", "frank@example.com", "grace@caught.test", "--no-keep")
    box.ctl("account", "forward", "add", "grace@caught.test", "frank@example.com", "--no-keep")


def looked_up(box, address):
    """Where mdctl says that it goes, and its exit code."""
    answer = box.try_ctl("--json", "account", "lookup", address)
    found = []
    for target in harness.json.loads(answer.stdout)["targets"]:
        if target["kind"] != "mailbox":
            continue
        account = target["address"].replace("+" + target["folder"], "") if target["folder"] else target["address"]
        folder = target["folder"] if target["folder"] in FOLDERS.get(account, []) else ""
        found.append(account.split("@")[0] + ("/" + folder if folder else ""))
    return sorted(found), answer.returncode


def sent(box, address):
    """The subject of a message for the address; none: it was refused."""
    subject = token()
    try:
        box.send(subject, to=address)
    except smtplib.SMTPRecipientsRefused as refused:
        code, text = refused.recipients[address]
        check(code == 550 and text.startswith(b"5."), f"{address} is answered {code} {text}")
        return None
    return subject


def everywhere(box):
    """Subject to the sorted places where it lies."""
    places = {}
    for name in PEOPLE + ("grace",):
        account = name + ("@caught.test" if name == "grace" else "@example.com")
        for mailbox in ["INBOX"] + FOLDERS.get(account, []):
            for subject in box.subjects(account, mailbox):
                places.setdefault(subject, []).append(name + ("" if mailbox == "INBOX" else "/" + mailbox))
    return {subject: sorted(names) for subject, names in places.items()}


def mail_goes_where_the_table_says(box):
    subjects = {}
    for address, expected in TABLE:
        said, code = looked_up(box, address)
        check(said == expected, f"lookup of {address} says {said}, not {expected}")
        check((code == 0) == bool(expected) and code in (0, 1), f"lookup of {address} ends with {code}")
        subjects[address] = sent(box, address)
        check((subjects[address] is not None) == bool(expected), f"{address} is {'taken' if subjects[address] else 'refused'}")
    expected = {subjects[address]: places for address, places in TABLE if places}
    wait("all of it has arrived", lambda: set(expected) <= set(everywhere(box)), 40)
    found = everywhere(box)
    for address, places in TABLE:
        if places:
            check(found[subjects[address]] == places, f"{address} lies in {found[subjects[address]]}, not {places}")


def a_change_acts_at_once(box):
    check(sent(box, "late@example.com") is None, "an alias that is not there")
    box.ctl("alias", "add", "late@example.com", "carol@example.com")
    subject = sent(box, "late@example.com")
    check(subject is not None, "an alias that has just been added is refused")
    box.await_subjects([subject], "carol@example.com")
    box.ctl("alias", "remove", "late@example.com", "carol@example.com")
    check(sent(box, "late@example.com") is None, "an alias that has just been removed is taken")
    box.ctl("domain", "disable", "caught.test")
    check(sent(box, "grace@caught.test") is None, "a disabled domain takes mail")
    box.ctl("domain", "enable", "caught.test")


def a_renamed_account_has_its_mail_and_no_session(box):
    client = box.imap("alice@example.com")
    held = client.select("INBOX")[1]
    box.ctl("account", "rename", "alice@example.com", "anna@example.com")
    try:
        client.noop()
        check(False, "the session goes on")
    except (harness.imaplib.IMAP4.abort, OSError):
        pass
    check(sent(box, "alice@example.com") is None, "the old address takes mail")
    check(box.imap("anna@example.com").select("INBOX")[1] == held, "its mail is not there")
    subject = sent(box, "anna@example.com")
    box.await_subjects([subject], "anna@example.com")
    box.ctl("account", "rename", "anna@example.com", "alice@example.com")


def a_removed_account_comes_back(box):
    held = len(box.subjects("carol@example.com"))
    box.ctl("account", "remove", "carol@example.com", "--yes")
    check(sent(box, "carol@example.com") is None, "a removed account takes mail")
    box.ctl("account", "undelete", "carol@example.com")
    check(len(box.subjects("carol@example.com")) == held, "its mail is not back")


def accounts_are_imported_and_log_in(box):
    box.ctl("domain", "add", "many.test")
    rows = ["address,name,password_hash"]
    answer = box.ctl("--json", "account", "password-hash", "--password-stdin", stdin=harness.PASSWORD + "\n")
    hashed = harness.json.loads(answer.stdout)["password_hash"]
    rows += [f'u{n}@many.test,"User, {n}",{hashed}' for n in range(500)]
    box.ctl("account", "import", "-", stdin="\n".join(rows) + "\n")
    subject = sent(box, "u499@many.test")
    box.await_subjects([subject], "u499@many.test")
    again = box.try_ctl("account", "import", "-", stdin="\n".join(rows) + "\n")
    check(again.returncode == 65 and "-:2: " in again.stderr and "-:501: " in again.stderr, f"a second time: {again.stderr[:200]}")


def auth_test_asks_the_daemon(box):
    words = ("account", "auth-test", "bob@example.com", "--password-stdin", "--protocol", "imap", "--ip", "192.0.2.7")
    box.ctl(*words, stdin=harness.PASSWORD + "\n")
    box.ctl(*words, stdin="wrong\n", code=1)
    box.ctl("account", "freeze", "bob@example.com")
    box.ctl(*words, stdin=harness.PASSWORD + "\n", code=1)
    box.ctl("account", "enable", "bob@example.com")


if __name__ == "__main__":
    machine = harness.Instance()
    machine.start()
    build(machine)
    harness.run(machine, mail_goes_where_the_table_says, a_change_acts_at_once, a_renamed_account_has_its_mail_and_no_session,
                a_removed_account_comes_back, accounts_are_imported_and_log_in, auth_test_asks_the_daemon)
