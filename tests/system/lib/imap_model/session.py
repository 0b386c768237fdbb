"""One IMAP connection: the dialogue, the view that its client may have of the selected mailbox, and the rules of untagged data.

A task reads responses as they come and applies each at once; Client.run() sends commands, pipelined where it is given several, and
returns when all are answered. The rules that hold at every response are here: which data may come when (RFC 3501 §5.5, §7), sequence
numbers in range, UIDs ascending, flags that some order of acknowledged operations explains, MODSEQ that never goes back. What a command
must have answered is checked by its `finish` (commands.py).
"""
import asyncio
import collections
import contextlib
import re
import ssl
import zlib
from dataclasses import dataclass, field

from . import content as contents
from . import grammar
from .truth import Broken, canonical

LITERAL_END = re.compile(rb"\{([0-9]+)\}\r\n$")
NO_LITERAL = re.compile(rb"(\+|\* (OK|NO|BAD|BYE|PREAUTH)|[^* ]+ (OK|NO|BAD)) ", re.I)
NUMBERED = ("FETCH", "STORE", "SEARCH", "SORT", "THREAD")
UNTAGGED_OF = {"SEARCH": ("SEARCH", "ESEARCH"), "SORT": ("SORT", "ESEARCH"), "THREAD": ("THREAD",)}


class Gone(Exception):
    """The connection ended."""


@dataclass
class Entry:
    uid: int | None = None
    flags: frozenset | None = None                      # as told last, without \Recent
    modseq: int = 0


@dataclass
class Command:
    """One command: its text in pieces, of which every second is a literal; `finish(command)` is called at its tagged response."""
    name: str                                           # FETCH, UID FETCH, ...
    pieces: list
    finish: object = None
    begin: object = None
    sets_seen: bool = False
    enables: bool = False                               # a CONDSTORE enabling command (RFC 7162 §3.1)
    first: bool = False                                 # and the first of its connection, with a mailbox selected
    mailbox: object = None                              # of SELECT and EXAMINE
    tag: str = ""
    response: object = None
    untagged: list = field(default_factory=list)
    step: int = 0
    view: object = None                                 # of the session when it was sent
    exists: int = 0                                     # messages that the client knew of when it was sent

    @property
    def ok(self):
        return self.response is not None and self.response.kind == "OK"


class View:
    """What the client knows of the mailbox that it has selected."""
    serial = 0

    def __init__(self, mailbox, writable):
        View.serial += 1
        self.mailbox, self.writable, self.serial = mailbox, writable, View.serial
        self.least_next, self.least_highest = mailbox.uid_next, mailbox.highest    # what SELECT may tell: others may hear of more meanwhile
        self.entries = []
        self.told_exists = False
        self.recent = 0
        self.synced = 0                                 # step at whose begin all was told
        self.modseqs = True                             # no NOMODSEQ
        self.highest = 0                                # client's copy of HIGHESTMODSEQ (RFC 7162 §6)
        self.batch_code = 0                             # HIGHESTMODSEQ told since the last tagged response
        self.batch_modseq = 0                           # highest MODSEQ of FETCH since then
        self.permanent = ()
        self.keywords = set()
        self.orphan = False                             # deleted or renamed by another

    def uids(self):
        return [e.uid for e in self.entries if e.uid]

    def index(self, uid):
        for number, entry in enumerate(self.entries, 1):
            if entry.uid == uid:
                return number
        return None

    def unknown(self, uid):
        """A message whose UID the client was not told and which may have this one."""
        below = 0
        for number, entry in enumerate(self.entries, 1):
            if entry.uid is not None:
                below = entry.uid
            elif below < uid < next((e.uid for e in self.entries[number:] if e.uid), 1 << 32):
                return number
        return None

    def bind(self, number, uid):
        entry = self.entries[number - 1]
        if entry.uid not in (None, uid):
            raise Broken("RFC 3501 §2.3.1.1", f"message {number} had UID {entry.uid}, now {uid}")
        if entry.uid is None:
            before = next((e.uid for e in reversed(self.entries[:number - 1]) if e.uid), 0)
            after = next((e.uid for e in self.entries[number:] if e.uid), 1 << 32)
            if not before < uid < after:
                raise Broken("RFC 3501 §2.3.1.1", f"message {number} has UID {uid}, between {before} and {after}")
            entry.uid = uid
        return entry


