#!/usr/bin/env python3
"""Folders by IMAP and by mdctl at once: default folders, uses, renaming below an open session, quota, undelete."""
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message

BOB = "bob@example.com"


def listed(client, command="LIST"):
    """Name to attributes."""
    kind, rows = getattr(client, command.lower())()
    check(kind == "OK", f"{command}: {rows}")
    found = {}
    for row in filter(None, rows):
        attributes, name = re.fullmatch(rb'\(([^)]*)\) "/" "?([^"]*)"?', row).groups()
        found[name.decode()] = set(attributes.decode().split())
    return found


def told(box):
    return {row["name"]: row for row in box.json("mailbox", "list", BOB)}


def an_account_has_its_folders(box):
    client = box.imap()
    first = listed(client)
    check(set(first) == {"INBOX", "Drafts", "Sent", "Junk", "Trash"}, f"a new account has {first}")
    for name in ("Drafts", "Sent", "Junk", "Trash"):
        check("\\" + name in first[name], f"{name} has {first[name]}")
    check(set(listed(client, "LSUB")) == {"Drafts", "Sent", "Junk", "Trash"}, "they are not subscribed")
    check(client.delete("Junk")[0] == "OK" and client.rename("Sent", "Posted")[0] == "OK", "they are not their owner's")
    again = listed(box.imap())
    check(set(again) == {"INBOX", "Drafts", "Posted", "Trash"} and "\\Sent" in again["Posted"], f"later it has {again}")
    check(told(box)["Posted"]["special_use"] == ["sent"], "mdctl does not tell of the use")


def the_option_is_the_administrators(box):
    box.ctl("config", "set", "store.default_folders", '["Ablage:archive", "Entwürfe:drafts"]')
    box.ctl("reload")
    box.ctl("account", "add", "eve@example.com", "--password-stdin", stdin=harness.PASSWORD + "\n")
    rows = listed(box.imap("eve@example.com"))
    check(set(rows) == {"INBOX", "Ablage", "Entw&APw-rfe"} and "\\Archive" in rows["Ablage"], f"a new account has {rows}")
    wrong = box.try_ctl("config", "set", "store.default_folders", '["Sent:outbox"]')
    check(wrong.returncode != 0 and "archive, drafts, junk, sent and trash" in wrong.stderr, f"a wrong use: {wrong.stderr}")
    box.ctl("config", "set", "store.default_folders", "[]")
    box.ctl("reload")


def mdctl_and_a_session_share_them(box):
    client = box.imap()
    box.ctl("mailbox", "create", BOB, "Work/2026", "--use", "archive")
    check({"\\Archive"} <= listed(client)["Work/2026"], "made by mdctl, not listed")
    box.ctl("mailbox", "append", BOB, "Work/2026", stdin=message("by mdctl").as_string())
    check(client.select("Work/2026")[1] == [b"1"], "the message is not there")
    box.ctl("mailbox", "rename", BOB, "Work", "Job")
    check(client.fetch("1", "(FLAGS)")[0] == "OK", "the session does not go on")
    check(client.append("Job/2026", None, None, b"Subject: two\r\n\r\n")[0] == "OK", "APPEND under the new name")
    check(client.noop()[0] == "OK" and client.response("EXISTS")[1][-1] == b"2", "the session is not told of it")
    row = told(box)["Job/2026"]
    check(row["messages"] == 2 and row["special_use"] == ["archive"], f"mdctl tells {row}")
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    box.ctl("mailbox", "undelete", BOB)
    client.noop()
    texts = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    check(sorted(row[1].split()[1] for row in texts if isinstance(row, tuple)) == [b"by", b"two"], f"after undelete: {texts}")
    box.ctl("mailbox", "remove", BOB, "Job/2026", "--yes")
    check("Job/2026" not in listed(box.imap(mailbox=None)), "removed, and listed")


def a_quota_holds(box):
    box.ctl("account", "quota", BOB, "20K", "--messages", "100")
    client = box.imap(mailbox=None)
    large = b"Subject: large\r\n\r\n" + b"x" * 30000
    kind, said = client.append("Drafts", None, None, large)
    check(kind == "NO" and b"OVERQUOTA" in said[0], f"above the quota: {kind} {said}")
    check(client.append("Drafts", None, None, b"Subject: small\r\n\r\n")[0] == "OK", "a small one")
    quota = client.getquotaroot("INBOX")[1]
    check(b"STORAGE" in quota[1][0] and b"MESSAGE" in quota[1][0], f"GETQUOTAROOT: {quota}")
    check(box.json("mailbox", "quota", BOB)["messages"] == 1, "mdctl tells of others")


