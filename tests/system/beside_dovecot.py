#!/usr/bin/env python3
"""What FETCH tells of MIME messages, beside Dovecot: BODY, BODYSTRUCTURE, ENVELOPE and the octets of every numbered section.

Messages come from $MDMAIL_CORPUS (lib/corpus.py), some of each archive, all of them with MDMAIL_LONG=1; without any, and without
Dovecot, all is skipped. What differs must be of one of the classes below, each with its reason, or stand in beside_dovecot.txt.
"""
import fnmatch
import glob
import os
import pwd
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import corpus
import harness
from harness import Skipped, check, wait

COUNT = None if os.environ.get("MDMAIL_LONG") else 200  # of an archive
DOVECOT = "/usr/lib/dovecot/imap"
CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
mail_location = maildir:~/Maildir
maildir_very_dirty_syncs = yes
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {gid}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
"""


# The wire

class Reader:
    """The data of one answer, as lists, octets of strings, atoms as str, NIL as None."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def value(self):
        data = self.data
        first = data[self.at:self.at + 1]
        if first == b"(":
            self.at += 1
            items = []
            while data[self.at:self.at + 1] != b")":
                if data[self.at:self.at + 1] == b" ":
                    self.at += 1
                    continue
                items.append(self.value())
            self.at += 1
            return items
        if first == b'"':
            end = self.at + 1
            while data[end:end + 1] != b'"':
                end += 2 if data[end:end + 1] == b"\\" else 1
            text = re.sub(rb"\\(.)", rb"\1", data[self.at + 1:end], flags=re.S)
            self.at = end + 1
            return text
        literal = re.match(rb"~?\{(\d+)\}\r\n", data[self.at:self.at + 30])
        if literal:
            start = self.at + literal.end()
            self.at = start + int(literal.group(1))
            return data[start:self.at]
        word = re.match(rb"BODY(?:\.PEEK)?\[[^\]]*\](?:<\d+>)?|[^ ()]+", data[self.at:])
        self.at += word.end()
        return None if word.group() == b"NIL" else word.group().decode()


class Client:
    """Reads answers whole, literals included."""

    def __init__(self, read, write):
        self.read, self.write, self.rest, self.tag = read, write, b"", 0

    def more(self):
        piece = self.read()
        check(piece, "the server closed the connection")
        self.rest += piece

    def answer(self):
        """One response with its literals."""
        end, start = 0, 0
        while True:
            line = self.rest.find(b"\r\n", start)
            if line < 0:
                self.more()
                continue
            literal = re.search(rb"\{(\d+)\}$", self.rest[start:line])
            end = line + 2
            if not literal:
                break
            start = end + int(literal.group(1))
            while len(self.rest) < start:
                self.more()
        whole, self.rest = self.rest[:end], self.rest[end:]
        return whole

    def command(self, text):
        self.tag += 1
        tag = f"t{self.tag} ".encode()
        self.write(tag + text.encode() + b"\r\n")
        untagged = []
        while True:
            answer = self.answer()
            if answer.startswith(tag):
                check(answer.startswith(tag + b"OK"), f"{text}: {answer!r}")
                return untagged
            untagged.append(answer)

    def fetch(self, number, items):
        """The items of one message by name."""
        found = {}
        for answer in self.command(f"FETCH {number} ({items})"):
            start = f"* {number} FETCH ".encode()
            if answer.startswith(start):
                row = Reader(answer[len(start):]).value()
                found.update(zip(row[::2], row[1::2]))
        return found


def put(messages, maildir):
    """Other programs may put messages into a Maildir: the same files on both sides."""
    for number, (_, octets) in enumerate(messages, 1):
        with open(f"{maildir}/cur/{number:06d}.M1P1.case.test:2,S", "wb") as file:
            file.write(octets)


