"""Commands on one large mailbox, and POP3 on a large maildrop: milliseconds, or so many a second.

The messages are put into the Maildir as files, as another program would, so that both servers see them for the first time at SELECT.
`new` is that first SELECT, `cold` the first of the next connection, `warm` a second one there; `first` is what a command costs when
nothing was computed before, `again` what it costs afterwards.
"""
import time

import mailgen
import wire

READS = (
    ("fetch_flags", "FETCH 1:* (UID FLAGS)"),
    ("fetch_envelope", "FETCH 1:* (UID ENVELOPE)"),
    ("fetch_structure", "FETCH 1:* (UID BODYSTRUCTURE)"),
    ("fetch_header_fields", "FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)])"),
    ("search_subject", 'SEARCH SUBJECT "kingfisher"'),
    ("search_body", 'SEARCH BODY "marmalade"'),
    ("sort_date", "SORT (REVERSE DATE) UTF-8 ALL"),
    ("sort_subject", "SORT (SUBJECT) UTF-8 ALL"),
    ("thread", "THREAD REFERENCES UTF-8 ALL"),
)
NEEDS = {"sort_date": "SORT", "sort_subject": "SORT", "thread": "THREAD=REFERENCES"}


def milliseconds(imap, command):
    return round(imap.run(command) * 1000, 2)


# Who reads a Maildir looks again at a directory that changed a moment before, and which SELECT pays for it would be chance.
SETTLED = 3


def selects(server, folder):
    figures = {}
    for name in ("new", "cold"):
        imap = server.imap("u0")
        figures[f"select_{name}_ms"] = milliseconds(imap, f"SELECT {folder}")
        figures["select_warm_ms"] = milliseconds(imap, f"SELECT {folder}")
        imap.close()
    return figures


def reads(imap, count):
    figures = {}
    for name, command in READS:
        if name in NEEDS and NEEDS[name] not in imap.capabilities:
            continue
        figures[f"{name}_first_ms"] = milliseconds(imap, command)
        figures[f"{name}_again_ms"] = milliseconds(imap, command)
    wanted = [1 + number * 7919 % count for number in range(min(2000, count))]
    start = time.perf_counter()
    for number in wanted:
        imap.run(f"FETCH {number} BODY.PEEK[]")
    figures["bodies_one_by_one_per_s"] = round(len(wanted) / (time.perf_counter() - start), 1)
    many = min(5000, count)
    figures["bodies_streamed_per_s"] = round(many / imap.run(f"FETCH 1:{many} BODY.PEEK[]"), 1)
    return figures


def writes(imap, folder, count):
    figures, many, few = {}, min(10000, count // 2), min(1000, count // 4)
    figures[f"store_{many}_ms"] = milliseconds(imap, f"STORE 1:{many} +FLAGS (\\Flagged)")
    figures[f"copy_{few}_ms"] = milliseconds(imap, f"COPY 1:{few} copies")
    imap.run(f"STORE {count - few + 1}:{count} +FLAGS.SILENT (\\Deleted)")
    figures[f"expunge_{few}_ms"] = milliseconds(imap, "EXPUNGE")
    messages = [mailgen.message(count + number).replace(b"\n", b"\r\n") for number in range(300)]
    start = time.perf_counter()
    for octets in messages:
        imap.run(f"APPEND {folder} ", b"{%d+}\r\n%s" % (len(octets), octets))
    figures["append_per_s"] = round(len(messages) / (time.perf_counter() - start), 1)
    return figures


def imap_figures(server, count, only_select=False):
    folder = "big"
    imap = server.imap("u0")
    imap.run("CREATE copies")  # with it the server makes the account's Maildir
    imap.close()
    mailgen.fill(f"{server.maildir('u0')}/.{folder}", count, 10240 if not only_select else 2000, server.owner)
    time.sleep(SETTLED)
    figures = selects(server, folder)
    if only_select:
        return figures
    imap = server.imap("u0")
    imap.run(f"SELECT {folder}")
    figures.update(reads(imap, count))
    figures.update(writes(imap, folder, count))
    imap.close()
    return figures


def retr_pipelined(pop3, count):
    start = time.perf_counter()
    for first in range(1, count + 1, 50):
        numbers = range(first, min(first + 50, count + 1))
        pop3.socket.sendall("".join(f"RETR {number}\r\n" for number in numbers).encode())
        for _ in numbers:
            pop3.body()
    return round(count / (time.perf_counter() - start), 1)


def pop3_figures(server, count=2000, sessions=300):
    server.pop3("u1").close()
    mailgen.fill(server.maildir("u1"), count, 10240, server.owner)
    figures = {}
    pop3 = server.pop3("u1")
    pop3.one("STAT")
    start = time.perf_counter()
    for number in range(1, count + 1):
        pop3.socket.sendall(b"RETR %d\r\n" % number)
        pop3.body()
    figures["retr_one_by_one_per_s"] = round(count / (time.perf_counter() - start), 1)
    figures["retr_pipelined_per_s"] = retr_pipelined(pop3, count)
    pop3.one("QUIT")
    start = time.perf_counter()
    for _ in range(sessions):
        pop3 = server.pop3("u1")
        pop3.one("STAT")
        pop3.one("QUIT")
        pop3.close()
    figures["sessions_per_s"] = round(sessions / (time.perf_counter() - start), 1)
    return figures
