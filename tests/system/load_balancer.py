#!/usr/bin/env python3
"""Behind a load balancer: the PROXY header of proxy_from names the client, and a connection without one is closed."""
import os
import re
import smtplib
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def binary(address, port, values=b""):
    addresses = struct.pack("!4s4sHH", socket.inet_aton(address), socket.inet_aton("127.0.0.1"), port, 25)
    return SIGNATURE + struct.pack("!BBH", 0x21, 0x11, len(addresses + values)) + addresses + values


class Balanced(smtplib.SMTP):
    """A client whose connection begins with a PROXY header."""

    header = b""

    def _get_socket(self, host, port, timeout):
        connection = super()._get_socket(host, port, timeout)
        connection.sendall(self.header)
        return connection


def send_behind(box, header):
    subject = token()
    client = Balanced(local_hostname="client.test", timeout=20)
    client.header = header
    client.connect("127.0.0.1", box.port(25))
    with client:
        client.send_message(message(subject, "someone@elsewhere.test"), from_addr="someone@elsewhere.test", to_addrs=["bob@example.com"])
    return subject


def trace_of_the_last(box):
    with box.imap() as client:
        _, parts = client.fetch("*", "(BODY.PEEK[HEADER.FIELDS (RECEIVED)])")
        return parts[0][1].decode()


def header_names_the_client(box):
    for header in (b"PROXY TCP4 192.0.2.55 127.0.0.1 4711 25\r\n", binary("192.0.2.55", 4711),
                   binary("192.0.2.55", 4711, b"\x04\0\x03abc")):
        subject = send_behind(box, header)
        box.await_subjects([subject])
        trace = trace_of_the_last(box)
        check("[192.0.2.55]" in trace, f"behind {header[:12]!r} the trace is {trace}")


def the_name_of_the_client_counts(box):
    box.names[("55.0.18.198.in-addr.arpa", "PTR")] = "dialup.elsewhere.test"
    box.names[("dialup.elsewhere.test", "A")] = "198.18.0.55"
    box.names[("56.0.18.198.in-addr.arpa", "PTR")] = "dialup.elsewhere.test"  # a liar
    for address, shown in (("198.18.0.55", "(dialup.elsewhere.test [198.18.0.55])"), ("198.18.0.56", "(unknown [198.18.0.56])")):
        subject = send_behind(box, f"PROXY TCP4 {address} 127.0.0.1 4711 25\r\n".encode())
        box.await_subjects([subject])
        trace = trace_of_the_last(box)
        check(shown in trace, f"of {address} the trace is {trace}")
    box.ctl("blacklist", "add", "host", "*.elsewhere.test")
    try:
        send_behind(box, b"PROXY TCP4 198.18.0.55 127.0.0.1 4711 25\r\n")
        check(False, "a black host passes")
    except smtplib.SMTPRecipientsRefused as refused:
        check(refused.recipients["bob@example.com"][0] == 550, f"a black host is answered {refused}")
    box.await_subjects([send_behind(box, b"PROXY TCP4 198.18.0.56 127.0.0.1 4711 25\r\n")])
    box.ctl("blacklist", "remove", "host", "*.elsewhere.test")


def balancer_speaks_for_itself(box):
    for header in (SIGNATURE + b"\x20\0\0\0", b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x21\x31\0\xd8" + bytes(216)):
        subject = send_behind(box, header)
        box.await_subjects([subject])
        trace = trace_of_the_last(box)
        check("[127.0.0.1]" in trace, f"behind {header[:16]!r} a message of the balancer's own has the trace {trace}")


def nothing_without_header(box):
    with socket.create_connection(("127.0.0.1", box.port(25)), timeout=20) as client:
        client.sendall(b"EHLO client.test\r\n")
        try:
            said = client.recv(1000)
        except ConnectionResetError:
            said = b""
        check(said == b"", f"a connection without a header is answered {said!r}")
    wait("proxy-refused in the log", lambda: box.logged("proxy-refused"))


def answer(client):
    """What is said before the end; a connection that is closed with octets unread is reset."""
    try:
        return client.recv(1000)
    except ConnectionResetError:
        return b""


def half_a_header_is_none(box):
    with socket.create_connection(("127.0.0.1", box.port(25)), timeout=20) as client:
        client.sendall(b"PROXY TCP4 192.0.2.55 ")
        client.shutdown(socket.SHUT_WR)
        check(answer(client) == b"", "half a header is answered")


def other_listeners_are_as_before(box):
    with socket.create_connection(("127.0.0.1", box.port(587)), timeout=20) as client:
        check(client.recv(1000).startswith(b"220 "), "submission does not greet")
        client.sendall(b"PROXY TCP4 192.0.2.55 127.0.0.1 4711 25\r\n")
        said = client.recv(1000)
        check(said.startswith(b"500 "), f"a header where none belongs is answered {said!r}")
    with box.imap() as client:
        client.noop()


def an_address_has_so_many_connections(box):
    box.ctl("config", "set", "limits.connections_per_address", "2")
    box.ctl("reload")

    def connect(address):
        client = socket.create_connection(("127.0.0.1", box.port(25)), timeout=20)
        client.sendall(f"PROXY TCP4 {address} 127.0.0.1 4711 25\r\n".encode())
        return client, client.recv(1000)

    both = [connect("192.0.2.77") for _ in range(2)]
    check(all(said.startswith(b"220 ") for _, said in both), f"two connections are answered {both}")
    third, said = connect("192.0.2.77")
    check(said.startswith(b"421 ") and b"too many connections" in said, f"a third connection is answered {said!r}")
    other, said = connect("192.0.2.78")
    check(said.startswith(b"220 "), f"another address is answered {said!r}")
    check(box.logged("limits.connections_per_address"), "the log does not name the limit")
    for client in (third, other, *(client for client, _ in both)):
        client.close()
    wait("room for another", lambda: connect("192.0.2.77")[1].startswith(b"220 "))
    box.ctl("config", "unset", "limits.connections_per_address")
    box.ctl("reload")


INSTANCE = harness.Instance()
with open(INSTANCE.conf, encoding="utf-8") as file:
    TEXT = file.read()
PLACE = re.search(r"\[\[listener\]\]\nprotocol = \"smtp\"\n", TEXT)
check(PLACE, "there is no SMTP listener in the new configuration")
with open(INSTANCE.conf, "w", encoding="utf-8") as file:
    file.write(TEXT[:PLACE.end()] + 'proxy_from = ["127.0.0.1"]\n' + TEXT[PLACE.end():])
INSTANCE.start().domain()
harness.run(INSTANCE, header_names_the_client, the_name_of_the_client_counts, balancer_speaks_for_itself, nothing_without_header, half_a_header_is_none, other_listeners_are_as_before,
            an_address_has_so_many_connections)
