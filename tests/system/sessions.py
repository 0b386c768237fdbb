#!/usr/bin/env python3
"""Who is connected, and how that ends: mdctl sessions, the limits of an account, compression, SCRAM by other hands than ours."""
import base64
import concurrent.futures
import contextlib
import fcntl
import hashlib
import hmac
import imaplib
import os
import poplib
import subprocess
import sys
import tempfile
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, need, tls, token, wait


def sessions_are_listed(box):
    imap, pop3 = box.imap(), box.pop3("alice@example.com")
    rows = box.json("sessions", "list")
    by_protocol = {row["protocol"]: row for row in rows}
    check({"imap", "pop3"} <= set(by_protocol), f"listed: {rows}")
    row = by_protocol["imap"]
    check(row["daemon"] == "mdimapd" and row["account"] == "bob@example.com" and row["ip"] == "127.0.0.1", f"the row is {row}")
    check(row["tls"] is True and row["state"] == "selected" and row["mailbox"] == "INBOX", f"the row is {row}")
    check(row["since"].endswith("Z") and row["bytes_in"] > 0 and row["bytes_out"] > 0 and row["commands"] >= 2, f"the row is {row}")
    check(by_protocol["pop3"]["state"] == "transaction", f"the row is {by_protocol['pop3']}")
    check([r["protocol"] for r in box.json("sessions", "list", "--protocol", "pop3")] == ["pop3"], "--protocol")
    check(box.json("sessions", "list", "--account", "eve@example.com") == [], "an account without sessions has some")
    check("bob@example.com" in box.ctl("sessions", "list", "--ip", "127.0.0.1").stdout, "the table has no bob")
    box.ctl("sessions", "list", "--ip", "nowhere", code=64)
    imap.logout()
    pop3.quit()


def sessions_are_killed(box):
    imap, idle, other = box.imap(), box.imap(), box.imap("alice@example.com")
    idle.send(b"i1 IDLE\r\n")
    check(idle.readline().startswith(b"+"), "no IDLE")
    check(box.json("sessions", "kill", "--account", "bob@example.com") == {"killed": 2}, "two sessions of bob")
    check(b"BYE" in idle.readline(), "an idle client is not told")
    check(b"BYE" in imap.readline(), "a client is not told")
    check(other.noop()[0] == "OK", "another account's session was hit")
    box.ctl("sessions", "kill", "--account", "bob@example.com", code=1)
    box.ctl("sessions", "kill", code=64)
    box.ctl("sessions", "kill", "--yes")
    check(box.json("sessions", "list") == [], "some are left")
    check(box.logged("sessions-killed"), "the log does not tell of it")


def searches_yield_and_are_killed(box):
    """Sessions of one account look for hundreds of strings in large messages: others are served, and all of it can be ended."""
    for number in range(3):
        line = f"the quick brown fox jumps over the lazy dog {number}\r\n"
        client = box.imap()
        check(client.append("INBOX", None, None, b"Subject: large\r\n\r\n" + line.encode() * 300000)[0] == "OK", "APPEND")
        client.logout()
    searching = [box.imap() for _ in range(12)]
    for client in searching:
        client.send(b"s1 UID SEARCH " + b" ".join(b"TEXT x%d" % i for i in range(900)) + b"\r\n")
    for _ in range(4):
        other = box.imap("alice@example.com")
        check(other.noop()[0] == "OK", "another account is held up")
        other.logout()
    told = box.json("sessions", "kill", "--account", "bob@example.com")
    check(told == {"killed": 12}, f"killed: {told}")
    for client in searching:
        told = client.readline()
        while told.startswith(b"* OK"):  # it has waited for long
            told = client.readline()
        check(told.startswith(b"* BYE"), f"a client is told {told}")
        client.shutdown()
    client = box.imap()
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


