"""A strict parser of one IMAP response, written from the formal syntax of the RFCs and from nothing else.

RFC 3501 §9 with RFC 2342 (NAMESPACE), 2971 (ID), 3516 (BINARY), 4315 (UIDPLUS), 4731 and 5182 (ESEARCH), 5161 (ENABLE),
5256 (SORT, THREAD), 5258 and 5819 (LIST), 6154 (SPECIAL-USE), 7162 (CONDSTORE, QRESYNC), 7888, 8438 (STATUS=SIZE), 8474 (OBJECTID),
9208 (QUOTA). parse(octets) takes a response with its literals and its last CRLF; it returns a Response or raises Malformed, which
names what was expected and where. Nothing is forgiven: a doubled space is as wrong as a missing bracket.
"""
import datetime
import re
from dataclasses import dataclass, field

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[\^_`a-z|}~]+")         # ATOM-CHAR without resp-specials
ASTRING = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[\]\^_`a-z|}~]+")
TAG = re.compile(rb"[!#$&',\-./0-9:;<=>?@A-Z\[\]\^_`a-z|}~]+")
DIGITS = re.compile(rb"[0-9]+")
QUOTED = re.compile(rb'"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]|\\["\\])*)"')
LITERAL = re.compile(rb"\{([0-9]+)\}\r\n")
LITERAL8 = re.compile(rb"~\{([0-9]+)\}\r\n")
TEXT = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]+")
DATE_TIME = re.compile(rb'"([ 0-9][0-9])-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-([0-9]{4}) '
                       rb'([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"', re.I)
SEQUENCE = re.compile(rb"[1-9][0-9]*(?::[1-9][0-9]*)?(?:,[1-9][0-9]*(?::[1-9][0-9]*)?)*")
OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
SECTION = re.compile(rb"(?:[1-9][0-9]*(?:\.[1-9][0-9]*)*)?")
MAX_SET = 3_000_000


class Malformed(Exception):
    """The octets are no response of the grammar; the text shows what was wanted at which place."""


@dataclass
class Response:
    """kind is `+`, the name of an untagged response, or OK, NO, BAD, BYE, PREAUTH; tag is "" for untagged ones."""
    kind: str
    tag: str = ""
    number: int = 0
    code: str = ""                                      # name of the response code, upper case
    argument: object = None                             # of the code
    text: str = ""
    data: object = None
    raw: bytes = b""
    fields: dict = field(default_factory=dict)


def expand(text):
    """The numbers of a sequence set without `*`, in the order in which it names them."""
    numbers = []
    for part in text.split(","):
        low, colon, high = part.partition(":")
        low, high = (int(low), int(high)) if colon else (int(low), int(low))
        if low > high:
            low, high = high, low
        if len(numbers) + high - low > MAX_SET:
            raise Malformed(f"a set of more than {MAX_SET} numbers")
        numbers.extend(range(low, high + 1))
    return numbers


def modified_utf7(name):
    """Whether the octets are a mailbox name of RFC 3501 §5.1.3: printable US-ASCII, shifts closed and not superfluous."""
    import base64
    for shift in re.finditer(rb"&([^-]*)(-?)", name):
        if not shift[2]:
            return False
        if not shift[1]:
            continue
        try:
            text = base64.b64decode(shift[1].replace(b",", b"/") + b"=" * (-len(shift[1]) % 4), validate=True).decode("utf-16-be")
        except ValueError:
            return False
        if any(" " <= c <= "~" for c in text):
            return False
    return all(0x20 <= c <= 0x7e for c in name)