def a_size_that_is_not_true(box):
    """Another program's file says that it is larger than it is: a session that fetches it holds nobody up."""
    folder = os.path.join(box.root, "store", "example.com", "alice", "Maildir")
    box.imap("alice@example.com").logout()
    with open(os.path.join(folder, "new", "1795600800.M1.elsewhere,S=20,W=9999999999999"), "w") as file:
        file.write("Subject: abcdefgh\n\nx")
    reader = box.imap("alice@example.com")
    others = [box.imap() for _ in range(8)]
    reader.send(b"q FETCH 1 BODY.PEEK[]\r\n")
    check(reader.readline().startswith(b"* 1 FETCH (BODY[] {"), "it is not shown")
    for other in others:
        check(other.noop()[0] == "OK", "a session is held up")
    reader.shutdown()


def an_idle_client_hears_of_other_programs(box):
    """A message put into new/ by hand, read elsewhere, and removed, is told before the look that IDLE takes each 30 s."""
    folder = os.path.join(box.root, "store", "example.com", "alice", "Maildir")
    client = box.imap("alice@example.com")
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.sock.settimeout(15)
    client.send(b"i IDLE\r\n")
    check(client.readline().startswith(b"+"), "no IDLE")
    with open(os.path.join(folder, "tmp", "1795600801.M2.elsewhere"), "w") as file:
        file.write("Subject: by hand\n\nx\n")
    os.rename(file.name, os.path.join(folder, "new", "1795600801.M2.elsewhere"))
    check(client.readline() == b"* 1 EXISTS\r\n" and client.readline() == b"* 1 RECENT\r\n", "the message is not told")
    os.rename(os.path.join(folder, "new", "1795600801.M2.elsewhere"), os.path.join(folder, "cur", "1795600801.M2.elsewhere:2,S"))
    line = client.readline()
    check(b"FETCH" in line and b"\\Seen" in line, f"that it was read is told as {line}")
    os.remove(os.path.join(folder, "cur", "1795600801.M2.elsewhere:2,S"))
    check(client.readline() == b"* 1 EXPUNGE\r\n", "its end is not told")
    client.send(b"DONE\r\n")
    check(client.readline().startswith(b"i OK"), "IDLE does not end")
    client.logout()


def damage_is_mended_and_logged(box):
    """Octets in the middle of a journal that nobody has open are no record any more: all messages are there, and it is told."""
    alice = "alice@example.com"
    box.ctl("mailbox", "create", alice, "Hurt")
    for number in range(8):
        box.ctl("mailbox", "append", alice, "Hurt", stdin=message(f"number {number}").as_string())
    with open(os.path.join(box.root, "store/example.com/alice/Maildir/.Hurt/mdmail.journal"), "r+b") as journal:
        middle = os.path.getsize(journal.name) // 2
        journal.seek(middle)
        octets = journal.read(16)
        journal.seek(middle)
        journal.write(bytes(octet ^ 0xff for octet in octets))
    client = box.imap(alice, mailbox=None)
    check(client.select("Hurt")[1] == [b"8"], "messages are lost")
    texts = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    found = sorted(row[1].split()[-1] for row in texts if isinstance(row, tuple))
    check(found == [b"%d" % number for number in range(8)], f"there are {found}")
    client.logout()
    lines = [line for line in box.logged("store-repaired") if ".Hurt" in line]
    check(lines, "no line tells of it")
    check(any("mdmail.journal" in line for line in lines), f"the log says {lines}")


def a_killed_append_gives_its_room_back(box):
    """A worker dies in the middle of a message that takes all of the quota: the next has that room at once."""
    alice = "alice@example.com"
    box.ctl("account", "quota", alice, "40K")
    one = box.imap(alice, mailbox=None)
    one.send(b"k APPEND INBOX {35000}\r\n")
    check(one.readline().startswith(b"+"), "the first is not taken")
    one.send(b"x" * 17000)
    two = box.imap(alice, mailbox=None)
    kind, said = two.append("INBOX", None, None, b"x" * 35000)
    check(kind == "NO" and b"OVERQUOTA" in said[0], f"both have the same room: {kind} {said}")
    os.kill(box.peer_of(one.sock, "mdimapd"), signal.SIGKILL)
    three = box.imap(alice, mailbox=None)
    kind, said = three.append("INBOX", None, None, b"x" * 35000)
    check(kind == "OK", f"after the kill: {kind} {said}")
    three.logout()


if __name__ == "__main__":
    machine = harness.Instance()
    machine.start().domain()
    harness.run(machine, an_account_has_its_folders, the_option_is_the_administrators, mdctl_and_a_session_share_them, a_quota_holds,
                a_size_that_is_not_true, an_idle_client_hears_of_other_programs, damage_is_mended_and_logged,
                a_killed_append_gives_its_room_back)
