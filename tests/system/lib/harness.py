"""A private instance of the built programs and real clients for it; every case of tests/system stands on this.

A case is a program of its own: it makes an Instance, defines functions `def name(box)`, and ends with `harness.run(...)`, which prints
"PASS: case name", "FAIL: ..." or "SKIP: ..." for each and exits 0, 1 or 77. Ports are free ones of loopback, files lie in a scratch
folder, DNS is a server that knows nothing; nothing is left behind.

The programs are found below $MDMAIL_PROGRAMS (a build folder), else below $builddir, else the current folder.
"""
import atexit
import contextlib
import email
import email.message
import email.policy
import imaplib
import json
import os
import poplib
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

PASSWORD = "secret-Pa55"
PORTS = (24, 25, 110, 143, 366, 465, 587, 993, 995, 4190)
DAEMONS = ("mdsmtpd", "mdqueue", "mdimapd", "mdpop3d", "mdfilterd")
LONG = bool(os.environ.get("MDMAIL_LONG"))
TAKEN = []  # sockets whose names stand for bases of ports


class Failed(Exception):
    """The case found what must not be."""


class Skipped(Exception):
    """The case cannot be tried here; the text says why."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def programs():
    return os.environ.get("MDMAIL_PROGRAMS") or os.environ.get("builddir") or "."


def need(client):
    """The path of a client program, or the case is skipped."""
    path = shutil.which(client)
    if not path:
        raise Skipped(f"{client} is not installed")
    return path


def wait(what, test, seconds=15):
    """The first true value of test(), looked at ten times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = test()
        if value:
            return value
        time.sleep(0.1)
    raise Failed(f"{what}: not within {seconds} s")


def free_ports():
    """A base of which all ports of an instance are free just now, and which no other case has taken."""
    for _ in range(200):
        base = random.randrange(11000, 28000, 50)
        with contextlib.ExitStack() as sockets:
            try:
                taken = socket.socket(socket.AF_UNIX)
                taken.bind(f"\0mdmail-case-ports-{base}")  # until this process ends
                TAKEN.append(taken)
                for port in PORTS:
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", base + port))
                return base
            except OSError:
                continue
    raise Failed("no free ports on loopback")


