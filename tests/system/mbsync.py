#!/usr/bin/env python3
"""mbsync (isync) between the server and Maildirs of its own, both ways: messages, flags, deletions and folders, changes on both sides at
once, and again with nothing to do. After each run both sides hold the same."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, need
from message_sets import Maildirs, Server, same

ACCOUNT = "bob@example.com"
NEW = "Entw&APw-rfe"


def mbsync(box, place="mail"):
    """Runs it once between the server and the Maildirs below `place`."""
    root = os.path.join(box.root, "mbsync", place)
    os.makedirs(root, exist_ok=True)
    config = os.path.join(box.root, "mbsync", "rc")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"IMAPAccount box\nHost localhost\nPort {box.port(993)}\nUser {ACCOUNT}\nPass {PASSWORD}\nSSLType IMAPS\n"
                   f"SystemCertificates no\nCertificateFile {box.root}/etc/tls/certificate.pem\n\n"
                   "IMAPStore far\nAccount box\n\n"
                   f"MaildirStore near\nPath {root}/\nInbox {root}/INBOX\nSubFolders Verbatim\n\n"
                   f"Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nRemove Both\nExpunge Both\nSyncState *\n")
    done = subprocess.run([need("mbsync"), "-c", config, "-V", "all"], capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    check(done.returncode == 0, f"mbsync: exit {done.returncode}: {said[-600:]}")
    check("warning" not in said.lower() and "error" not in said.lower(), f"mbsync: {said[-600:]}")


def sides(box):
    return Server(box, ACCOUNT), Maildirs(os.path.join(box.root, "mbsync", "mail"))


def first_run(box):
    need("mbsync")
    server, mail = sides(box)
    for folder in ("Work", "Work/Deep", NEW):
        server.command("create", folder)
    for flags in ("", "\\Seen", "\\Answered \\Seen", "\\Flagged", "\\Draft"):
        for folder in ("INBOX", "Work", "Work/Deep", NEW):
            server.add(folder, flags)
    mail.make("INBOX")
    mail.make("Local")
    for folder in ("INBOX", "Local"):
        for letters in (None, "", "S", "FRS", "D"):
            mail.add(folder, letters)
    mbsync(box)
    state = same(server, mail, "the first run")
    counts = {folder: len(messages) for folder, messages in state.items() if messages}
    check(counts == {"INBOX": 10, "Work": 5, "Work/Deep": 5, NEW: 5, "Local": 5}, f"counts: {counts}")
    flags = sorted(sorted(flags) for flags, _ in state["Local"].values())
    check(flags == [[], [], ["\\Answered", "\\Flagged", "\\Seen"], ["\\Draft"], ["\\Seen"]], f"flags of what was here: {flags}")


def flags_both_ways(box):
    server, mail = sides(box)
    names = sorted(server.state()["Work"])
    server.flag("Work", names[0], "FLAGS", "\\Flagged \\Answered")
    server.flag("Work", names[1], "FLAGS", "")
    mail.flag("Work", names[2], "RS")
    mail.flag("Work", names[3], "")
    # Each side sets another of the same message.
    server.flag("Work", names[4], "+FLAGS", "\\Answered")
    mail.flag("Work", names[4], "".join(sorted({*mail.path("Work", names[4]).partition(":2,")[2], "F"})))
    mbsync(box)
    found = same(server, mail, "flags")["Work"]
    check(found[names[0]][0] == {"\\Flagged", "\\Answered"} and not found[names[1]][0], "the server's flags")
    check(found[names[2]][0] == {"\\Answered", "\\Seen"} and not found[names[3]][0], "the flags set here")
    check({"\\Answered", "\\Flagged"} <= found[names[4]][0], "flags set on both sides")


def deletions_both_ways(box):
    server, mail = sides(box)
    before = {name: sorted(messages) for name, messages in server.state().items()}
    server.remove("INBOX", *before["INBOX"][:3])
    mail.remove("INBOX", *before["INBOX"][3:5])
    mail.flag("INBOX", before["INBOX"][5], "ST")
    server.flag("INBOX", before["INBOX"][6], "+FLAGS", "\\Deleted")
    server.remove("Local", *before["Local"])
    mbsync(box)
    found = same(server, mail, "deletions")
    check(set(found["INBOX"]) == set(before["INBOX"][7:]), "other messages are gone")
    check(not found["Local"], "Local is not empty")


def folders_both_ways(box):
    server, mail = sides(box)
    server.command("create", "Far/Made")
    mail.make("Near/Made")
    kept = [server.add("Far/Made", "\\Seen"), mail.add("Near/Made", "S")]
    server.command("delete", "Local")
    mbsync(box)
    found = same(server, mail, "folders")
    check(list(found["Far/Made"]) == kept[:1] and list(found["Near/Made"]) == kept[1:], "the messages of new folders")
    check("Local" not in found, "a folder that was deleted is there")


def both_sides_changed(box):
    server, mail = sides(box)
    before = sorted(server.state()["INBOX"])
    came, written = harness.token(), mail.add("INBOX", "S")
    box.send(came)
    box.await_subjects([came])
    moved = server.client("INBOX")
    told = moved.uid("MOVE", moved.uid("SEARCH", "SUBJECT", before[0])[1][0].decode(), "Work")
    check(told[0] == "OK", f"MOVE: {told}")
    moved.logout()
    os.rename(mail.path("INBOX", before[1]), os.path.join(mail.folder("Work/Deep"), "new", harness.token()))
    server.command("create", "Later")
    both = [server.add("Later"), server.add("Later", "\\Flagged"), mail.add(NEW), server.add(NEW)]
    server.remove("Far/Made", *server.state()["Far/Made"])
    mail.flag("Near/Made", next(iter(mail.state()["Near/Made"])), "FS")
    mbsync(box)
    found = same(server, mail, "both sides changed")
    check({came, written} <= set(found["INBOX"]) and not set(before[:2]) & set(found["INBOX"]), "INBOX")
    check(before[0] in found["Work"] and before[1] in found["Work/Deep"], "what was moved")
    check(set(both[:2]) == set(found["Later"]) and set(both[2:]) <= set(found[NEW]) and not found["Far/Made"], "new messages")


def nothing_to_do(box):
    server, mail = sides(box)
    counters, names = server.counters(), mail.names()
    check(len(names) > 15, f"{len(names)} messages are too few to tell anything")
    for _ in range(2):
        mbsync(box)
    check(server.counters() == counters, f"{counters} became {server.counters()}")
    check(mail.names() == names, "files were touched")


def another_copy(box):
    """Who begins anew gets the same."""
    server, mail = sides(box)
    os.makedirs(os.path.join(box.root, "mbsync", "copy"))
    mbsync(box, "copy")
    same(server, Maildirs(os.path.join(box.root, "mbsync", "copy")), "another copy")
    same(server, mail, "the first copy")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, first_run, flags_both_ways, deletions_both_ways, folders_both_ways, both_sides_changed, nothing_to_do, another_copy)