class Deflated:
    """The two directions after COMPRESS DEFLATE (RFC 4978): raw deflate, flushed after each write."""

    def __init__(self, reader, writer):
        self.below, self.transport = writer, writer.transport
        self.reader = asyncio.StreamReader(limit=1 << 26)
        self.deflate = zlib.compressobj(wbits=-15)
        self.task = asyncio.ensure_future(self.inflate(reader))

    async def inflate(self, reader):
        inflate = zlib.decompressobj(wbits=-15)
        try:
            while True:
                octets = await reader.read(1 << 16)
                if not octets:
                    break
                self.reader.feed_data(inflate.decompress(octets))
            self.reader.feed_eof()
        except (OSError, zlib.error) as fault:
            self.reader.set_exception(fault)

    def write(self, octets):
        self.below.write(self.deflate.compress(octets) + self.deflate.flush(zlib.Z_SYNC_FLUSH))

    def close(self):
        self.task.cancel()
        self.below.close()


class Client:
    """settings: host, port, tls, user, password."""

    def __init__(self, world, name, account):
        self.world, self.name, self.account = world, name, account
        self.lines = collections.deque(maxlen=6000)
        self.capabilities = set()
        self.tags = 0
        self.view = None
        self.reader = self.writer = self.task = None
        self.cache = {}                                 # Mailbox -> saved state of a client that resynchronises
        self.reset()

    def reset(self):
        self.running = []                               # commands sent and not answered
        self.opening = None                             # View that SELECT is building
        self.enabled = set()
        self.bye = self.failure = None
        self.wake = asyncio.Event()
        self.idling = None
        self.continuations = 0

    # Dialogue

    def log(self, mark, octets):
        shown = octets if len(octets) < 1500 else octets[:900] + b" ...%d octets... " % (len(octets) - 1300) + octets[-400:]
        for line in shown.rstrip(b"\r\n").split(b"\r\n"):
            self.lines.append(f"{self.world.step:6} {self.name} {mark} {line.decode(errors='backslashreplace')}")

    async def connect(self):
        self.reset()
        where = self.world.settings
        context = None
        if where.tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.reader, self.writer = await asyncio.open_connection(where.host, where.port, ssl=context, limit=1 << 26)
        self.lines.append(f"{self.world.step:6} {self.name} -- connected")
        greeting = await self.read()
        if greeting.kind not in ("OK", "PREAUTH"):
            raise Broken("RFC 3501 §7.1.5", f"greeting {greeting.raw!r}")
        self.task = asyncio.ensure_future(self.pump())
        command = await self.simple("LOGIN", f"LOGIN {self.account.name} {where.password}")
        if not command.ok:
            raise Broken("RFC 3501 §6.2.3", f"LOGIN refused: {command.response.raw!r}")
        command = await self.simple("CAPABILITY", "CAPABILITY")
        told = [r for r in command.untagged if r.kind == "CAPABILITY"]
        if not told:
            raise Broken("RFC 3501 §6.1.1", "no untagged CAPABILITY")
        self.announced(told[-1].data)
        return self

    def announced(self, names):
        self.capabilities = (set(names) - self.world.settings.without) | self.world.settings.added

    def can(self, name):
        return name in self.capabilities

    def tells_closed(self):
        """RFC 7162 §3.2.11: REQUIRED of a server that has the extension."""
        return self.can("QRESYNC") or self.can("CONDSTORE")

    async def read(self):
        """One response with its literals."""
        octets = b""
        while True:
            line = await self.reader.readuntil(b"\n")
            if not line.endswith(b"\r\n"):
                raise Broken("RFC 3501 §2.2", f"a line that does not end with CRLF: {line[-200:]!r}")
            octets += line
            found = None if NO_LITERAL.match(octets) else LITERAL_END.search(line)
            if not found:
                break
            octets += await self.reader.readexactly(int(found[1]))
        self.log("S:", octets)
        if octets == b"* THREAD \r\n" and "THREAD space" in self.world.settings.forgiven:
            octets = b"* THREAD\r\n"
        if "text in UTF-8" in self.world.settings.forgiven and NO_LITERAL.match(octets):
            octets = octets.decode().encode("ascii", "replace")
        try:
            return grammar.parse(octets)
        except grammar.Malformed as fault:
            raise Broken("RFC 3501 §9", f"malformed response: {fault}\n    whole: {octets[:2000]!r}") from fault

    async def pump(self):
        try:
            while True:
                response = await self.read()
                self.receive(response)
                self.wake.set()
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError) as ended:
            self.failure = Gone(repr(ended))
            self.lines.append(f"{self.world.step:6} {self.name} -- ended: {ended!r}")
        except Broken as broken:
            self.failure = broken
            self.world.broken(self, broken)
        except asyncio.CancelledError:
            self.failure = Gone("closed")
            raise
        except Exception as fault:                      # a fault of the model is a failure of the run
            self.failure = fault
            self.world.broken(self, fault)
        finally:
            self.wake.set()

    async def wait(self, test, what, seconds=None):
        """Until the test holds; a silent server is a failure."""
        async def until():
            while not test():
                if self.failure:
                    raise self.failure
                self.wake.clear()
                await self.wake.wait()
        try:
            await asyncio.wait_for(until(), seconds or self.world.patience)
        except asyncio.TimeoutError:
            # With thousands of messages the model may be what was slow: what has come meanwhile is read first.
            await asyncio.sleep(1)
            if self.failure:
                raise self.failure from None
            if not test():
                raise Broken("no answer", f"{what}: nothing within {seconds or self.world.patience} s") from None

    async def send(self, command):
        self.tags += 1
        command.tag = f"{self.name}.{self.tags}"
        command.step = self.world.step
        command.view = self.view
        command.exists = len(self.view.entries) if self.view else 0
        if command.begin:
            command.begin()
        if command.enables and not self.enabled and not any(c.enables for c in self.running):
            command.first = self.view is not None and self.view.modseqs
        if command.mailbox is not None:
            self.opening = View(command.mailbox, command.name == "SELECT")
            if not self.tells_closed():
                self.view = None
        self.running.append(command)
        self.enable_by_first()
        pieces = [piece if isinstance(piece, bytes) else piece.encode() for piece in command.pieces]
        octets = f"{command.tag} ".encode()
        for number, piece in enumerate(pieces):
            if number % 2:                              # a literal follows what announces it
                plus = self.can("LITERAL+") and self.world.random.random() < 0.6
                octets += b"{%d%b}\r\n" % (len(piece), b"+" if plus else b"")
                if not plus:
                    self.write(octets)
                    octets, wanted = b"", self.continuations + 1
                    await self.wait(lambda wanted=wanted: self.continuations >= wanted or command.response, "continuation for a literal")
                    if command.response:
                        return command
            octets += piece
        self.write(octets + b"\r\n")
        return command

    def enable_by_first(self):
        """Commands are done in their order: one that enables CONDSTORE does so when those before it are answered."""
        if self.running and self.running[0].enables:
            self.enabled.add("CONDSTORE")

    def write(self, octets):
        self.log("C:", octets)
        self.writer.write(octets)

    async def run(self, *commands):
        for command in commands:
            await self.send(command)
        for command in commands:
            await self.wait(lambda command=command: command.response, f"answer to {command.name}")
        return commands[-1]

    async def simple(self, name, text, finish=None):
        return await self.run(Command(name, [text], finish))

    async def close(self, abort=False):
        if self.task:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self.task
        if self.writer:
            if abort:
                self.writer.transport.abort()
            self.writer.close()
        self.lines.append(f"{self.world.step:6} {self.name} -- closed")
        self.view = self.writer = self.task = self.opening = None
        self.running = []

    # Responses

    def receive(self, response):
        if response.tag:
            return self.tagged(response)
        for command in self.running:
            command.untagged.append(response)
        kind = response.kind
        if kind == "+":
            if not self.running and not self.idling:
                raise Broken("RFC 3501 §7.5", "continuation without a command")
            self.continuations += 1
        elif kind == "BYE":
            self.bye = response
        elif kind == "CAPABILITY":
            self.announced(response.data)
        elif kind == "OK":
            self.condition(response)
        elif kind in ("EXISTS", "RECENT", "EXPUNGE", "FETCH", "VANISHED", "FLAGS"):
            view = self.opening or self.view
            if self.opening and self.view:              # before CLOSED it is the old mailbox that speaks
                view = self.view
            if view is None:
                raise Broken("RFC 3501 §7", f"{kind} while no mailbox is selected")
            getattr(self, "on_" + kind.lower())(view, response)
        elif kind in ("SEARCH", "ESEARCH", "SORT", "THREAD", "LIST", "LSUB", "STATUS", "NAMESPACE", "ID", "QUOTA", "QUOTAROOT", "ENABLED"):
            self.expected(response)
        elif kind == "PREAUTH":
            raise Broken("RFC 3501 §7.1.4", "PREAUTH after the greeting")
        return None

    def expected(self, response):
        """Data that only its command may cause (STATUS and LIST come unasked only with NOTIFY, RFC 5465)."""
        kind = response.kind
        causes = {"SEARCH": ("SEARCH", "UID SEARCH"), "ESEARCH": ("SEARCH", "UID SEARCH", "SORT", "UID SORT"), "SORT": ("SORT", "UID SORT"),
                  "THREAD": ("THREAD", "UID THREAD"), "LIST": ("LIST", "CREATE", "SELECT", "EXAMINE"), "STATUS": ("STATUS", "LIST"),
                  "ENABLED": ("ENABLE",), "QUOTA": ("GETQUOTA", "GETQUOTAROOT", "SETQUOTA"), "QUOTAROOT": ("GETQUOTAROOT",)}
        if not any(c.name in causes.get(kind, (kind,)) for c in self.running):
            raise Broken("RFC 3501 §7.2", f"{kind} without a command that asks for it")

    def condition(self, response):
        code, argument = response.code, response.argument
        view = self.view or self.opening
        if code == "CLOSED":
            if not self.opening or (self.tells_closed() and not self.view):
                raise Broken("RFC 7162 §3.2.11", "CLOSED though no mailbox was closed")
            self.view = None
            return
        if self.opening and not self.view:
            view = self.opening
        if code == "HIGHESTMODSEQ" and view:
            self.on_highest(view, argument)
        elif code == "NOMODSEQ" and view:
            view.modseqs = False
        elif code == "PERMANENTFLAGS" and view:
            view.permanent = argument
        elif code == "UIDVALIDITY" and view:
            view.mailbox.see_validity(argument)
        elif code == "UIDNEXT" and self.opening:
            view.mailbox.see_next(argument, view.least_next)

    def on_highest(self, view, value):
        if value < view.least_highest and view is self.opening:
            raise Broken("RFC 7162 §3.1.2.1", f"HIGHESTMODSEQ {value} of {view.mailbox.name}, was {view.least_highest}")
        view.batch_code = value
        if view is self.opening:
            view.mailbox.highest = max(view.mailbox.highest, value)

    def tagged(self, response):
        command = next((c for c in self.running if c.tag == response.tag), None)
        if command is None:
            raise Broken("RFC 3501 §2.2.2", f"tag {response.tag} is of no command in progress")
        if response.kind == "BAD" and not self.world.probing:
            raise Broken("RFC 3501 §7.1.3", f"BAD to a command that is right: {command.name}: {response.raw!r}")
        if response.code == "HIGHESTMODSEQ" and self.view:
            self.on_highest(self.view, response.argument)
        if response.code == "CAPABILITY":
            self.announced(response.argument)
        if command.name == "COMPRESS" and response.kind == "OK":
            self.writer = Deflated(self.reader, self.writer)
            self.reader = self.writer.reader
        self.running.remove(command)
        self.enable_by_first()
        if command.mailbox is not None:
            if response.kind == "OK" and self.view is not None:
                raise Broken("RFC 7162 §3.2.11", f"{command.name} without CLOSED while a mailbox was selected")
            self.view, self.opening = (self.opening if response.kind == "OK" else None), None
        self.tally()
        command.response = response
        if command.first and command.ok and "first enabling" not in self.world.settings.forgiven \
                and "HIGHESTMODSEQ" not in {r.code for r in (response, *command.untagged)}:
            raise Broken("RFC 7162 §3.1", f"{command.name} is the first CONDSTORE enabling command, and HIGHESTMODSEQ is not told")
        if command.finish:
            command.finish(command)
        if command.name in ("NOOP", "CHECK", "SELECT", "EXAMINE") and self.view and command.ok:
            self.view.synced = command.step
        return None

    def tally(self):
        """The client's copy of HIGHESTMODSEQ after a tagged response (RFC 7162 §6), and its saved state."""
        view = self.view
        if view is None:
            return
        if view.batch_code:
            view.highest = view.batch_code
        elif view.batch_modseq > view.highest:
            view.highest = view.batch_modseq
        view.batch_code = view.batch_modseq = 0

    def save(self):
        """Remembers the view as a client that keeps a cache on disk."""
        view = self.view
        if view is None or not view.highest or not view.modseqs or "QRESYNC" not in self.enabled or view.mailbox.deleted:
            return
        known = [e.uid is not None and e.flags is not None for e in view.entries]
        if False in known and True in known[known.index(False):]:
            return                                      # a hole: such a client would fetch first
        self.cache[view.mailbox] = (view.mailbox.validity, view.highest, {e.uid: e.flags for e in view.entries if e.uid is not None and e.flags is not None})

    # Mailbox data

    def may_expunge(self, what):
        if not self.running:
            raise Broken("RFC 3501 §7.4.1", f"{what} while no command is in progress")
        names = [c.name for c in self.running]
        if any(name in NUMBERED for name in names):
            raise Broken("RFC 3501 §7.4.1", f"{what} during {', '.join(names)}")

    def on_exists(self, view, response):
        if response.number < len(view.entries):
            raise Broken("RFC 3501 §7.3.1", f"EXISTS {response.number} after {len(view.entries)}, without EXPUNGE")
        view.told_exists = True
        view.entries += [Entry() for _ in range(response.number - len(view.entries))]

    def on_recent(self, view, response):
        if view.told_exists and response.number > len(view.entries):
            raise Broken("RFC 3501 §7.3.2", f"RECENT {response.number} of {len(view.entries)} messages")
        view.recent = response.number

    def on_flags(self, view, response):
        view.keywords = {canonical(f) for f in response.data}
        if not set(grammar.SYSTEM_FLAGS) <= set(response.data):
            raise Broken("RFC 3501 §2.3.2", f"FLAGS without all system flags: {response.raw!r}")

    def on_expunge(self, view, response):
        self.may_expunge("EXPUNGE")
        if "QRESYNC" in self.enabled and view.modseqs:
            raise Broken("RFC 7162 §3.2.10", "EXPUNGE after ENABLE QRESYNC, instead of VANISHED")
        if not 1 <= response.number <= len(view.entries):
            raise Broken("RFC 3501 §7.4.1", f"EXPUNGE {response.number} of {len(view.entries)} messages")
        entry = view.entries.pop(response.number - 1)
        if entry.uid:
            view.mailbox.told_gone(entry.uid, self.world.step)
        else:
            view.mailbox.blind = self.world.step

    def on_vanished(self, view, response):
        earlier, uids = response.data
        if "QRESYNC" not in self.enabled:
            raise Broken("RFC 7162 §3.2.10", "VANISHED without ENABLE QRESYNC")
        if earlier:
            if not any(c.name in ("SELECT", "EXAMINE", "UID FETCH") for c in self.running):
                raise Broken("RFC 7162 §3.2.10.1", "VANISHED (EARLIER) for a command that does not ask for it")
            return
        self.may_expunge("VANISHED")
        for uid in uids:
            number = view.index(uid)
            if number is None:
                number = view.unknown(uid)
                if number is None:
                    raise Broken("RFC 7162 §3.2.10.2", f"VANISHED names UID {uid}, which the client was never told of")
            view.entries.pop(number - 1)
            view.mailbox.told_gone(uid, self.world.step)

    def on_fetch(self, view, response):
        data = response.data
        if not 1 <= response.number <= len(view.entries):
            raise Broken("RFC 3501 §7.4.2", f"FETCH {response.number} of {len(view.entries)} messages")
        entry = view.bind(response.number, data["UID"]) if "UID" in data else view.entries[response.number - 1]
        if self.enabled & {"CONDSTORE", "QRESYNC"} and view.modseqs and not any(c.name.endswith("FETCH") for c in self.running):
            if "FLAGS" in data and "MODSEQ" not in data:
                raise Broken("RFC 7162 §3.1", f"FETCH with FLAGS and without MODSEQ though CONDSTORE is enabled: {response.raw[:200]!r}")
            if "QRESYNC" in self.enabled and "UID" not in data:
                raise Broken("RFC 7162 §3.2.4", f"FETCH without UID though QRESYNC is enabled: {response.raw[:200]!r}")
        known = None
        if entry.uid:
            known = view.mailbox.sight(entry.uid, self.world.step)
            if known.gone == "yes" and known.gone_at < view.synced and not view.orphan:
                raise Broken("RFC 3501 §7.4.2", f"FETCH of UID {entry.uid}, expunged in step {known.gone_at}; this client polled in step {view.synced}")
        if "MODSEQ" in data:
            if data["MODSEQ"] < entry.modseq:
                raise Broken("RFC 7162 §3.1.1", f"MODSEQ of UID {entry.uid} went from {entry.modseq} to {data['MODSEQ']}")
            entry.modseq = data["MODSEQ"]
            view.batch_modseq = max(view.batch_modseq, data["MODSEQ"])
            if known:
                known.modseq = max(known.modseq, data["MODSEQ"])
        if "FLAGS" in data:
            self.see_flags(view, entry, known, data, response)
        if known and not known.lost and not (known.gone != "no" and "bodies of expunged" in self.world.settings.forgiven):
            see(known, data)

    def see_flags(self, view, entry, known, data, response):
        flags = frozenset(canonical(f) for f in data["FLAGS"])
        if "\\Recent" in flags and known and view.writable and not view.orphan:
            known.recent.add(view.serial)
            if len(known.recent) > 1 and "recent twice" not in self.world.settings.forgiven:
                raise Broken("RFC 3501 §2.3.2", f"UID {entry.uid} of {view.mailbox.name} is \\Recent in a second read-write session")
        entry.flags = flags - {"\\Recent"}
        unknown = {f for f in entry.flags if not f.startswith("\\")} - view.keywords
        if unknown and "new keyword" not in self.world.settings.forgiven:
            raise Broken("RFC 3501 §7.2.6", f"keyword {unknown} in FETCH before FLAGS told of it: {response.raw[:200]!r}")
        if not known or known.wild:
            return
        for flag in entry.flags | set(known.history):
            if (flag in entry.flags) not in known.allowed(flag, view.synced):
                raise Broken("RFC 3501 §7.4.2", f"UID {entry.uid} of {view.mailbox.name} is told {'with' if flag in entry.flags else 'without'} {flag}; "
                             f"since step {view.synced} no operation explains that: {known.history.get(flag, [])[-6:]}")
        lax = "MODSEQ of seen" in self.world.settings.forgiven and any(c.sets_seen for c in self.running)
        if "MODSEQ" in data and not lax:
            before = known.told.setdefault(data["MODSEQ"], entry.flags)
            if before != entry.flags:
                raise Broken("RFC 7162 §3.1.1", f"UID {entry.uid} of {view.mailbox.name} with MODSEQ {data['MODSEQ']} has flags {sorted(entry.flags)}, "
                             f"and had {sorted(before)} under the same MODSEQ")


