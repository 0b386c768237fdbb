"""Clients of IMAP and POP3 that do little more than count octets, so that the server's time is what is measured."""
import socket
import ssl
import sys
import time

_PIECE = 1 << 18


def _tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


TLS = _tls()


class Connection:
    def __init__(self, port, tls=False):
        self.socket = socket.create_connection(("127.0.0.1", port), 300)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = TLS.wrap_socket(self.socket)
        self.buffer = bytearray()

    def more(self):
        piece = self.socket.recv(_PIECE)
        if not piece:
            sys.exit("the server closed the connection")
        self.buffer += piece

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            self.more()
        text = bytes(self.buffer[:end])
        del self.buffer[:end + 2]
        return text

    def close(self):
        self.socket.close()


class Imap(Connection):
    """Tags are such that no line of a message begins like one."""

    def __init__(self, port, user, password, tls=False):
        super().__init__(port, tls)
        self.commands, self.room = 0, bytearray(_PIECE)
        self.line()
        self.run(f'LOGIN "{user}" "{password}"')
        tag = self.send("CAPABILITY")
        self.capabilities = self.line().decode().upper().split()
        self.finish(tag)

    def send(self, command, octets=b""):
        self.commands += 1
        tag = f"=.{self.commands} ".encode()
        self.socket.sendall(tag + command.encode() + octets + b"\r\n")
        return tag

    def finish(self, tag):
        """Drops what comes before the tagged answer, which must be OK: to keep 50 MB costs more than to serve them."""
        room, view, mark, end = self.room, memoryview(self.room), b"\r\n" + tag, 2 + len(self.buffer)
        room[:end] = b"\r\n" + self.buffer
        while (found := room.find(mark, 0, end)) < 0:
            kept = min(end, len(mark) - 1)
            room[:kept] = room[end - kept:end]
            got = self.socket.recv_into(view[kept:])
            if got == 0:
                sys.exit("the server closed the connection")
            end = kept + got
        self.buffer = room[found + 2:end]
        status = self.line()
        if not status[len(tag):].upper().startswith(b"OK"):
            sys.exit(f"IMAP: {status.decode(errors='replace')}")

    def run(self, command, octets=b""):
        """How many seconds it took."""
        start = time.perf_counter()
        self.finish(self.send(command, octets))
        return time.perf_counter() - start


class Pop3(Connection):
    def __init__(self, port, user, password, tls=False):
        super().__init__(port, tls)
        self.line()
        self.one(f"USER {user}")
        self.one(f"PASS {password}")

    def answer(self):
        status = self.line()
        if not status.startswith(b"+OK"):
            sys.exit(f"POP3: {status.decode(errors='replace')}")
        return status

    def one(self, command):
        self.socket.sendall(command.encode() + b"\r\n")
        return self.answer()

    def body(self):
        """Reads an answer of several lines; how many octets it had."""
        self.answer()
        if self.buffer.startswith(b".\r\n"):
            del self.buffer[:3]
            return 0
        looked = 0
        while (found := self.buffer.find(b"\r\n.\r\n", looked)) < 0:
            looked = max(0, len(self.buffer) - 5)
            self.more()
        del self.buffer[:found + 5]
        return found + 2
