"""Messages of which every octet, the envelope and the structure are known, made from a random generator.

Each carries its token in `X-Token:` and in the subject, so that a message is recognised wherever it goes. What FETCH must say of it is
composed together with its text, never read back out of it: ENVELOPE as RFC 3501 §7.4.2 has it, BODYSTRUCTURE, the octets of each
section, and what base64 parts hold (RFC 3516).
"""
import base64
import datetime
from dataclasses import dataclass, field

PEOPLE = ((b"Alice Example", b"alice", b"example.com"), (None, b"bob", b"example.com"), (b"Carol, Dr.", b"carol", b"x.example.org"),
          (b"=?utf-8?q?J=C3=B6rg?=", b"joerg", b"example.net"), (b"list \"quoted\"", b"list-1", b"lists.example.com"))
SUBJECTS = ("report", "Re: report", "lunch", "Fwd: [list] lunch", "zebra", "=?utf-8?q?gr=C3=BC=C3=9Fe?= all", "x")
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu".split()


@dataclass
class Content:
    token: str
    octets: bytes                                   # with CRLF
    header: bytes = b""                             # with the empty line
    envelope: tuple = ()
    structure: dict = field(default_factory=dict)
    sections: dict = field(default_factory=dict)    # "1", "1.MIME", "2.1", "HEADER", ... -> octets
    binary: dict = field(default_factory=dict)      # section -> octets without their transfer encoding
    subject: str = ""
    sent: datetime.datetime | None = None
    sender: bytes = b""
    words: frozenset = frozenset()                  # what a search of the body must find
    exact: bool = True                              # False: delivered, the server put header fields before it


def phrase(name):
    if name is None or name.startswith(b"=?"):
        return name
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def address(person):
    name, local, host = person
    return b"%b@%b" % (local, host) if name is None else b"%b <%b@%b>" % (phrase(name), local, host)


def leaf(media, subtype, body, encoding=b"7BIT", parameters=(), disposition=None):
    """A part: its header fields, its body, and the structure that it has."""
    lines = [b"Content-Type: %b/%b%b" % (media.lower(), subtype.lower(), b"".join(b"; %b=%b" % p for p in parameters))]
    if encoding != b"7BIT":
        lines.append(b"Content-Transfer-Encoding: " + encoding.lower())
    if disposition:
        lines.append(b"Content-Disposition: %b; filename=\"%b\"" % disposition)
    made = {"type": media, "subtype": subtype, "parameters": [(k.upper(), v) for k, v in parameters] or None, "id": None,
            "description": None, "encoding": encoding, "octets": len(body)}
    if media == b"TEXT":
        made["lines"] = body
    if disposition:
        made["disposition"] = (disposition[0].upper(), [(b"FILENAME", disposition[1])])
    return lines, body, made


