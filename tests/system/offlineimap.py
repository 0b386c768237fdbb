#!/usr/bin/env python3
"""OfflineIMAP between the server and Maildirs of its own, both ways: messages, flags, deletions and folders; a run with nothing to do;
and as a daemon that a delivery wakes by IDLE. After each run both sides hold the same."""
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, need, token, wait
from message_sets import Maildirs, Server, same

ACCOUNT = "alice@example.com"


def command(box, account="", repository="", name="once"):
    """What starts it; more lines of the account and of the server's part of its configuration."""
    root = os.path.join(box.root, "offlineimap")
    os.makedirs(root, exist_ok=True)
    config = os.path.join(root, name)
    with open(config, "w", encoding="ascii") as file:
        file.write(f"[general]\nmetadata = {root}/metadata\naccounts = box\nfsync = false\nmaxsyncaccounts = 1\n"
                   f"[Account box]\nlocalrepository = here\nremoterepository = there\n{account}\n"
                   f"[Repository here]\ntype = Maildir\nlocalfolders = {root}/mail\nsep = /\n"
                   f"[Repository there]\ntype = IMAP\nremotehost = localhost\nremoteport = {box.port(993)}\nremoteuser = {ACCOUNT}\n"
                   f"remotepass = {PASSWORD}\nsslcacertfile = {box.root}/etc/tls/certificate.pem\n{repository}\n")
    return [need("offlineimap"), "-c", config]


def offlineimap(box, *words, repository=""):
    done = subprocess.run([*command(box, repository=repository), "-o", "-u", "basic", *words], capture_output=True, text=True, timeout=60,
                          check=False, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    check(done.returncode == 0, f"offlineimap: exit {done.returncode}: {said[-600:]}")
    check("warning" not in said.lower() and "error" not in said.lower(), f"offlineimap: {said[-600:]}")


def sides(box):
    return Server(box, ACCOUNT), Maildirs(os.path.join(box.root, "offlineimap", "mail"))


def first_run(box):
    need("offlineimap")
    server, mail = sides(box)
    for folder in ("Work", "Work/Deep", "Entw&APw-rfe"):
        server.command("create", folder)
    for flags in ("", "\\Seen", "\\Answered \\Seen", "\\Flagged", "\\Draft"):
        for folder in ("INBOX", "Work", "Work/Deep", "Entw&APw-rfe"):
            server.add(folder, flags)
    for folder in ("INBOX", "Local"):
        mail.make(folder)
        for letters in (None, "S", "FRS"):
            mail.add(folder, letters)
    offlineimap(box)
    state = same(server, mail, "the first run")
    counts = {folder: len(messages) for folder, messages in state.items() if messages}
    check(counts == {"INBOX": 8, "Work": 5, "Work/Deep": 5, "Entw&APw-rfe": 5, "Local": 3}, f"counts: {counts}")
    flags = sorted(sorted(flags) for flags, _ in state["Local"].values())
    check(flags == [[], ["\\Answered", "\\Flagged", "\\Seen"], ["\\Seen"]], f"flags of what was here: {flags}")


def flags_and_deletions_both_ways(box):
    server, mail = sides(box)
    before = {name: sorted(messages) for name, messages in server.state().items()}
    work, inbox = before["Work"], before["INBOX"]
    server.flag("Work", work[0], "FLAGS", "\\Flagged \\Answered")
    server.flag("Work", work[1], "FLAGS", "")
    mail.flag("Work", work[2], "RS")
    mail.flag("Work", work[3], "")
    server.remove("INBOX", *inbox[:2])
    mail.remove("INBOX", *inbox[2:4])
    mail.flag("INBOX", inbox[4], "FRS")
    server.remove("Local", *before["Local"])
    came, written = [token(), server.add("Work/Deep", "\\Flagged")], mail.add("Work/Deep", "S")
    box.send(came[0], to=ACCOUNT)
    box.await_subjects(came[:1], ACCOUNT)
    server.command("create", "Later")
    mail.make("Near")
    kept = mail.add("Near", "S")
    offlineimap(box)
    found = same(server, mail, "both sides changed")
    check(found["Work"][work[0]][0] == {"\\Flagged", "\\Answered"} and not found["Work"][work[1]][0], "the server's flags")
    check(found["Work"][work[2]][0] == {"\\Answered", "\\Seen"} and not found["Work"][work[3]][0], "the flags set here")
    check(set(found["INBOX"]) == {*inbox[4:], came[0]}, "INBOX")
    check(found["INBOX"][inbox[4]][0] == {"\\Answered", "\\Flagged", "\\Seen"}, "flags set here in INBOX")
    check({came[1], written} <= set(found["Work/Deep"]) and not found["Local"] and not found["Later"], "other folders")
    check(list(found["Near"]) == [kept], "a new folder's message")


def nothing_to_do(box):
    server, mail = sides(box)
    counters, names = server.counters(), mail.names()
    check(len(names) > 15, f"{len(names)} messages are too few to tell anything")
    for words in ((), ("-q",)):
        offlineimap(box, *words)
    check(server.counters() == counters, f"{counters} became {server.counters()}")
    check(mail.names() == names, "files were touched")


def compressed(box):
    server, mail = sides(box)
    server.add("Work", "\\Seen")
    mail.add("Work", "FS")
    offlineimap(box, repository="usecompression = yes")
    same(server, mail, "compressed")


def at_rest(box):
    """Its sessions have the INBOX open and ask nothing more."""
    def rows():
        return sorted((row["session"], row["mailbox"], row["commands"]) for row in box.json("sessions", "list", "--account", ACCOUNT))

    before = rows()
    time.sleep(1)
    return before and before == rows() and "INBOX" in {mailbox for _, mailbox, _ in before}


def a_delivery_wakes_it(box):
    """It idles in INBOX and looks by itself every ten minutes only."""
    server, mail = sides(box)
    words = command(box, "autorefresh = 10", "idlefolders = ['INBOX']\nholdconnectionopen = yes", "daemon")
    with subprocess.Popen([*words, "-u", "basic"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            wait("its rest", lambda: at_rest(box), 20)
            came = token()
            box.send(came, to=ACCOUNT)
            wait("the delivery here", lambda: came in mail.state()["INBOX"], 20)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(20)
    same(server, mail, "woken")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, first_run, flags_and_deletions_both_ways, nothing_to_do, compressed, a_delivery_wakes_it)
