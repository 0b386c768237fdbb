"""Messages for benchmarks: the same number gives the same octets on every run and for every server.

Conversations of ten with References; a fifth is multipart/alternative with quoted-printable text, a tenth carries an attachment in
base64, the rest is text. "kingfisher" stands in the Subject of one conversation in fifty and "marmalade" in the body of one message in
five hundred.
"""
import base64
import functools
import os
import quopri
import random
import shutil

CONVERSATION = 10
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@functools.lru_cache(maxsize=1)
def vocabulary():
    source = random.Random(20250101)
    letters = ("str", "n", "th", "l", "qu", "m", "br", "sh", "v", "k", "pl", "t")
    vowels = ("a", "e", "i", "o", "ou", "ea")
    return ["".join(source.choice(letters) + source.choice(vowels) for _ in range(source.randint(1, 3))) for _ in range(4000)]


@functools.lru_cache(maxsize=1)
def prose():
    """Lines enough to cut every body from."""
    source = random.Random(7)
    return [" ".join(source.choices(vocabulary(), k=9)) for _ in range(20000)]


def lines(source, octets):
    at, out = source.randrange(10000), []
    while octets > 0:
        out.append(prose()[at % 20000])
        octets -= len(out[-1]) + 1
        at += 1
    return "\n".join(out) + "\n"


def entity(kind, text, encoding=None, disposition=None):
    head = f"Content-Type: {kind}\n"
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\n"
    if disposition:
        head += f"Content-Disposition: {disposition}\n"
    return head + "\n" + text


def body(number, source, octets):
    note = "All the marmalade is gone.\n" if number % 500 == 0 else ""
    if number % 5 == 1:
        plain = quopri.encodestring((note + lines(source, octets // 3)).encode()).decode()
        markup = quopri.encodestring(("<html><body>" + lines(source, octets // 2) + "</body></html>\n").encode()).decode()
        parts = [entity("text/plain; charset=utf-8", plain, "quoted-printable"),
                 entity("text/html; charset=utf-8", markup, "quoted-printable")]
        kind = "alternative"
    elif number % 10 == 3:
        blob = base64.encodebytes(lines(source, octets // 2).encode()).decode()
        parts = [entity("text/plain; charset=us-ascii", note + lines(source, octets // 4)),
                 entity('application/octet-stream; name="minutes.bin"', blob, "base64", 'attachment; filename="minutes.bin"')]
        kind = "mixed"
    else:
        return entity("text/plain; charset=utf-8", note + lines(source, octets), "8bit")
    mark = f"==part-{number}=="
    inside = "".join(f"--{mark}\n{part}" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\n\n{inside}--{mark}--\n'


def message(number, octets=10240):
    """With LF line ends, as a Maildir holds it."""
    source = random.Random(number)
    first = number - number % CONVERSATION
    topic = " ".join(random.Random(first).choices(vocabulary(), k=4)).capitalize()
    if first % (50 * CONVERSATION) == 0:
        topic += " kingfisher"
    who, whom = source.choice(vocabulary()), source.choice(vocabulary())
    minute = number % 525600
    date = (f"{minute // 1440 % 28 + 1} {MONTHS[minute // 40320 % 12]} 2024 {minute // 60 % 24:02}:{minute % 60:02}:"
            f"{source.randrange(60):02} +0000")
    head = (f"Return-Path: <{who}@away.test>\n"
            f"Received: from out.away.test (out.away.test [192.0.2.7])\n\tby mx.bench.test with ESMTPS id {number:x};\n\t{date}\n"
            f"From: {who.capitalize()} {source.choice(vocabulary()).capitalize()} <{who}@away.test>\n"
            f"To: Everyone <u0@bench.test>, {whom} <{whom}@bench.test>\n"
            f"Subject: {'Re: ' if number != first else ''}{topic}\nDate: {date}\nMessage-ID: <{number}.load@away.test>\n")
    if number != first:
        chain = "\n ".join(f"<{before}.load@away.test>" for before in range(first, number))
        head += f"In-Reply-To: <{number - 1}.load@away.test>\nReferences: {chain}\n"
    head += "MIME-Version: 1.0\n"
    return (head + body(number, source, max(200, octets - len(head) - 400))).encode()


def fill(maildir, count, octets=10240, owner=None):
    """Puts messages 0 to count - 1 into new/ as a delivery agent would, and has the disk synced: whom it serves is not to wait for that."""
    for name in ("tmp", "new", "cur"):
        os.makedirs(f"{maildir}/{name}", 0o700, exist_ok=True)
    if os.path.basename(maildir).startswith("."):
        with open(f"{maildir}/maildirfolder", "w", encoding="ascii"):
            pass
    for number in range(count):
        octets_of = message(number, octets)
        wide = len(octets_of) + octets_of.count(b"\n")
        name = f"{1700000000 + number}.L{number}.bench,S={len(octets_of)},W={wide}"
        with open(f"{maildir}/new/{name}", "wb") as file:
            file.write(octets_of)
        os.utime(f"{maildir}/new/{name}", (1700000000 + number,) * 2)
    if owner:
        for folder, _, files in os.walk(maildir):
            for name in [folder, *(f"{folder}/{file}" for file in files)]:
                shutil.chown(name, owner, owner)
    os.sync()
