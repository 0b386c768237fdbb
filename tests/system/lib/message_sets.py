"""The messages of an account as sets that can be compared: what the server shows, and what lies in the Maildirs of a client.

A set is {folder: {subject: (flags, text)}}; every message of a case has a subject of its own. Line ends, and the header that mbsync
leaves in what it has copied, are left out of the text.
"""
import base64
import email
import email.policy
import os
import re
import time

from harness import Failed, check, message, token

LETTERS = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered", "S": "\\Seen", "T": "\\Deleted"}


def normal(octets):
    text = octets.replace(b"\r\n", b"\n")
    text = re.sub(rb"^X-TUID: .*\n", b"", text, count=1, flags=re.MULTILINE)
    return text


def subject_of(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)["Subject"]


def put(folder, octets, flags):
    subject = subject_of(octets)
    check(subject not in folder, f"{subject} is there twice")
    folder[subject] = (frozenset(flags), normal(octets))


def decoded(name):
    """A mailbox name of RFC 3501 section 5.1.3."""
    def part(found):
        letters = found.group(1).replace(",", "/")
        return base64.b64decode(letters + "=" * (-len(letters) % 4)).decode("utf-16-be") if letters else "&"
    return re.sub("&([^-]*)-", part, name)


class Server:
    """An account over IMAP, without any of the clients under test."""

    def __init__(self, box, account="bob@example.com"):
        self.box, self.account = box, account

    def client(self, mailbox=None):
        return self.box.imap(self.account, mailbox)

    def folders(self):
        client = self.client()
        rows = [row.decode() for row in client.list()[1] if row]
        client.logout()
        return [row.rpartition(' "/" ')[2].strip('"') for row in rows if "\\Noselect" not in row]

    def state(self):
        found, client = {}, self.client()
        for name in self.folders():
            client.select(f'"{name}"', readonly=True)
            folder = found[name] = {}
            for row in client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")[1]:
                if isinstance(row, tuple):
                    flags = re.search(rb"FLAGS \(([^)]*)\)", row[0]).group(1).decode().split()
                    put(folder, row[1], set(flags) & set(LETTERS.values()))
        client.logout()
        return found

    def counters(self):
        """What changes with every change: UIDNEXT and HIGHESTMODSEQ of each folder."""
        client = self.client()
        rows = [client.status(f'"{name}"', "(MESSAGES UIDVALIDITY UIDNEXT HIGHESTMODSEQ)")[1][0] for name in self.folders()]
        client.logout()
        return sorted(rows)

    def add(self, folder, flags=""):
        subject, client = token(), self.client()
        told = client.append(f'"{folder}"', f"({flags})", time.time(), message(subject).as_bytes().replace(b"\n", b"\r\n"))
        check(told[0] == "OK", f"APPEND to {folder}: {told}")
        client.logout()
        return subject

    def flag(self, folder, subject, how, flags):
        """`how`: +FLAGS, -FLAGS or FLAGS."""
        client = self.client(f'"{folder}"')
        uids = client.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split()
        check(len(uids) == 1, f"{subject} is {len(uids)} times in {folder}")
        client.uid("STORE", uids[0].decode(), how, f"({flags})")
        client.logout()

    def remove(self, folder, *subjects):
        for subject in subjects:
            self.flag(folder, subject, "+FLAGS", "\\Deleted")
        client = self.client(f'"{folder}"')
        client.expunge()
        client.logout()

    def command(self, name, folder):
        client = self.client()
        told = getattr(client, name)(f'"{folder}"')
        check(told[0] == "OK", f"{name} {folder}: {told}")
        client.logout()


class Maildirs:
    """The folders of a client, and what its user's mail reader does to them."""

    def __init__(self, root, separator="/"):
        self.root, self.separator = root, separator
        os.makedirs(root, exist_ok=True)

    def folder(self, name):
        return os.path.join(self.root, name.replace("/", self.separator))

    def files(self, name):
        return [os.path.join(self.folder(name), part, file) for part in ("cur", "new")
                for file in os.listdir(os.path.join(self.folder(name), part))]

    def folders(self):
        found = [os.path.relpath(path, self.root) for path, folders, _ in os.walk(self.root) if {"cur", "new"} <= set(folders)]
        return [name.replace(self.separator, "/") for name in found]

    def state(self):
        found = {}
        for name in self.folders():
            folder = found[name] = {}
            for path in self.files(name):
                with open(path, "rb") as file:
                    put(folder, file.read(), {LETTERS[letter] for letter in path.partition(":2,")[2] if letter in LETTERS})
        return found

    def names(self):
        """Every message file with its time of change: the same again if nobody touched any."""
        return sorted((path, os.stat(path).st_mtime_ns) for name in self.folders() for path in self.files(name))

    def make(self, name):
        for part in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.folder(name), part))

    def add(self, name, letters=None):
        """A message of the user's own; with letters it lies in cur."""
        subject = token()
        place = f"new/{token()}" if letters is None else f"cur/{token()}:2,{letters}"
        with open(os.path.join(self.folder(name), place), "wb") as file:
            file.write(message(subject).as_bytes())
        return subject

    def path(self, name, subject):
        for path in self.files(name):
            with open(path, "rb") as file:
                if subject_of(file.read()) == subject:
                    return path
        raise Failed(f"{subject} is not in {name} of the Maildirs")

    def flag(self, name, subject, letters):
        """Its flags are these from now on."""
        path = self.path(name, subject)
        base = os.path.basename(path).partition(":2,")[0]
        os.rename(path, os.path.join(self.folder(name), "cur", f"{base}:2,{letters}"))

    def remove(self, name, *subjects):
        for subject in subjects:
            os.unlink(self.path(name, subject))


def same(server, maildirs, when):
    """Both sides have the same folders, messages and flags; returns them."""
    there, here = server.state(), maildirs.state()
    check(set(there) == set(here), f"{when}: folders {sorted(there)} on the server, {sorted(here)} here")
    for name in there:
        check(set(there[name]) == set(here[name]), f"{when}: {name} has {len(there[name])} messages on the server, {len(here[name])} here, "
              f"{len(set(there[name]) ^ set(here[name]))} of them on one side alone")
        for subject, (flags, text) in there[name].items():
            check(flags == here[name][subject][0], f"{when}: {name}: {sorted(flags)} on the server, {sorted(here[name][subject][0])} here")
            check(text == here[name][subject][1], f"{when}: {name}: other octets than here")
    return there
