"""Many IMAP clients that idle over TLS: what one costs in memory, and how soon all of them see a delivery."""
import re
import resource
import select
import smtplib
import socket
import statistics
import struct
import time

import mailgen
import meters


def client(server, user):
    imap = server.imap(user, tls=True)
    imap.run("SELECT INBOX")
    imap.send("IDLE")
    while not imap.line().startswith(b"+"):
        pass
    return imap


def pss(pid):
    match = re.search(r"^Pss:\s*(\d+)", meters.read(f"/proc/{pid}/smaps_rollup"), re.MULTILINE)
    return int(match[1]) if match else 0


def pss_kib(word):
    """Of all processes of the server: memory that several of them share is counted once."""
    return sum(map(pss, meters.processes(word)))


def seen(imap):
    """Takes what has come; whether an EXISTS is in it."""
    imap.more()
    while imap.socket.pending():
        imap.more()
    *lines, rest = bytes(imap.buffer).split(b"\r\n")
    imap.buffer[:] = rest
    return any(line.endswith(b" EXISTS") for line in lines)


def wake(server, clients, number):
    """Milliseconds from the 250 until each of these clients has seen the message."""
    user, remaining, delays = f"u{number}", {imap.socket: imap for imap in clients}, []
    smtp = smtplib.SMTP("127.0.0.1", server.base + 25, timeout=60)
    smtp.ehlo()
    smtp.mail("load@away.test")
    smtp.rcpt(f"{user}@bench.test")
    code, said = smtp.data(mailgen.message(number).replace(b"\n", b"\r\n"))
    start = time.perf_counter()
    if code != 250:
        raise SystemExit(f"{user}: {code} {said.decode(errors='replace')}")
    while remaining:
        ready, _, _ = select.select(list(remaining), [], [], 60)
        if not ready:
            raise SystemExit(f"{len(remaining)} clients of {user} never saw the message")
        for woken in ready:
            if seen(remaining[woken]):
                delays.append((time.perf_counter() - start) * 1000)
                del remaining[woken]
    smtp.quit()
    return delays


def figures(server, count=500, users=20, settle=5):
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, count + 200))
    for number in range(users):  # what the first clients leave behind is not theirs
        client(server, f"u{number}").close()
    time.sleep(2)
    before = pss_kib(server.folder)
    clients = [client(server, f"u{number % users}") for number in range(count)]
    time.sleep(settle)
    out = {"kib_per_idle_connection": round((pss_kib(server.folder) - before) / count, 1)}
    delays = [delay for number in range(users) for delay in wake(server, clients[number::users], number)]
    out["seen_after_ms_median"] = round(max(0.0, statistics.median(delays)), 2)
    out["seen_after_ms_last"] = round(max(delays), 2)
    for imap in clients:
        imap.close()
    return out


def per_connection(server, count, connect):
    """KiB of the server's memory for each of so many clients that connect() makes; a few come and go before."""
    for _ in range(20):
        connect().close()
    time.sleep(2)
    before = pss_kib(server.folder)
    clients = [connect() for _ in range(count)]
    time.sleep(3)
    cost = (pss_kib(server.folder) - before) / count
    for client in clients:
        client.close()
    return round(cost, 1)


def waiting(server, count=250):
    """SMTP clients that were greeted, and mail servers that said hello to the filter."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, count + 200))

    def answered(made, what):
        if not made.recv(4000):
            raise SystemExit(f"{server.name}: the {what} closes the connection")

    def smtp():
        made = socket.create_connection(("127.0.0.1", server.base + 25), 60)
        answered(made, "SMTP server")
        made.sendall(b"EHLO waits.test\r\n")
        answered(made, "SMTP server")
        return made

    def milter():
        made = socket.socket(socket.AF_UNIX)
        made.connect(server.folder + "/run/filter.sock")
        made.settimeout(60)
        made.sendall(struct.pack("!IcIII", 13, b"O", 6, 0x1ff, 0x1fffff))
        answered(made, "filter")
        return made
    out = {}
    if hasattr(server, "mdctl"):
        out["kib_per_milter_connection"] = per_connection(server, count, milter)
        server.restart()  # what these leave behind would serve the next
    out["kib_per_smtp_connection"] = per_connection(server, count, smtp)
    return out