def same(known, item, value, rule="RFC 3501 §2.3.1.1"):
    """What can never change of a message."""
    before = known.seen.setdefault(item, value)
    if before != value:
        raise Broken(rule, f"{item} of UID {known.uid} changed from {str(before)[:400]} to {str(value)[:400]}")


def see(known, data):
    """Checks what FETCH says of a message against its content, or against what was said before."""
    for item, value in data.items():
        if item in ("UID", "FLAGS", "MODSEQ"):
            continue
        if item == "INTERNALDATE":
            if known.instant is None:
                known.instant = value
            if known.instant != value:
                raise Broken("RFC 3501 §2.3.3", f"INTERNALDATE of UID {known.uid} is {value}, not {known.instant}")
        elif item == "EMAILID":
            same(known, item, value, "RFC 8474 §5.1")
        elif item != "THREADID":
            if (known.content is None or not known.content.exact) and not item.endswith(">"):
                same(known, item, value)
            if known.content is not None:
                agrees(known, item, value)


def agrees(known, item, value):
    made = known.content
    if item.startswith("BODY[HEADER.FIELDS (X-TOKEN)]"):
        if value.strip().lower() != b"x-token: " + made.token.lower().encode() or not value.endswith(b"\r\n\r\n"):
            raise Broken("RFC 3501 §6.4.5", f"{item} of UID {known.uid} is {value!r}, its token is {made.token}")
        return
    if not made.exact and item not in ("BODY[TEXT]", "RFC822.TEXT", "ENVELOPE"):
        if item in ("BODY[]", "RFC822") and not value.endswith(made.octets):
            raise Broken("RFC 3501 §6.4.5", f"{item} of UID {known.uid} does not end with what was delivered: {value[:600]!r}")
        return
    if item == "RFC822.SIZE":
        wanted = len(made.octets)
    elif item == "ENVELOPE":
        wanted = made.envelope
    elif item in ("BODY", "BODYSTRUCTURE"):
        found = contents.difference(made.structure, value, item == "BODYSTRUCTURE")
        if found:
            raise Broken("RFC 3501 §7.4.2", f"{item} of UID {known.uid} ({made.token}): {found}")
        return
    elif item in ("RFC822", "RFC822.HEADER", "RFC822.TEXT"):
        wanted = made.sections[{"RFC822": "", "RFC822.HEADER": "HEADER", "RFC822.TEXT": "TEXT"}[item]]
    elif item.startswith("BINARY"):
        section = re.search(r"\[([0-9.]*)\]", item)[1]
        if section not in made.binary and section not in made.sections:
            return
        wanted = made.binary.get(section, made.sections.get(section))
        if item.startswith("BINARY.SIZE"):
            wanted = len(wanted)
    elif item.startswith("BODY["):
        section, origin = re.fullmatch(r"BODY\[([^\]]*)\](?:<(\d+)>)?", item).groups()
        if section not in made.sections:
            return
        wanted = made.sections[section]
        if origin is not None:
            if not wanted[int(origin):].startswith(value):
                raise Broken("RFC 3501 §6.4.5", f"{item} of UID {known.uid} ({made.token}) is {value[:300]!r}")
            return
    else:
        return
    if value != wanted:
        raise Broken("RFC 3501 §6.4.5", f"{item} of UID {known.uid} ({made.token}) is\n    {str(value)[:1500]}\n    instead of\n    {str(wanted)[:1500]}")