def all_idlers_of_all_workers_are_woken(box):
    """A dozen clients idle in one mailbox, at several workers: one delivery, and each is told; so is a change that no directory shows."""
    box.ctl("config", "set", "workers", "3")
    box.stop()
    box.start()
    try:
        clients, there = [], 0
        for _ in range(12):
            client = box.imap(mailbox=None)
            there = int(client.select("INBOX")[1][0])
            client.send(b"i1 IDLE\r\n")
            check(client.readline().startswith(b"+"), "no IDLE")
            clients.append(client)
        workers = {box.peer_of(client.sock, "mdimapd") for client in clients}
        check(len(workers) > 1, f"all 12 sessions are with one worker of {len(box.children('mdimapd'))} children")
        box.send(token())
        deadline = time.monotonic() + 15
        for number, client in enumerate(clients):
            told = b""
            while told != b"* %d EXISTS\r\n" % (there + 1):
                client.sock.settimeout(max(0.01, deadline - time.monotonic()))
                try:
                    told = client.readline()
                except TimeoutError:
                    raise harness.Failed(f"client {number + 1} of 12 is not told of the message in 15 s") from None
                check(told, f"client {number + 1} of 12 lost its session")
        other = box.imap()
        check(other.store("*", "+FLAGS.SILENT", "$Label9")[0] == "OK", "STORE")
        for number, client in enumerate(clients):
            client.sock.settimeout(15)
            told = client.readline()
            while b"FETCH" not in told:
                told = client.readline()
            check(b"$Label9" in told, f"client {number + 1} of 12 is told {told}")
        other.logout()
        for client in clients:
            client.sock.settimeout(20)
            client.send(b"DONE\r\n")
            told = client.readline()
            while told.startswith(b"* "):
                told = client.readline()
            check(told.startswith(b"i1 OK"), f"DONE is answered {told}")
            client.logout()
    finally:
        box.ctl("config", "unset", "workers")
        box.stop()
        box.start()


def a_fetch_is_killed(box):
    """A session that is killed while it fetches 30 MB ends between two messages, with a word."""
    client = box.imap(mailbox="Drafts")
    for _ in range(100):
        client.append("Drafts", None, None, b"Subject: large\r\n\r\n" + b"the quick brown fox\r\n" * 15000)
    client.noop()
    client.send(b"f1 FETCH 1:* (UID BODY.PEEK[])\r\n")
    client.readline()
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        killing = beside.submit(box.json, "sessions", "kill", "--account", "bob@example.com")
        rest = client.file.read()
        told = killing.result()
    check(told == {"killed": 1}, f"killed: {told}")
    check(rest.count(b" FETCH (UID ") < 99 and b"f1 OK" not in rest, "it was served to its end")
    check(rest.rstrip().rpartition(b"\r\n")[2].startswith(b"* BYE"), f"the last word is {rest[-200:]}")
    client.shutdown()
    client = box.imap(mailbox="Drafts")
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


def a_locked_mailbox_holds_up_its_own(box):
    """Another program holds the lock of a folder: others' logins go on, and so does what other folders are owed."""
    client = box.imap(mailbox=None)
    for folder in ("Drafts", "Sent"):
        client.append(folder, None, None, b"Subject: x\r\n\r\n")
    client.logout()
    root = os.path.join(box.root, "store", "example.com", "bob", "Maildir")
    with open(os.path.join(root, ".Drafts", "mdmail.lock"), "r+") as lock:
        client = box.imap(mailbox="Drafts")
        client.store("1", "+FLAGS", "\\Flagged")
        fcntl.flock(lock, fcntl.LOCK_EX)
        time.sleep(1)
        client.select("Sent")
        client.store("1", "+FLAGS", "\\Flagged")
        names = os.path.join(root, ".Sent", "cur")
        wait("the file's name", lambda: any("F" in name.partition(":2,")[2] for name in os.listdir(names)), 10)
        stuck = [box.imap(mailbox=None) for _ in range(20)]
        for one in stuck:
            one.send(b"s1 APPEND Drafts {1+}\r\nx\r\n")
        for _ in range(6):
            other = box.imap("alice@example.com")
            check(other.noop()[0] == "OK", "another account is held up")
            other.logout()
        fcntl.flock(lock, fcntl.LOCK_UN)
    for one in stuck:
        check(b"s1 OK" in one.readline(), "APPEND after all")
        one.logout()
    client.logout()