def theirs(messages, folder):
    """A private Dovecot, started already logged in; never as root, which it refuses."""
    if not os.path.exists(DOVECOT):
        raise Skipped("no Dovecot")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for name in ("new", "cur", "tmp"):
        os.makedirs(f"{folder}/home/Maildir/{name}")
    put(messages, folder + "/home/Maildir")
    with open(folder + "/dovecot.conf", "w", encoding="ascii") as file:
        group = subprocess.run(["id", "-gn", user.pw_name], capture_output=True, text=True, check=True).stdout.strip()
        file.write(CONF.format(folder=folder, uid=user.pw_uid, gid=user.pw_gid, user=user.pw_name, group=group))
    how = {}
    if os.geteuid() == 0:
        os.chmod(os.path.dirname(folder), 0o755)
        subprocess.run(["chown", "-R", f"{user.pw_uid}:{user.pw_gid}", folder], check=True)
        how = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    process = subprocess.Popen([DOVECOT, "-c", folder + "/dovecot.conf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={"HOME": folder + "/home", "USER": user.pw_name}, cwd="/", **how)

    def write(octets):
        process.stdin.write(octets)
        process.stdin.flush()

    client = Client(lambda: os.read(process.stdout.fileno(), 1 << 20), write)
    check(b"PREAUTH" in client.answer(), "Dovecot does not start")
    client.process = process
    return client


def ours(messages, box):
    maildir = glob.glob(box.root + "/**/bob/Maildir", recursive=True)
    if not maildir:
        box.imap().logout()
        maildir = glob.glob(box.root + "/**/bob/Maildir", recursive=True)
    put(messages, maildir[0])
    stream = box.imap(mailbox=None)
    client = Client(lambda: stream.sock.recv(1 << 20), stream.sock.sendall)
    client.tag = 1000
    client.stream = stream
    return client


# What is compared

def sections(structure, is_message=True, prefix=""):
    """Section numbers and what may be asked of each, from a BODYSTRUCTURE."""
    found = []
    if isinstance(structure[0], list):
        for number, part in enumerate([item for item in structure if isinstance(item, list) and item and
                                       isinstance(item[0], (list, bytes))][:count_parts(structure)], 1):
            found += part_sections(part, f"{prefix}{number}")
    elif is_message:
        found += part_sections(structure, prefix + "1")
    return found


def count_parts(structure):
    count = 0
    while count < len(structure) and isinstance(structure[count], list):
        count += 1
    return count


def part_sections(part, number):
    found = [number, number + ".MIME"]
    if isinstance(part[0], list):
        return found + sections(part, False, number + ".")
    if part[0].lower() == b"message" and part[1].lower() == b"rfc822":
        return found + [number + ".HEADER", number + ".TEXT"] + sections(part[8], True, number + ".")
    return found


def differences(mine, other, number):
    """Pairs of what differs: item, ours, theirs."""
    items = "RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE"
    a, b = mine.fetch(number, items), other.fetch(number, items)
    for name in items.split():
        if a.get(name) != b.get(name):
            yield name, a.get(name), b.get(name)
    wanted = sorted(set(sections(a["BODYSTRUCTURE"]) + sections(b["BODYSTRUCTURE"])))
    wanted += ["HEADER", "TEXT"]
    asked = " ".join(f"BODY.PEEK[{name}]" for name in wanted)
    a, b = {}, {}
    for start in range(0, len(wanted), 40):
        asked = " ".join(f"BODY.PEEK[{name}]" for name in wanted[start:start + 40])
        a.update(mine.fetch(number, asked))
        b.update(other.fetch(number, asked))
    for name in wanted:
        name = f"BODY[{name}]"
        if a.get(name) != b.get(name):
            yield name, a.get(name), b.get(name)


# What may differ, and why

def leaves(a, b, path=""):
    """Pairs of what differs deepest down."""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for at, (mine, other) in enumerate(zip(a, b)):
            yield from leaves(mine, other, f"{path}/{at}")
    elif a != b:
        yield path, a, b


def both(kind, a, b):
    return isinstance(a, kind) and isinstance(b, kind)


def blanks(_item, a, b, _message):
    """RFC 5322 2.2.3: unfolding takes away line ends, not blanks; Dovecot makes one of several, and keeps one at the end."""
    return both(bytes, a, b) and b" ".join(a.split()) == b" ".join(b.split())


def spelling(item, a, b, _message):
    """Words without case are told as they were written; Dovecot keeps only that a message is plain text, and writes its own."""
    return item.startswith("BODY") and both(bytes, a, b) and a.lower() == b.lower()


def no_names(_item, a, b, _message):
    """What an address lacks is empty here; Dovecot says MISSING_MAILBOX and MISSING_DOMAIN."""
    return a == b"" and b in (b"MISSING_MAILBOX", b"MISSING_DOMAIN")


def broken_address(item, _a, b, _message):
    """An address list that Dovecot gives up upon is told as far as it can be read; no part of it is made up."""
    return item == "ENVELOPE" and any(word in repr(b) for word in ("SYNTAX_ERROR", "MISSING_"))


def no_version(item, _a, _b, message):
    """Content-* fields count without MIME-Version, too: people read such mail in its charset."""
    return item.startswith("BODY") and not re.search(rb"(?mi)^MIME-Version *:", re.split(rb"\r?\n\r?\n", message)[0])


def header_end(item, a, b, _message):
    """A header keeps its last line end and its blank line where a boundary follows at once (RFC 3501 6.4.5)."""
    return item.endswith(("MIME]", "HEADER]")) and both(bytes, a, b) and a == b + b"\r\n"


def boundary_line_end(item, a, b, _message):
    """RFC 2046 5.1.1: the line end before a boundary is the boundary's, behind a closed multipart, too."""
    if both(str, a, b):
        return a.isdigit() and b.isdigit() and int(b) - int(a) in (1, 2)
    return item.startswith("BODY[") and both(bytes, a, b) and b == a + b"\r\n"


CLASSES = (blanks, spelling, no_names, broken_address, no_version, header_end, boundary_line_end)


def exceptions():
    """Rows of beside_dovecot.txt: message, item, reason."""
    with open(os.path.splitext(os.path.abspath(__file__))[0] + ".txt", encoding="utf-8") as file:
        return [[field.strip() for field in row.split("|")] for row in file if row.strip() and not row.startswith("#")]


def explained(name, item, a, b, message, rows):
    if any(fnmatch.fnmatch("/" + name, "*/" + row[0]) and fnmatch.fnmatch(item.translate({91: "(", 93: ")"}), row[1]) for row in rows):
        return True
    def meant(mine, other):
        return any(rule(item, mine, other, message) for rule in CLASSES)
    pairs = zip(a, b) if item == "ENVELOPE" and a and b else [(a, b)]
    return all(meant(mine, other) or all(meant(left, right) for _, left, right in leaves(mine, other))
               for mine, other in pairs if mine != other)


def every_message(box):
    messages = corpus.messages(COUNT)
    rows = exceptions()
    folder = box.root + "/dovecot"
    os.makedirs(folder)
    other = theirs(messages, folder)
    mine = ours(messages, box)
    try:
        other.command("SELECT INBOX")
        wait("all messages", lambda: any(f"* {len(messages)} EXISTS".encode() in row for row in mine.command("SELECT INBOX")))
        count = defended = 0
        for number, (name, message) in enumerate(messages, 1):
            for item, a, b in differences(mine, other, number):
                if explained(name, item, a, b, message, rows):
                    defended += 1
                    continue
                count += 1
                for path, left, right in leaves(a, b):
                    print(f"{name}: {item}{path}\n    ours   {left!r:.300}\n    theirs {right!r:.300}")
        print(f"{len(messages)} messages compared: {defended} differences with a reason, {count} without")
        check(count == 0, f"{count} differences in {len(messages)} messages")
    finally:
        other.process.stdin.close()
        other.process.wait(10)


if __name__ == "__main__":
    harness.run(harness.Instance().domain().start(), every_message)