class Maker:
    """Makes messages; `prefix` keeps the tokens of several makers apart."""

    def __init__(self, random, prefix):
        self.random, self.prefix, self.count = random, prefix, 0

    def text(self, eight_bit=False, lines=None):
        rows = []
        for _ in range(self.random.randrange(0, 12) if lines is None else lines):
            row = " ".join(self.random.choices(WORDS, k=self.random.randrange(0, 9)))
            rows.append((row + (" grüße" if eight_bit else "")).encode())
        text = b"".join(row + b"\r\n" for row in rows)
        return text + b"no line end" if self.random.random() < 0.1 else text

    def message(self, depth=0):
        random = self.random
        self.count += 1
        token = f"{self.prefix}-{self.count}"
        kind = random.choice(("plain", "plain", "plain", "eight", "empty", "alternative", "attachment", "nested", "big"))
        if depth and kind == "nested":
            kind = "plain"
        sections, binary, words = {}, {}, set()
        if kind in ("plain", "empty", "big", "eight"):
            body = self.text(kind == "eight", {"empty": 0, "big": 1500}.get(kind))
            fields, body, structure = leaf(b"TEXT", b"PLAIN", b"" if kind == "empty" else body, b"8BIT" if kind == "eight" else b"7BIT",
                                           ((b"charset", b"utf-8" if kind == "eight" else b"us-ascii"),))
            sections["1"] = body
            words |= {w for w in WORDS if w.encode() in body}
        else:
            fields, body, structure = self.several(kind, depth, sections, binary)
        header, envelope, extra = self.fields(token)
        head = b"".join(row + b"\r\n" for row in (*header, b"MIME-Version: 1.0", *fields)) + b"\r\n"
        sections |= {"HEADER": head, "TEXT": body, "": head + body}
        return Content(token, head + body, head, envelope, structure, sections, binary, words=frozenset(words), **extra)

    def fields(self, token):
        random = self.random
        people = random.choices(PEOPLE, k=4)
        sent = datetime.datetime(random.randrange(1998, 2025), random.randrange(1, 13), random.randrange(1, 28), random.randrange(8, 16),
                                 random.randrange(60), random.randrange(60),
                                 tzinfo=datetime.timezone(datetime.timedelta(hours=random.randrange(-5, 6))))
        date = sent.strftime("%a, %d %b %Y %H:%M:%S %z").encode()
        subject = f"{random.choice(SUBJECTS)} {token}"
        many = random.random() < 0.3
        rows = [b"Date: " + date, b"From: " + address(people[0]), b"To: " + address(people[1]) + (b",\r\n " + address(people[2]) if many else b""),
                b"Subject: " + subject.encode(), b"Message-ID: <%b@model.test>" % token.encode(), b"X-Token: " + token.encode()]
        reply = address(people[3]) if random.random() < 0.2 else None
        carbon = address(people[2]) if random.random() < 0.2 else None
        parent = b"<%b-%d@model.test>" % (self.prefix.encode(), random.randrange(1, self.count + 1)) if random.random() < 0.3 else None
        for name, value in ((b"Reply-To", reply), (b"Cc", carbon), (b"In-Reply-To", parent)):
            if value:
                rows.append(name + b": " + value)
        one = [(p[0], None, p[1], p[2]) for p in people]
        envelope = (date, subject.encode(), [one[0]], [one[0]], [one[3]] if reply else [one[0]], one[1:3] if many else [one[1]],
                    [one[2]] if carbon else None, None, parent, b"<%b@model.test>" % token.encode())
        return rows, envelope, {"subject": subject, "sent": sent, "sender": people[0][1]}

    def several(self, kind, depth, sections, binary):
        """A multipart, or a message in a message: fields, body, structure; fills the sections."""
        if kind == "nested":
            inner = self.message(depth + 1)
            fields = [b"Content-Type: message/rfc822"]
            sections["1"] = inner.octets
            sections["1.HEADER"], sections["1.TEXT"] = inner.header, inner.sections["TEXT"]
            simple = inner.structure["type"] != b"MULTIPART"
            for name, octets in inner.sections.items():
                if name and name[0].isdigit():
                    sections["1." + name] = octets
            for name, octets in inner.binary.items():
                binary["1." + name] = octets
            if simple:
                sections["1.1"] = inner.sections["TEXT"]
            structure = {"type": b"MESSAGE", "subtype": b"RFC822", "parameters": None, "id": None, "description": None, "encoding": b"7BIT",
                         "octets": len(inner.octets), "envelope": inner.envelope, "body": inner.structure, "lines": inner.octets}
            return fields, inner.octets, structure
        boundary = b"=_b%d.%d" % (self.count, depth)
        if kind == "alternative":
            parts = [leaf(b"TEXT", b"PLAIN", self.text(), parameters=((b"charset", b"us-ascii"),)),
                     leaf(b"TEXT", b"HTML", b"<p>" + self.text(lines=3) + b"</p>", parameters=((b"charset", b"us-ascii"),))]
            subtype = b"ALTERNATIVE"
        else:
            data = self.random.randbytes(self.random.choice((1, 57, 300, 5000)))
            coded = base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
            parts = [leaf(b"TEXT", b"PLAIN", self.text(), parameters=((b"charset", b"us-ascii"),)),
                     leaf(b"APPLICATION", b"OCTET-STREAM", coded, b"BASE64", disposition=(b"attachment", b"data.bin"))]
            binary["2"] = data
            subtype = b"MIXED"
        body = b""
        for number, (fields, octets, _) in enumerate(parts, 1):
            head = b"".join(row + b"\r\n" for row in fields) + b"\r\n"
            sections[str(number)], sections[f"{number}.MIME"] = octets, head
            body += b"--" + boundary + b"\r\n" + head + octets + b"\r\n"
        body += b"--" + boundary + b"--\r\n"
        structure = {"type": b"MULTIPART", "subtype": subtype, "parts": [part[2] for part in parts], "parameters": [(b"BOUNDARY", boundary)]}
        return [b"Content-Type: multipart/%b; boundary=\"%b\"" % (subtype.lower(), boundary)], body, structure


def lines_agree(body, told):
    """RFC 3501 counts lines and does not say whether a last one without an end counts."""
    whole = body.count(b"\r\n")
    return told == whole or (told == whole + 1 and not body.endswith(b"\r\n") and body != b"")


def difference(wanted, told, extended, path="body"):
    """What differs between a structure of ours and one that FETCH told; None if nothing does."""
    for name, value in wanted.items():
        if name in ("disposition",) or (name == "parameters" and wanted["type"] == b"MULTIPART"):
            if not extended:
                continue
        if name == "parts":
            if len(value) != len(told.get("parts", ())):
                return f"{path}: {len(told.get('parts', ()))} parts instead of {len(value)}"
            for number, (mine, theirs) in enumerate(zip(value, told["parts"]), 1):
                found = difference(mine, theirs, extended, f"{path}.{number}")
                if found:
                    return found
        elif name == "body":
            found = difference(value, told.get("body", {}), extended, path + ".body")
            if found:
                return found
        elif name == "lines":
            if not lines_agree(value, told.get("lines")):
                count = value.count(b"\r\n")
                return f"{path}: {told.get('lines')} lines instead of {count}"
        elif name in ("encoding", "type", "subtype"):
            if (told.get(name) or b"").upper() != value:
                return f"{path}: {name} {told.get(name)!r} instead of {value!r}"
        elif told.get(name) != value:
            return f"{path}: {name} {told.get(name)!r} instead of {value!r}"
    return None