def who_waits_behind_a_lock_is_killed(box):
    """Two jobs of an account in each worker wait for a folder that another program has locked: whoever waits for his turn behind them can be ended."""
    root = os.path.join(box.root, "store", "example.com", "bob", "Maildir")
    with open(os.path.join(root, ".Drafts", "mdmail.lock"), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stuck = [box.imap(mailbox=None) for _ in range(20)]
        for one in stuck:
            one.send(b"s1 APPEND Drafts {1+}\r\nx\r\n")
        box.ctl("sessions", "kill", "--account", "bob@example.com", code=75)
        left = box.json("sessions", "list", "--account", "bob@example.com")
        workers = next(daemon["workers"] for daemon in box.json("status")["daemons"] if daemon["name"] == "mdimapd")
        other = box.imap("alice@example.com")
        told = box.json("sessions", "kill", "--account", "alice@example.com")
        check(told == {"killed": 1}, f"beside those that hang another is killed: {told}")
        other.shutdown()
        check(0 < len(left) <= 2 * workers, f"beside the two of each worker that wait for the lock: {left}")
        fcntl.flock(lock, fcntl.LOCK_UN)
    wait("the end of those", lambda: not box.json("sessions", "list", "--account", "bob@example.com"))
    for one in stuck:
        one.shutdown()


def locked_mailboxes_hold_up_their_account_alone(box):
    """Another program holds the locks of many folders of one account: what another account's are owed is done."""
    folders = [f"Locked{number}" for number in range(16)]
    client = box.imap(mailbox=None)
    for folder in folders:
        client.create(folder)
        client.append(folder, None, None, b"Subject: x\r\n\r\n")
    client.logout()
    flagging = [box.imap(mailbox=folder) for folder in folders]
    root = os.path.join(box.root, "store", "example.com")
    with contextlib.ExitStack() as locks:
        for folder, client in zip(folders, flagging):
            client.store("1", "+FLAGS", "\\Answered")
            lock = locks.enter_context(open(os.path.join(root, "bob", "Maildir", "." + folder, "mdmail.lock"), "r+"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        time.sleep(5)
        other = box.imap("alice@example.com")
        other.append("INBOX", None, None, b"Subject: x\r\n\r\n")
        other.select("INBOX")
        other.store("1", "+FLAGS", "\\Answered")
        names = os.path.join(root, "alice", "Maildir", "cur")
        wait("the file's name", lambda: any("R" in name.partition(":2,")[2] for name in os.listdir(names)), 10)
        other.logout()
    for client in flagging:
        client.logout()


def an_account_has_so_many_sessions(box):
    box.ctl("config", "set", "limits.sessions_per_account", "4")
    box.ctl("reload")
    clients = [box.imap() for _ in range(4)]
    try:
        box.imap()
        raise harness.Failed("a fifth session")
    except imaplib.IMAP4.error as told:
        check("LIMIT" in str(told), f"told: {told}")
    box.imap("alice@example.com").logout()
    clients.pop().logout()
    wait("room for another", lambda: len(box.json("sessions", "list", "--account", "bob@example.com")) == 3)
    box.imap().logout()
    for client in clients:
        client.logout()
    box.ctl("config", "unset", "limits.sessions_per_account")
    box.ctl("reload")


def too_many_connections_are_told_so_under_tls(box):
    box.ctl("config", "set", "limits.connections", "2")
    box.ctl("reload")
    clients = [box.imap(), box.imap()]
    try:
        box.imap()
        raise harness.Failed("a third connection")
    except imaplib.IMAP4.error as told:
        check("too many connections" in str(told), f"told: {told}")
    pop3 = [box.pop3(), box.pop3()]
    try:
        box.pop3()
        raise harness.Failed("a third connection")
    except poplib.error_proto as told:
        check("too many connections" in str(told), f"told: {told}")
    for client in clients:
        client.logout()
    for client in pop3:
        client.quit()
    box.ctl("config", "unset", "limits.connections")
    box.ctl("reload")


class Deflated:
    """An imaplib connection that speaks DEFLATE (RFC 4978) by Python's zlib."""

    def __init__(self, client):
        self.socket = client.sock
        self.packer, self.unpacker, self.read_so_far = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15), b""

    def send(self, text):
        packed = self.packer.compress(text) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        self.socket.sendall(packed)
        return len(packed)

    def until(self, mark):
        while mark not in self.read_so_far:
            self.read_so_far += self.unpacker.decompress(self.socket.recv(65536))
        end = self.read_so_far.index(mark) + len(mark)
        text, self.read_so_far = self.read_so_far[:end], self.read_so_far[end:]
        return text


def a_compressed_session(box):
    subjects = [token() for _ in range(5)]
    for subject in subjects:
        box.send(subject)
    box.await_subjects(subjects)
    client = box.imap(mailbox=None)
    client.send(b"c1 COMPRESS DEFLATE\r\n")
    check(client.readline().startswith(b"c1 OK"), "no compression")
    deflated = Deflated(client)
    deflated.send(b"c2 SELECT INBOX\r\nc3 UID FETCH 1:* (FLAGS BODY.PEEK[])\r\n")
    deflated.until(b"c2 OK")
    text = deflated.until(b"c3 OK")
    for subject in subjects:
        check(subject.encode() in text, "a message is missing")
    body = b"Subject: long\r\n\r\n" + b"all the same to me\r\n" * 100000
    deflated.send(b"c4 APPEND INBOX {%d+}\r\n" % len(body))
    sent = deflated.send(body + b"\r\n")
    check(sent < len(body) / 50, "that was to be compressed")
    deflated.until(b"c4 OK")
    deflated.send(b"c5 FETCH * (RFC822.SIZE BODY.PEEK[])\r\n")
    check(body in deflated.until(b"c5 OK"), "another message came back")
    row = next(r for r in box.json("sessions", "list", "--account", "bob@example.com") if r["commands"] > 4)
    check(row["bytes_in"] < len(body) and row["bytes_out"] < len(body), f"the bytes on the wire are {row}")
    deflated.send(b"c6 LOGOUT\r\n")
    deflated.until(b"c6 OK")


def scram(client_said, server_said, password, digest):
    """The client's final message and the server's expected one (RFC 5802 section 3)."""
    parts = dict(part.split("=", 1) for part in server_said.split(","))
    salted = hashlib.pbkdf2_hmac(digest, password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
    client_key = hmac.digest(salted, b"Client Key", digest)
    without_proof = "c=biws,r=" + parts["r"]
    signed = ",".join((client_said, server_said, without_proof)).encode()
    signature = hmac.digest(hashlib.new(digest, client_key).digest(), signed, digest)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    server = hmac.digest(hmac.digest(salted, b"Server Key", digest), signed, digest)
    return f"{without_proof},p={base64.b64encode(proof).decode()}", "v=" + base64.b64encode(server).decode()


def logins_by_scram(box):
    for mechanism, digest in (("SCRAM-SHA-256", "sha256"), ("SCRAM-SHA-1", "sha1")):
        for password, accepted in ((PASSWORD, True), ("guess", False)):
            client, bare, expected = imaplib.IMAP4_SSL("127.0.0.1", box.port(993), ssl_context=tls(), timeout=20), f"n=bob@example.com,r={token()}", []

            def answer(said, bare=bare, expected=expected, password=password, digest=digest):
                if not said:
                    return f"n,,{bare}".encode()
                if expected:
                    check(said.decode() == expected[0], "the server does not know the password")
                    return b""
                final, server = scram(bare, said.decode(), password, digest)
                expected.append(server)
                return final.encode()

            try:
                told = client.authenticate(mechanism, answer)[0] == "OK"
            except imaplib.IMAP4.error as refused:
                check("AUTHENTICATIONFAILED" in str(refused), f"told: {refused}")
                told = False
            check(told == accepted, f"{mechanism} with {password}: {told}")
            client.shutdown()


def mpop_retrieves(box):
    mpop = need("mpop")
    subjects = [token() for _ in range(3)]
    for subject in subjects:
        box.send(subject, to="alice@example.com")
    box.await_subjects(subjects, "alice@example.com")
    for method in ("scram-sha-256", "scram-sha-1", "plain", "user"):
        with tempfile.TemporaryDirectory() as folder:
            mbox, config = os.path.join(folder, "mbox"), os.path.join(folder, "mpoprc")
            with open(config, "w", encoding="ascii") as file:
                file.write(f"account box\nhost 127.0.0.1\nport {box.port(995)}\ntls on\ntls_starttls off\ntls_certcheck off\nauth {method}\n"
                           f"user alice@example.com\npassword {PASSWORD}\nkeep on\npipelining on\nuidls_file {folder}/uidls\n"
                           f"delivery mbox {mbox}\n")
            os.chmod(config, 0o600)
            for round_number in range(2):
                done = subprocess.run([mpop, "-C", config, "-q", "box"], capture_output=True, text=True, timeout=60, check=False)
                check(done.returncode == 0, f"mpop by {method}: {done.stderr[-300:]}")
                with open(mbox, encoding="utf-8") as file:
                    text = file.read()
                for subject in subjects:
                    check(text.count(f"Subject: {subject}") == 1, f"mpop by {method}, round {round_number}: a message is missing or twice")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, sessions_are_listed, sessions_are_killed, searches_yield_and_are_killed, a_fetch_is_killed,
            all_idlers_of_all_workers_are_woken, a_locked_mailbox_holds_up_its_own, who_waits_behind_a_lock_is_killed,
            locked_mailboxes_hold_up_their_account_alone,
            an_account_has_so_many_sessions, too_many_connections_are_told_so_under_tls, a_compressed_session, logins_by_scram, mpop_retrieves)
