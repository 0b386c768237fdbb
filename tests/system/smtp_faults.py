#!/usr/bin/env python3
"""Clients of SMTP that hang, trickle, talk too early, pipeline a megabyte or send gigabytes: each is bounded, and nobody else feels it.

MDMAIL_LONG=1: messages of 10 GB instead of 200 MB, 10,000 connections instead of 500.
"""
import collections
import contextlib
import os
import resource
import smtplib
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, token, wait

OCTETS = 10_000_000_000 if os.environ.get("MDMAIL_LONG") else 200_000_000
PIECE = (b"x" * 998 + b"\r\n") * 64
GROWTH = 16 << 20


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


class Watch:
    """The most memory that a process has while the block runs, beyond what it had before."""

    def __init__(self, pid):
        self.pid = pid
        self.before = resident(pid)
        self.most = self.before
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, resident(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    @property
    def growth(self):
        return self.most - self.before


def connect(box, number=25):
    client = socket.create_connection(("127.0.0.1", box.port(number)), timeout=60)
    check(client.recv(1000).startswith(b"220 "), "no greeting")
    return client


def say(client, text):
    client.sendall(text)
    return client.recv(4000)


def is_served(box):
    began = time.monotonic()
    with box.smtp() as client:
        check(client.noop()[0] == 250, "another client is not served")
    check(time.monotonic() - began < 10, "another client waits")


def begin(client):
    client.sendall(b"EHLO client.test\r\n")
    said = b""
    while b"\r\n250 " not in said:
        said += client.recv(4000)
    check(say(client, b"MAIL FROM:<a@elsewhere.test>\r\n").startswith(b"250"), "MAIL")
    check(say(client, b"RCPT TO:<bob@example.com>\r\n").startswith(b"250"), "RCPT")


def pour(client, octets):
    """Octets of whole pieces; how many."""
    sent = 0
    while sent + len(PIECE) <= octets:
        client.sendall(PIECE)
        sent += len(PIECE)
    return sent


def files_of_intake(box):
    found = []
    for folder, _, names in os.walk(box.root):
        if os.path.basename(folder) == "intake" or "/intake/" in folder + "/":
            found += [name for name in names if os.path.getsize(os.path.join(folder, name)) > (64 << 20)]
    return found


def data_without_end(box):
    with connect(box) as client:
        begin(client)
        check(say(client, b"DATA\r\n").startswith(b"354"), "DATA")
        with Watch(box.peer_of(client, "mdsmtpd")) as watch:
            pour(client, OCTETS)
            is_served(box)
            said = say(client, b".\r\n")
        check(said.startswith(b"552 5.3.4"), f"a message of {OCTETS} octets is answered {said}")
        check(watch.growth < GROWTH, f"it cost {watch.growth} octets of memory")
        check(say(client, b"NOOP\r\n").startswith(b"250"), "the dialogue has lost its place")
    wait("nothing of it on the disk", lambda: not files_of_intake(box))


def chunk_without_end(box):
    with connect(box) as client:
        begin(client)
        whole = OCTETS // len(PIECE) * len(PIECE)
        client.sendall(b"BDAT %d\r\n" % whole)
        with Watch(box.peer_of(client, "mdsmtpd")) as watch:
            pour(client, OCTETS)
            is_served(box)
            said = client.recv(1000)
        check(said.startswith(b"552 5.3.4"), f"a chunk of {whole} octets is answered {said}")
        check(watch.growth < GROWTH, f"it cost {watch.growth} octets of memory")
        check(say(client, b"BDAT 6 LAST\r\nQUIT\r\n").startswith(b"503"), "the dialogue has lost its place")
        check(say(client, b"RSET\r\n").startswith(b"250"), "RSET")


def a_megabyte_of_commands(box):
    count = 200_000
    with connect(box) as client:
        got = []

        def read():
            left = count
            while left > 0:
                said = client.recv(1 << 16)
                if not said:
                    return
                left -= said.count(b"\n")
                got.append(len(said))

        reader = threading.Thread(target=read)
        reader.start()
        with Watch(box.peer_of(client, "mdsmtpd")) as watch:
            client.sendall(b"RSET\r\n" * count)
            is_served(box)
            reader.join(60)
        check(not reader.is_alive(), "not all commands are answered")
        check(sum(got) == count * len(b"250 2.0.0 reset\r\n"), f"{count} commands are answered with {sum(got)} octets")
        check(watch.growth < GROWTH, f"they cost {watch.growth} octets of memory")


def nobody_reads_the_replies(box):
    with connect(box) as client:
        client.settimeout(2)
        with Watch(box.peer_of(client, "mdsmtpd")) as watch:
            try:
                for _ in range(200):
                    client.sendall(b"HELP\r\n" * 10_000)
                check(False, "a client that reads nothing may go on for ever")
            except TimeoutError:
                pass
            is_served(box)
        check(watch.growth < GROWTH, f"it costs {watch.growth} octets of memory")


def hanging_and_trickling(box):
    box.ctl("config", "set", "smtp.command_timeout", "2s")
    box.ctl("config", "set", "smtp.data_timeout", "2s")
    box.ctl("reload")
    silent, half, message = connect(box), connect(box), connect(box)
    half.sendall(b"MAIL FR")
    begin(message)
    say(message, b"DATA\r\n")
    message.sendall(b"Subject: half of")
    began = time.monotonic()
    check(silent.recv(1000).startswith(b"421 4.4.2"), "a silent client is not told")
    for client in (silent, half, message):
        try:
            check(client.recv(1000) == b"", "a client that hangs is not cut off")
        except ConnectionResetError:
            pass
        client.close()
    check(time.monotonic() - began < 15, "clients that hang keep their connections")
    # A command that never ends, octet by octet, has the time of one command
    with connect(box) as client:
        began = time.monotonic()
        try:
            while time.monotonic() - began < 20:
                client.sendall(b"X")
                time.sleep(0.1)
            check(False, "a command may trickle for ever")
        except OSError:
            pass
    box.ctl("config", "unset", "smtp.command_timeout")
    box.ctl("config", "unset", "smtp.data_timeout")
    box.ctl("reload")


def talks_before_the_greeting(box):
    box.ctl("config", "set", "smtp.greet_delay", "3s")
    box.ctl("reload")

    def early():
        with socket.create_connection(("127.0.0.1", box.port(25)), timeout=20) as client:
            client.sendall(b"EHLO client.test\r\n")
            return client.recv(1000)

    said = early()
    check(said.startswith(b"554 5.5.1"), f"an early talker is answered {said}")
    wait("the early talker in the log", lambda: box.logged("smtp-early-talker"))
    began = time.monotonic()
    subject = token()
    box.send(subject)
    check(time.monotonic() - began > 2, "a patient client is greeted at once")
    box.await_subjects([subject])
    with box.submission() as client:
        check(client.noop()[0] == 250, "submission")
    box.ctl("config", "unset", "smtp.greet_delay")
    box.ctl("reload")


def more_connections_than_there_may_be(box):
    """Whoever is one too many is told so; the others stay, and cost little."""
    most = 10_000 if os.environ.get("MDMAIL_LONG") else 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1000, max(most + 1000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    box.ctl("config", "set", "limits.connections", str(most))
    box.ctl("reload")
    with contextlib.ExitStack() as open_ones:
        said = collections.Counter()
        for _ in range(most + 50):
            client = open_ones.enter_context(socket.create_connection(("127.0.0.1", box.port(25)), timeout=60))
            said[client.recv(1000)[:3]] += 1
        check(said[b"220"] == most and said[b"421"] == 50, f"{said}")
        workers = sum(resident(pid) for pid in box.children("mdsmtpd"))
        check(workers < most * (64 << 10) + (200 << 20), f"{workers} octets for {most} connections")
    wait("a connection to be free", lambda: try_one(box))
    is_served(box)
    box.ctl("config", "unset", "limits.connections")
    box.ctl("reload")


def try_one(box):
    with socket.create_connection(("127.0.0.1", box.port(25)), timeout=20) as client:
        return client.recv(1000).startswith(b"220 ")


def all_is_well(box):
    check(box.restarts("mdsmtpd") == 0, "a worker died")
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    with box.smtp() as client:
        client.ehlo()
        check(client.has_extn("chunking") and client.has_extn("smtputf8"), "extensions")
        try:
            client.sendmail("jürgen@elsewhere.test", "bob@example.com", "Subject: x\r\n\r\n", mail_options=["SMTPUTF8"])
        except smtplib.SMTPException as refusal:
            check(False, f"SMTPUTF8: {refusal}")


INSTANCE = harness.Instance()
INSTANCE.start().domain()
harness.run(INSTANCE, data_without_end, chunk_without_end, a_megabyte_of_commands, nobody_reads_the_replies, hanging_and_trickling,
            talks_before_the_greeting, more_connections_than_there_may_be, all_is_well)