def dns_name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def private_dns(names):
    """A DNS server on loopback; its port. `names`: {(name, "A", "PTR" or "MX"): address or host}; to all else it answers NXDOMAIN, but
    for MX: whose mail would go out is not known now (SERVFAIL)."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    types = {1: "A", 12: "PTR", 15: "MX"}

    def record(question):
        """The answer section, and the code of the answer."""
        end, labels = 0, []
        while question[end]:
            labels.append(question[end + 1:end + 1 + question[end]].decode("latin-1").lower())
            end += question[end] + 1
        name = ".".join(labels)
        kind = types.get(int.from_bytes(question[end + 1:end + 3], "big"))
        value = names.get((name, kind))
        if value is None:
            return b"", 2 if kind == "MX" else 0 if any(known == name for known, _ in names) else 3
        data = socket.inet_aton(value) if kind == "A" else (b"\0\x0a" if kind == "MX" else b"") + dns_name(value)
        return b"\xc0\x0c" + question[end + 1:end + 5] + b"\0\0\0\x3c" + len(data).to_bytes(2, "big") + data, 0

    def serve():
        while True:
            query, peer = server.recvfrom(4096)
            end = 12
            while end < len(query) and query[end]:
                end += query[end] + 1
            answer, code = record(query[12:])
            flags = bytes([0x81, 0x80 | code])
            counts = b"\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
            server.sendto(query[:2] + flags + counts + query[12:end + 5] + answer, peer)

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


def tls():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def token():
    return uuid.uuid4().hex


def message(subject, sender="alice@example.com", to="bob@example.com", text="a line\n.a dot\nkörper\n"):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, subject, f"<{token()}@case.test>"
    made.set_content(text)
    return made


class Instance:
    """A private instance below a scratch folder; start() and domain() are the caller's. `base`: of its ports, if not any will do."""

    def __init__(self, hostname="mail.test", base=None):
        self.root = tempfile.mkdtemp(prefix="mdsystem.")
        atexit.register(self.remove)
        self.base = free_ports() if base is None else base
        self.conf = os.path.join(self.root, "etc", "mdmail.conf")
        self.ctl("init", "--root", self.root, "--hostname", hostname, "--port-base", str(self.base), conf=False)
        self.names = {}
        self.routes = {}
        self.ctl("config", "set", "dns.servers", f'["127.0.0.1:{private_dns(self.names)}"]')
        self.ctl("config", "set", "dns.trust_anchors", '""')

    # mdctl

    def try_ctl(self, *words, stdin="", conf=True, seconds=60):
        """Any outcome: a CompletedProcess."""
        command = [os.path.join(programs(), "src/mdctl/mdctl"), *(["-c", self.conf] if conf else []), *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)

    def ctl(self, *words, code=0, **how):
        done = self.try_ctl(*words, **how)
        check(done.returncode == code, f"mdctl {' '.join(words)}: exit {done.returncode}, wanted {code}: "
              f"{(done.stderr or done.stdout).strip()[-400:]}")
        return done

    def json(self, *words, **how):
        return json.loads(self.ctl("--json", *words, **how).stdout)

    def start(self):
        self.ctl("start")
        return self

    def stop(self):
        self.ctl("stop")

    def remove(self):
        if not os.path.isdir(self.root):
            return
        self.try_ctl("stop")
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if os.environ.get("MDMAIL_KEEP"):
            print(f"kept: {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    def domain(self, name="example.com", accounts=("alice", "bob")):
        self.ctl("domain", "add", name)
        for account in accounts:
            self.ctl("account", "add", f"{account}@{name}", "--password-stdin", stdin=PASSWORD + "\n")
        return self

    def route(self, domain, port, host="127.0.0.1"):
        """Mail to that domain goes to that port of that host; from the next start or reload on."""
        self.routes[domain] = f"[{host}]:{port}"
        text = "".join(f'[[route]]\ndomain = "{name}"\nto = "smtp:{host}"\n' for name, host in self.routes.items())
        with open(self.conf, encoding="utf-8") as file:
            kept = file.read().split("# routes of the case\n")[0]
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(kept + "# routes of the case\n" + text)

    # processes

    def processes(self, name=""):
        """Process ids of the instance (they carry its folder on the command line), of one daemon by name."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                    words = file.read()
                if self.root in words and "mdctl" not in words and name in words and int(pid) != os.getpid():
                    found.append(int(pid))
        return found

    def parent(self, daemon):
        return next(row["pid"] for row in self.json("status")["daemons"] if row["name"] == daemon)

    def children(self, daemon):
        """Process ids of a daemon's children."""
        parent = self.parent(daemon)
        found = []
        for pid in self.processes():
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == parent:
                        found.append(pid)
        return found

    def restarts(self, daemon):
        return next(row["restarts"] for row in self.json("status")["daemons"] if row["name"] == daemon)

    def peer_of(self, client, daemon):
        """The process that holds the other end of a client's TCP connection: the worker that serves it."""
        ports = {client.getsockname()[1]: client.getpeername()[1]}
        inode = None
        with open("/proc/net/tcp", encoding="ascii") as table:
            for row in table.readlines()[1:]:
                fields = row.split()
                local, remote = (int(fields[i].split(":")[1], 16) for i in (1, 2))
                if ports.get(remote) == local:
                    inode = fields[9]
        for pid in self.children(daemon):
            with contextlib.suppress(OSError):
                for descriptor in os.listdir(f"/proc/{pid}/fd"):
                    if os.readlink(f"/proc/{pid}/fd/{descriptor}") == f"socket:[{inode}]":
                        return pid
        raise Failed(f"no child of {daemon} holds the connection")

    def logged(self, word):
        """Lines of the instance's log files that hold the word."""
        lines = []
        for folder, _, names in os.walk(os.path.join(self.root)):
            for name in names:
                if name.endswith((".log", ".err")):
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                        lines += [line.rstrip() for line in file if word in line]
        return lines

    # clients

    def port(self, number):
        return self.base + number

    def smtp(self, timeout=20):
        return smtplib.SMTP("127.0.0.1", self.port(25), local_hostname="client.test", timeout=timeout)

    def submission(self, account="alice@example.com", timeout=20):
        client = smtplib.SMTP("127.0.0.1", self.port(587), local_hostname="client.test", timeout=timeout)
        client.starttls(context=tls())
        client.login(account, PASSWORD)
        return client

    def imap(self, account="bob@example.com", mailbox="INBOX"):
        client = imaplib.IMAP4_SSL("127.0.0.1", self.port(993), ssl_context=tls(), timeout=20)
        client.login(account, PASSWORD)
        if mailbox:
            client.select(mailbox)
        return client

    def pop3(self, account="bob@example.com"):
        client = poplib.POP3_SSL("127.0.0.1", self.port(995), context=tls(), timeout=20)
        client.user(account)
        client.pass_(PASSWORD)
        return client

    def send(self, subject, sender="someone@elsewhere.test", to="bob@example.com"):
        with self.smtp() as client:
            client.send_message(message(subject, sender, to), from_addr=sender, to_addrs=[to])

    def subjects(self, account="bob@example.com", mailbox="INBOX"):
        client = self.imap(account, mailbox)
        try:
            data = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
            return [row[1].decode().partition(":")[2].strip() for row in data if isinstance(row, tuple)]
        finally:
            client.logout()

    def reports(self, account="alice@example.com"):
        """The reports in that INBOX, as messages."""
        client = self.imap(account)
        try:
            data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            found = [email.message_from_bytes(row[1], policy=email.policy.default) for row in data if isinstance(row, tuple)]
            return [one for one in found if one.get_content_type() == "multipart/report"]
        finally:
            client.logout()

    def await_subjects(self, wanted, account="bob@example.com", seconds=20):
        """Until the mailbox shows all of them; each must be there once."""
        wait(f"{len(wanted)} messages in {account}", lambda: set(wanted) <= set(self.subjects(account)), seconds)
        got = self.subjects(account)
        for subject in wanted:
            check(got.count(subject) == 1, f"{subject!r} is there {got.count(subject)} times")


def run(box, *cases):
    """Tries each case with the instance; prints a line for each and exits."""
    failed = skipped = 0
    name = os.path.basename(sys.argv[0]).removesuffix(".py")
    for case in cases:
        title = f"{name} {case.__name__}"
        try:
            case(box)
            print(f"PASS: {title}", flush=True)
        except Skipped as reason:
            skipped += 1
            print(f"SKIP: {title}: {reason}", flush=True)
        except Exception as fault:  # whatever it is, the next case is tried
            failed += 1
            print(f"FAIL: {title}: {fault}", flush=True)
            if not isinstance(fault, Failed):
                traceback.print_exc()
    if failed:
        for line in box.logged("")[-60:]:
            print(f"    log: {line}")
    sys.exit(1 if failed else 77 if skipped == len(cases) else 0)