class Parser:
    """A place in the octets, and one method a production. All raise Malformed."""

    def __init__(self, octets):
        self.octets, self.at = octets, 0

    # Pieces

    def fail(self, wanted):
        shown = self.octets[max(0, self.at - 60):self.at] + b" <HERE> " + self.octets[self.at:self.at + 60]
        raise Malformed(f"expected {wanted} at octet {self.at}: {shown!r}")

    def see(self, octets):
        return self.octets[self.at:self.at + len(octets)].upper() == octets.upper()

    def take(self, octets):
        if not self.see(octets):
            return False
        self.at += len(octets)
        return True

    def need(self, octets):
        if not self.take(octets):
            self.fail(repr(octets))

    def match(self, pattern, what):
        found = pattern.match(self.octets, self.at)
        if not found:
            self.fail(what)
        self.at = found.end()
        return found

    def space(self):
        self.need(b" ")

    def one_of(self, words, what):
        """A word of the list that ends where the atom ends."""
        place = self.at
        word = self.atom(what).upper()
        if word not in words:
            self.at = place
            self.fail(what)
        return word

    def atom(self, what="atom"):
        return self.match(ATOM, what)[0].decode()

    def number(self, bits=32):
        value = int(self.match(DIGITS, "number")[0])
        if value >= 1 << bits:
            self.fail(f"number below 2^{bits}")
        return value

    def positive(self, bits=32):
        if self.see(b"0"):
            self.fail("number without leading zero")
        return self.number(bits)

    def literal(self, pattern=LITERAL):
        size = int(self.match(pattern, "literal")[1])
        if self.at + size > len(self.octets):
            self.fail(f"literal of {size} octets")
        value = self.octets[self.at:self.at + size]
        self.at += size
        if pattern is LITERAL and b"\0" in value:
            self.fail("literal without NUL (CHAR8)")
        return value

    def string(self):
        if self.see(b"{"):
            return self.literal()
        quoted = self.match(QUOTED, "string")[1]
        return re.sub(rb'\\(["\\])', rb"\1", quoted)

    def nil(self):
        return self.take(b"NIL")

    def nstring(self):
        return None if self.nil() else self.string()

    def astring(self):
        return self.string() if self.see(b'"') or self.see(b"{") else self.match(ASTRING, "astring")[0]

    def mailbox(self):
        name = self.astring()
        if not modified_utf7(name):
            self.fail(f"mailbox name in modified UTF-7, not {name!r}")
        return "INBOX" if name.upper() == b"INBOX" else name.decode()

    def listed(self, item, empty=True):
        """"(" [item *(SP item)] ")"."""
        self.need(b"(")
        found = []
        if empty and self.take(b")"):
            return found
        while True:
            found.append(item())
            if self.take(b")"):
                return found
            self.space()

    def sequence(self):
        return expand(self.match(SEQUENCE, "sequence set without *")[0].decode())

    def flag(self, recent=False, star=False):
        if self.take(b"\\*"):
            if not star:
                self.fail("flag other than \\*")
            return "\\*"
        name = ("\\" if self.take(b"\\") else "") + self.atom("flag")
        if name.startswith("\\"):
            name = "\\" + name[1:].capitalize()
        if name == "\\Recent" and not recent:
            self.fail("flag other than \\Recent")
        return name

    def flags(self, **allowed):
        found = self.listed(lambda: self.flag(**allowed))
        if len({name.lower() for name in found}) != len(found):
            self.fail("each flag once")
        return found

    def object_id(self):
        self.need(b"(")
        value = self.match(OBJECT_ID, "object id")[0].decode()
        self.need(b")")
        return value

    def date_time(self):
        found = self.match(DATE_TIME, "date-time")
        day, month, year, hour, minute, second, sign, east, minutes = found.groups()
        offset = datetime.timedelta(hours=int(east), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
        try:
            return datetime.datetime(int(year), [m.upper() for m in MONTHS].index(month.decode().upper()) + 1, int(day), int(hour),
                                     int(minute), int(second), tzinfo=datetime.timezone(offset))
        except ValueError:
            return self.fail("a date that exists")

    def capabilities(self):
        found = []
        while self.take(b" "):
            found.append(self.atom("capability").upper())
        if "IMAP4REV1" not in found:
            self.fail("IMAP4rev1 among the capabilities")
        return found

    # Response codes and text

    def code(self):
        name = self.atom("response code").upper()
        reader = CODES.get(name)
        if reader:
            return name, reader(self)
        if name in BARE_CODES:
            return name, None
        rest = None
        if self.take(b" "):
            rest = self.match(re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x5c\x5e-\x7f]+"), "text of a code")[0]
        return name, rest

    def bad_charset(self):
        return self.astrings() if self.take(b" ") else None

    def astrings(self):
        return self.listed(self.astring, empty=False)

    def spaced(self, reader):
        self.space()
        return reader()

    def append_uid(self):
        self.space()
        validity = self.positive()
        self.space()
        return validity, self.sequence()

    def copy_uid(self):
        self.space()
        validity = self.positive()
        self.space()
        source = self.sequence()
        self.space()
        return validity, source, self.sequence()

    def text(self, response):
        """resp-text; text has at least one octet."""
        if self.take(b"["):
            response.code, response.argument = self.code()
            self.need(b"]")
            self.space()
        response.text = self.match(TEXT, "text")[0].decode()

    # Untagged data

    def mailbox_list(self):
        def attribute():
            self.need(b"\\")
            return "\\" + self.atom("mailbox attribute").capitalize()
        self.space()
        attributes = self.listed(attribute)
        if len(set(attributes)) != len(attributes) or len({"\\Noselect", "\\Marked", "\\Unmarked"} & set(attributes)) > 1:
            self.fail("each attribute once, and one of \\Noselect, \\Marked, \\Unmarked")
        if {"\\Haschildren", "\\Hasnochildren"} <= set(attributes) or {"\\Haschildren", "\\Noinferiors"} <= set(attributes):
            self.fail("either \\HasChildren or \\HasNoChildren")
        self.space()
        separator = self.nstring()
        if separator is not None and len(separator) != 1:
            self.fail("a hierarchy separator of one octet")
        self.space()
        name = self.mailbox()
        extended = {}
        if self.take(b" "):
            for key, value in self.listed(self.extended_item):
                extended[key] = value
        return attributes, separator, name, extended

    def extended_item(self):
        key = self.astring().decode().upper()
        self.space()
        if self.see(b"("):
            return key, self.listed(self.astring)
        return key, self.astring()

    def status(self):
        self.space()
        name = self.mailbox()
        self.space()
        items = self.listed(self.status_item)
        if len(dict(items)) != len(items):
            self.fail("each item once")
        return name, dict(items)

    def status_item(self):
        name = self.one_of(STATUS_ITEMS, "item of STATUS")
        self.space()
        return name, STATUS_ITEMS[name](self)

    def search(self):
        found, modseq = [], None
        while self.take(b" "):
            if self.take(b"(MODSEQ "):
                modseq = self.positive(63)
                self.need(b")")
                break
            found.append(self.positive())
        return found, modseq

    def esearch(self):
        found = {"tag": None, "uid": False}
        if self.take(b" (TAG "):
            found["tag"] = self.string().decode()
            self.need(b")")
        if self.take(b" UID"):
            found["uid"] = True
        while self.take(b" "):
            name = self.one_of(("MIN", "MAX", "ALL", "COUNT", "MODSEQ"), "item of ESEARCH")
            if name in found:
                self.fail("each item of ESEARCH once")
            self.space()
            found[name] = {"ALL": self.sequence, "COUNT": self.number, "MODSEQ": lambda: self.positive(63)}.get(name, self.positive)()
        return found

    def threads(self):
        found = []
        if self.take(b" "):
            while self.see(b"("):
                found.append(self.thread())
            if not found:
                self.fail("thread list")
        return found

    def thread(self):
        """thread-list: numbers of a chain, then two branches or more. (The stress has shallow threads: recursion will do.)"""
        self.need(b"(")
        chain = []
        while not self.see(b"("):
            chain.append(self.positive())
            if self.take(b")"):
                return chain
            self.space()
        branches = []
        while self.see(b"("):
            branches.append(self.thread())
        if len(branches) < 2:
            self.fail("two branches or more (thread-nested)")
        self.need(b")")
        return chain + [branches]

    def vanished(self):
        earlier = self.take(b" (EARLIER)")
        self.space()
        return earlier, self.sequence()

    def namespace(self):
        def descriptor():
            self.need(b"(")
            prefix = self.string()
            self.space()
            separator = self.nstring()
            while self.take(b" "):
                self.string()
                self.space()
                self.listed(self.string, empty=False)
            self.need(b")")
            return prefix, separator

        def one():
            if self.nil():
                return None
            self.need(b"(")
            found = [descriptor()]
            while self.see(b"("):
                found.append(descriptor())
            self.need(b")")
            return found
        return [self.spaced(one) for _ in range(3)]

    def identity(self):
        self.space()
        if self.nil():
            return None
        self.need(b"(")
        found = {}
        while not self.take(b")"):
            if found:
                self.space()
            key = self.string()
            self.space()
            found[key] = self.nstring()
        return found

    def quota(self):
        def resource():
            name = self.atom()
            self.space()
            used = self.number(63)
            self.space()
            return name.upper(), (used, self.number(63))
        self.space()
        root = self.astring()
        self.space()
        return root, dict(self.listed(resource))

    def quota_root(self):
        self.space()
        name, roots = self.mailbox(), []
        while self.take(b" "):
            roots.append(self.astring())
        return name, roots

    def enabled(self):
        found = []
        while self.take(b" "):
            found.append(self.atom("capability").upper())
        return found

    # FETCH

    def fetch(self):
        self.space()
        items = self.listed(self.fetch_item, empty=False)
        if len(dict(items)) != len(items):
            self.fail("each item of FETCH once")
        return dict(items)

    def fetch_item(self):
        for name in ("BINARY.SIZE[", "BINARY[", "BODY["):
            if self.take(name.encode()):
                return self.section_item(name)
        name = self.one_of(FETCH_ITEMS, "item of FETCH")
        self.space()
        return name, FETCH_ITEMS[name](self)

    def section_item(self, name):
        section = self.match(SECTION, "section")[0].decode()
        if name == "BODY[":
            section += self.section_text(bool(section))
        self.need(b"]")
        origin = ""
        if name != "BINARY.SIZE[" and self.take(b"<"):
            origin = f"<{self.number()}>"
            self.need(b">")
        self.space()
        if name == "BINARY.SIZE[":
            value = self.number()
        elif name == "BINARY[" and self.see(b"~"):
            value = self.literal(LITERAL8)
        else:
            value = self.nstring()
        return f"{name}{section}]{origin}", value

    def section_text(self, numbered):
        dot = b"." if numbered else b""
        for word in (b"HEADER.FIELDS.NOT", b"HEADER.FIELDS"):
            if self.take(dot + word + b" "):
                names = self.astrings()
                return (dot + word + b" (" + b" ".join(names) + b")").decode().upper()
        for word in (b"HEADER", b"TEXT", *([b"MIME"] if numbered else [])):
            if self.take(dot + word):
                return (dot + word).decode()
        return ""

    def modseq(self):
        self.need(b"(")
        value = self.positive(63)
        self.need(b")")
        return value

    def address(self):
        self.need(b"(")
        parts = [self.nstring()]
        for _ in range(3):
            self.space()
            parts.append(self.nstring())
        self.need(b")")
        return tuple(parts)

    def addresses(self):
        if self.nil():
            return None
        self.need(b"(")
        found = [self.address()]
        while not self.take(b")"):
            found.append(self.address())                # no space between them
        return found

    def envelope(self):
        self.need(b"(")
        parts = [self.nstring()]
        self.space()
        parts.append(self.nstring())
        for _ in range(6):
            self.space()
            parts.append(self.addresses())
        for _ in range(2):
            self.space()
            parts.append(self.nstring())
        self.need(b")")
        return tuple(parts)

    def parameters(self):
        def pair():
            key = self.string()
            self.space()
            return key.upper(), self.string()
        return None if self.nil() else self.listed(pair, empty=False)

    def body(self, extended):
        self.need(b"(")
        made = self.multipart(extended) if self.see(b"(") else self.single(extended)
        self.need(b")")
        return made

    def multipart(self, extended):
        parts = []
        while self.see(b"("):
            parts.append(self.body(extended))
        self.space()
        made = {"type": b"MULTIPART", "subtype": self.string().upper(), "parts": parts}
        if extended and self.take(b" "):
            made["parameters"] = self.parameters()
            self.extensions(made)
        return made

    def single(self, extended):
        made = {"type": self.string().upper()}
        self.space()
        made["subtype"] = self.string().upper()
        for name, reader in (("parameters", self.parameters), ("id", self.nstring), ("description", self.nstring),
                             ("encoding", self.string), ("octets", self.number)):
            self.space()
            made[name] = reader()
        if (made["type"], made["subtype"]) == (b"MESSAGE", b"RFC822"):
            made["envelope"] = self.spaced(self.envelope)
            made["body"] = self.spaced(lambda: self.body(extended))
            made["lines"] = self.spaced(self.number)
        elif made["type"] == b"TEXT":
            made["lines"] = self.spaced(self.number)
        if extended and self.take(b" "):
            made["md5"] = self.nstring()
            self.extensions(made)
        return made

    def extensions(self, made):
        """[SP disposition [SP language [SP location *(SP extension)]]]."""
        def disposition():
            if self.nil():
                return None
            self.need(b"(")
            name = self.string()
            value = (name.upper(), self.spaced(self.parameters))
            self.need(b")")
            return value

        def language():
            return self.listed(self.string, empty=False) if self.see(b"(") else self.nstring()

        for name, reader in (("disposition", disposition), ("language", language), ("location", self.nstring)):
            if not self.take(b" "):
                return
            made[name] = reader()
        while self.take(b" "):
            self.extension()

    def extension(self):
        if self.see(b"("):
            return self.listed(self.extension, empty=False)
        return self.number() if DIGITS.match(self.octets, self.at) else self.nstring()

    # The whole

    def response(self):
        if self.take(b"+ "):
            made = Response("+", text=(TEXT.match(self.octets, self.at) or [b""])[0].decode())
            self.at += len(made.text)
        elif self.take(b"* "):
            made = self.untagged()
        else:
            tag = self.match(TAG, "tag, * or +")[0].decode()
            self.space()
            made = Response(self.one_of(("OK", "NO", "BAD"), "OK, NO or BAD"), tag)
            self.space()
            self.text(made)
        self.need(b"\r\n")
        if self.at != len(self.octets):
            self.fail("the end of the response")
        made.raw = self.octets
        return made

    def untagged(self):
        if DIGITS.match(self.octets, self.at):
            number = self.number()
            self.space()
            kind = self.one_of(("EXISTS", "RECENT", "EXPUNGE", "FETCH"), "EXISTS, RECENT, EXPUNGE or FETCH")
            if kind in ("EXPUNGE", "FETCH") and number == 0:
                self.fail("a sequence number above 0")
            return Response(kind, number=number, data=self.fetch() if kind == "FETCH" else None)
        kind = self.one_of((*UNTAGGED, "OK", "NO", "BAD", "BYE", "PREAUTH"), "untagged response")
        made = Response(kind)
        if kind in UNTAGGED:
            made.data = UNTAGGED[kind](self)
        else:
            self.space()
            self.text(made)
        return made


STATUS_ITEMS = {name: Parser.number for name in ("MESSAGES", "RECENT", "UNSEEN", "DELETED")}
STATUS_ITEMS |= {name: Parser.positive for name in ("UIDNEXT", "UIDVALIDITY")}
STATUS_ITEMS |= {"HIGHESTMODSEQ": lambda p: p.number(63), "SIZE": lambda p: p.number(63), "MAILBOXID": Parser.object_id,
                 "APPENDLIMIT": lambda p: None if p.nil() else p.number()}
CODES = {
    "BADCHARSET": Parser.bad_charset, "CAPABILITY": Parser.capabilities, "PERMANENTFLAGS": lambda p: p.spaced(lambda: p.flags(star=True)),
    "UIDNEXT": lambda p: p.spaced(p.positive), "UIDVALIDITY": lambda p: p.spaced(p.positive), "UNSEEN": lambda p: p.spaced(p.positive),
    "APPENDUID": Parser.append_uid, "COPYUID": Parser.copy_uid, "HIGHESTMODSEQ": lambda p: p.spaced(lambda: p.positive(63)),
    "MODIFIED": lambda p: p.spaced(p.sequence), "MAILBOXID": lambda p: p.spaced(p.object_id),
}
BARE_CODES = frozenset(
    "ALERT PARSE READ-ONLY READ-WRITE TRYCREATE UIDNOTSTICKY NOMODSEQ CLOSED COMPRESSIONACTIVE UNAVAILABLE AUTHENTICATIONFAILED "
    "AUTHORIZATIONFAILED EXPIRED PRIVACYREQUIRED CONTACTADMIN NOPERM INUSE EXPUNGEISSUED CORRUPTION SERVERBUG CLIENTBUG CANNOT LIMIT "
    "OVERQUOTA ALREADYEXISTS NONEXISTENT NOTSAVED TOOBIG USEATTR UNKNOWN-CTE".split())
UNTAGGED = {
    "CAPABILITY": Parser.capabilities, "FLAGS": lambda p: p.spaced(p.flags), "LIST": Parser.mailbox_list, "LSUB": Parser.mailbox_list,
    "STATUS": Parser.status, "SEARCH": Parser.search, "SORT": Parser.search, "THREAD": Parser.threads, "ESEARCH": Parser.esearch,
    "VANISHED": Parser.vanished, "NAMESPACE": Parser.namespace, "ID": Parser.identity, "QUOTA": Parser.quota,
    "QUOTAROOT": Parser.quota_root, "ENABLED": Parser.enabled,
}
FETCH_ITEMS = {
    "FLAGS": lambda p: p.flags(recent=True), "UID": Parser.positive, "INTERNALDATE": Parser.date_time, "RFC822.SIZE": Parser.number,
    "RFC822": Parser.nstring, "RFC822.HEADER": Parser.nstring, "RFC822.TEXT": Parser.nstring, "ENVELOPE": Parser.envelope,
    "BODY": lambda p: p.body(False), "BODYSTRUCTURE": lambda p: p.body(True), "MODSEQ": Parser.modseq, "EMAILID": Parser.object_id,
    "THREADID": lambda p: None if p.nil() else p.object_id(),
}


def parse(octets):
    return Parser(octets).response()
