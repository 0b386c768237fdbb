"""Servers of other sites for the cases: SMTP on a port of its own each, as it should be or as badly as its mode says.

What each mode does, and what becomes of a message for it, stands in doc/misbehaving-servers.md, which relay.py holds against the real
thing. What goes wrong here (a client that leaves) ends that session alone.
"""
import collections
import email
import os
import re
import socket
import ssl
import threading
import time

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "doc", "misbehaving-servers.md")

# What is said instead of the usual; without a line end of its own it gets one.
GREETINGS = {"nonsense": b"\x16\x03\x01 hello", "busy": b"421 4.3.2 too many connections", "no mail": b"554 5.3.2 no mail here"}
HELLOS = {"old": b"500 5.5.1 what is that", "EHLO refused": b"550 5.7.1 not that"}
MAILS = {"liar": b"299-what\r\n250 is that", "size in MAIL": b"552 5.3.4 too large for us",
         "answers twice": b"250 2.1.0 fine\r\n250 2.1.0 fine"}
RECIPIENTS = {"refuses": b"550 5.1.1 unknown here", "defers": b"451 4.2.1 try again", "354 to RCPT": b"354 go on"}
DATAS = {"250 to DATA": b"250 2.0.0 taken", "early 250": b"354 go on\r\n250 2.0.0 taken"}
ENDS = {"full": b"452 4.3.1 the disk is full", "rejects": b"554 5.7.1 not wanted", "354 at the end": b"354 more"}
STARTTLS = {"TLS refused": b"454 4.7.0 not now", "bad tls": b"220 2.0.0 go ahead\r\nno TLS at all", "250 to STARTTLS": b"250 2.0.0 fine",
            "TLS injected": b"220 2.0.0 go ahead\r\n250-injected\r\n250 SIZE 1", "TLS alert": b"220 2.0.0 go ahead",
            "TLS closes": b"220 2.0.0 go ahead", "self-signed": b"220 2.0.0 go ahead"}
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure


Taken = collections.namedtuple("Taken", "recipients octets tls began time answered")  # began: at DATA; answered: it tried to say 250


class Server:
    certificate = None  # (file, key file), for the modes with TLS

    def __init__(self, mode="good"):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(128)
        self.port = self.socket.getsockname()[1]
        self.mode = mode
        self.taken = []  # in order
        self.connections = 0
        self.gate = threading.Event()  # closed: nothing is answered at the end of a message
        self.gate.set()
        self.waiting = 0  # sessions before the gate
        self.kill = None  # what RCPT does in mode "kills"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            stream = self.socket.accept()[0]
            self.connections += 1
            threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    def serve(self, stream):
        session = Session(self, stream)
        try:
            stream.settimeout(60)
            session.run()
        except (OSError, ValueError):
            pass
        finally:
            session.stream.close()

    def subjects(self):
        """How often each was taken, by recipient."""
        count = collections.Counter()
        for key, times in self.history().items():
            count[key] = len(times)
        return count

    def history(self):
        """By subject and recipient, each time that it was taken."""
        found = collections.defaultdict(list)
        for one in list(self.taken):
            subject = email.message_from_bytes(one.octets)["Subject"]
            for who in one.recipients:
                found[(subject, who)].append(one)
        return found


class Session:
    def __init__(self, server, stream):
        self.server, self.stream = server, stream
        self.lines = stream.makefile("rb")
        self.tls = False
        self.recipients = []

    @property
    def mode(self):
        return self.server.mode  # connections are used again

    def say(self, reply):
        self.stream.sendall(reply if reply.endswith(b"\r\n") else reply + b"\r\n")

    def pour(self, piece, pause=0):
        while True:
            self.stream.sendall(piece)
            time.sleep(pause)

    def run(self):
        if not self.greet():
            return
        while line := self.lines.readline():  # STARTTLS replaces the stream
            word = line.strip().upper().split(b" ")[0].split(b":")[0].decode("latin-1")
            act = {"EHLO": self.hello, "STARTTLS": self.starttls, "MAIL": self.mail, "RCPT": self.rcpt, "DATA": self.data}.get(word)
            if act is None:
                self.say(b"221 2.0.0 bye" if word == "QUIT" else b"250 2.0.0 fine")
            elif not act(line):
                return
            if word == "QUIT":
                return

    # Each: false: the session is over.

    def greet(self):
        mode = self.mode
        if mode == "closes":
            return False
        if mode == "silent":
            time.sleep(30)
            return False
        if mode == "endless":
            self.pour((b"220-" + b"x" * 400 + b"\r\n") * 250)
        if mode == "trickle":
            self.pour(b"2", 0.3)
        if mode == "late greeting":
            time.sleep(6)
        if mode == "slow greeting":
            time.sleep(0.7)
        self.say(GREETINGS.get(mode, b"220 sink.test ESMTP"))
        return mode not in GREETINGS

    def hello(self, _):
        mode = self.mode
        if mode == "ten megabytes":
            self.say(b"250-" + b"x" * 10_000_000)
        if mode in HELLOS:
            self.say(HELLOS[mode])
            return True
        offers = [b"sink.test", b"PIPELINING", b"ENHANCEDSTATUSCODES"]
        offers += [b"8BITMIME"] * (mode != "seven bit") + [b"STARTTLS"] * (mode in STARTTLS and not self.tls)
        offers += [b"SIZE 100" if mode == "size" else b"SIZE 10000000"]
        self.stream.sendall(b"".join(b"250-" + offer + b"\r\n" for offer in offers[:-1]) + b"250 " + offers[-1] + b"\r\n")
        return True

    def starttls(self, _):
        mode = self.mode
        self.say(STARTTLS.get(mode, b"502 5.5.1 not here"))
        if mode == "TLS alert":
            self.stream.recv(4000)
            self.stream.sendall(ALERT)
        if mode not in ("self-signed", "TLS injected"):
            return mode in ("TLS refused", "250 to STARTTLS")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*Server.certificate)
        self.stream = context.wrap_socket(self.stream, server_side=True)
        self.lines = self.stream.makefile("rb")
        self.tls = True
        return True

    def mail(self, _):
        self.recipients = []
        if self.mode == "endless reply":
            self.pour((b"250-" + b"x" * 400 + b"\r\n") * 250)
        self.say(MAILS.get(self.mode, b"250 2.1.0 fine"))
        return True

    def rcpt(self, line):
        if self.mode == "kills":
            self.server.kill()
            return False
        who = line.split(b"<")[1].split(b">")[0].decode()
        if who.startswith("nobody"):
            self.say(b"550 5.1.1 <" + who.encode() + b"> unknown here")
        elif who.startswith("later") and self.mode != "healed":
            self.say(b"451 4.2.1 try again")
        elif self.mode in RECIPIENTS:
            self.say(RECIPIENTS[self.mode])
        else:
            self.recipients.append(who)
            self.say(b"250 2.1.5 fine")
        return True

    def data(self, _):
        mode = self.mode
        if not self.recipients and mode not in DATAS:
            self.say(b"503 5.5.1 nobody is there to get it")
            return True
        began = time.monotonic()
        self.say(DATAS.get(mode, b"354 go on"))
        if mode == "250 to DATA":
            return True
        octets = self.read_message(mode)
        if octets is None:
            return False
        if mode in ENDS:
            self.recipients = []
            self.say(ENDS[mode])
            return True
        self.server.waiting += 1
        self.server.gate.wait(60)
        self.server.waiting -= 1
        if mode != "early 250":
            self.server.taken.append(Taken(self.recipients, octets, self.tls, began, time.monotonic(), mode != "no 250"))
        self.recipients = []
        if mode == "no 250":
            return False
        self.say(b"250 2.0.0 taken")
        return True

    def read_message(self, mode):
        octets = []
        for text in self.lines:
            if text == b".\r\n":
                return b"".join(octets)
            if not text.endswith(b"\r\n") or text.endswith(b"\r\r\n"):
                raise ValueError("a line end that is none")
            octets.append(text[1:] if text.startswith(b"..") else text)
            if mode == "closes in data" and len(octets) > 20:
                return None
            if mode == "421 in data" and len(octets) > 20:
                self.say(b"421 4.3.2 going down")
                self.stream.shutdown(socket.SHUT_WR)
                for _ in self.lines:  # what is left unread would be a reset, which may overtake the reply
                    pass
                return None
        return None


class Row:
    """What the table says of a mode."""

    def __init__(self, cells):
        self.mode, _, self.fate, self.told = cells
        self.mode = self.mode.strip("`")
        self.told = self.told.strip("`")


def table():
    """The rows of doc/misbehaving-servers.md, in order."""
    rows = []
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if len(cells) == 4 and cells[0].startswith("`"):
                rows.append(Row(cells))
    return rows
