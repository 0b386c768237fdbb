"""The stress: sessions, rounds of commands that overlap, and quiet points at which all that is believed must be true.

A round is a step: some sessions, chosen at random, send commands at the same time, and the round ends when all are answered. At a quiet
point every session polls, a fresh session reads each mailbox whole, and all views, the log of acknowledged operations, STATUS, POP3 and
the Maildir on disk must agree. The random generator alone decides what is sent, given what the server answered.
"""
import asyncio
import random
import time

from . import content, outside
from .commands import Actions
from .session import Client, Command, Gone
from .support import SEEING, WHOLE, answer_name, check_status, need_ok, quote, ranges
from .truth import Account, Broken, Mailbox, canonical


DOUBT = 2     # seconds in which a delivery that is not there counts as late, not as removed before anybody saw it
PROBES = (("CREATE", "CREATE model-probe", ["folder"]), ("DELETE", "DELETE model-probe", ["folder"]), ("LSUB", 'LSUB "" "*"', ["lsub", "subscribe"]),
          ("COPY", "COPY 1 INBOX", ["copy", "move"]), ("CHECK", "CHECK", ["check"]),
          ("SEARCH", 'SEARCH OR (SUBJECT "a" BODY b FROM c) (NOT TEXT d SENTSINCE 1-Jan-2020 LARGER 3 UNKEYWORD e HEADER X-Token f) UID 1:* 1:*', ["search"]),
          ("SEARCH", "SEARCH CHARSET UTF-8 BEFORE 1-Jan-2020 SENTON 1-Jan-2020 SMALLER 1 UNDRAFT", ["search"]))


class World:
    """settings: see servers.py. run() raises nothing: `failure` is what went wrong first, or None."""

    def __init__(self, settings, seed, sessions):
        self.settings, self.seed = settings, seed
        self.random = random.Random(seed)
        self.maker = content.Maker(random.Random(seed + 1), f"t{seed}")
        self.contents = {}                              # token -> Content
        make = self.maker.message
        self.maker.message = lambda depth=0: self.remember(make(depth), depth)
        self.step = 0
        self.unfetched = set(settings.unfetched)
        self.missing = set(settings.absent)
        self.probing = False
        self.patience = settings.patience
        self.accounts = [Account(self, name) for name in settings.accounts]
        self.actions = Actions(self)
        self.clients = [Client(self, chr(ord("A") + n), self.accounts[n % len(self.accounts)]) for n in range(sessions)]
        self.failure = None
        self.counts = {}
        self.aborted = False
        self.excused = set()                            # clients whose worker may have been killed
        self.checks = 0
        self.wishes = []                                # (Message, flag, value, step) that an outside program wrote

    def remember(self, made, depth):
        if depth == 0:
            self.contents[made.token] = made
        return made

    def broken(self, client, fault):
        if self.failure is None:
            self.failure = (client, fault)

    def create(self, account, name, box=None):
        box = box or Mailbox(account, name)
        account.mailboxes[name] = box
        box.touch(self.step)

    def orphaned(self, box):
        for client in self.clients:
            if client.view and client.view.mailbox is box:
                client.view.orphan = True
            if client.opening and client.opening.mailbox is box:
                client.opening.orphan = True
            client.cache.pop(box, None)

    # Rounds

    async def run(self, seconds):
        end = time.monotonic() + seconds
        try:
            await self.begin()
            rounds = 0
            while time.monotonic() < end and not self.failure:
                await self.round()
                rounds += 1
                if rounds % 25 == 0:
                    await self.quiet(rounds % 100 == 0)
            if not self.failure:
                await self.quiet(True)
        except Exception as fault:
            self.broken(None, fault)
        finally:
            for client in self.clients:
                await client.close()
            await self.checker.close()
        return self.failure

    checker = None

    async def begin(self):
        """Each account has INBOX alone, and that is empty; what an earlier run left is removed."""
        for account in self.accounts:
            self.step += 1
            self.checker = client = await Client(self, "check", account).connect()
            listed = await client.simple("LIST", 'LIST "" *')
            names = [r.data for r in listed.untagged if r.kind == "LIST"]
            account.separator = (names[0][1] or b"/").decode()
            for name in sorted((n[2] for n in names if n[2] != "INBOX"), key=len, reverse=True):
                await client.simple("DELETE", f"DELETE {quote(name)}")
            if account is self.accounts[0]:
                await self.probe(client)
            box = Mailbox(Account(self, "before"), "INBOX")
            box.lingering = True
            await client.run(Command("SELECT", ["SELECT INBOX"], mailbox=box))
            if client.view.entries:
                await client.simple("STORE", "STORE 1:* +FLAGS.SILENT (\\Deleted)")
            await client.simple("CLOSE", "CLOSE")
            client.view = None
            await client.close()

    async def probe(self, client):
        """Which commands of RFC 3501 the server does not know (they carry no capability); said at the end."""
        self.probing = True
        first = self.maker.message()
        await client.run(Command("APPEND", ["APPEND INBOX ", first.octets, ""]))
        box = Mailbox(Account(self, "probe"), "INBOX")
        box.lingering = True
        await client.run(Command("SELECT", ["SELECT INBOX"], mailbox=box))
        for name, text, missing in PROBES:
            command = await client.simple(name, text)
            if command.response.kind == "BAD":
                self.missing |= set(missing)
        for item in {answer_name(i): i for i in (*WHOLE, *SEEING, "BODY.PEEK[1]<0.5>")}.values():
            command = await client.simple("FETCH", f"FETCH 1 {item}")
            if command.response.kind == "BAD":
                self.unfetched |= {item, item.replace(".PEEK", ""), item.replace("BODY[", "BODY.PEEK[")}
        await client.simple("CLOSE", "CLOSE")
        client.view = None
        self.probing = False

    async def round(self):
        self.step += 1
        if self.random.random() < 0.15:
            busy = self.random.sample(self.clients, 1)
        else:
            busy = self.random.sample(self.clients, self.random.randrange(1, len(self.clients) + 1))
        work = [self.turn(client) for client in busy]
        if self.random.random() < 0.15:
            work.append(outside.act(self))
        await self.together(work)
        for account in self.accounts:
            for box in account.mailboxes.values():
                box.end_step(self.step)

    async def together(self, work):
        done = await asyncio.gather(*work, return_exceptions=True)
        faults = [d for d in done if isinstance(d, BaseException)]
        if faults:
            raise next((f for f in faults if isinstance(f, Broken)), faults[0])
        if self.failure:
            raise self.failure[1]

    async def turn(self, client):
        try:
            await self.act(client)
        except Gone as gone:
            view = client.view or client.opening
            if not (view and (view.orphan or view.mailbox.deleted or view.mailbox.in_flux())) and client not in self.excused:
                self.broken(client, Broken("RFC 3501 §3.4", f"the server ended the connection: {gone} {client.bye.raw if client.bye else b''!r}"))
                raise
            self.linger(client)
            self.excused.discard(client)
            await client.close()
        except Exception as fault:
            self.broken(client, fault)
            raise
        if not self.aborted:
            self.excused.discard(client)                # it has been answered since
        if client.view:
            client.save()

    def linger(self, client):
        self.aborted = True
        for box in client.account.mailboxes.values():
            if box.touched == self.step:
                box.linger(self.step)
        for name in client.account.writing:
            client.account.subscribed[name] = None

    async def act(self, client):
        chance = self.random.random()
        if client.writer is not None and client.failure:
            raise client.failure
        if client.writer is None:
            await client.connect()
            await self.enable(client)
            return
        if client.idling:
            if chance < 0.5 or client.failure:
                await self.wake(client)
            return
        if chance < 0.015:
            await self.logout(client)
        elif chance < 0.03:
            await self.abort(client)
        elif chance < 0.07 and client.view and client.can("IDLE"):
            await self.idle(client)
        else:
            commands = self.complete(client) or self.actions.choose(client)
            for command in commands:
                self.counts[command.name] = self.counts.get(command.name, 0) + 1
            await client.run(*commands)

    def complete(self, client):
        """A client that was told of new messages mostly asks for their UIDs and flags."""
        view = client.view
        if view is None or view.orphan or not view.entries:
            return None
        first = next((n for n, e in enumerate(view.entries, 1) if e.uid is None or e.flags is None), None)
        if first is None or self.random.random() > 0.7:
            return None
        if self.random.random() < 0.4 and first > 1 and all(e.uid for e in view.entries[:first - 1]):
            low = max(view.uids()) + 1 if view.entries[first - 1].uid is None else view.entries[first - 1].uid
            return [Command("UID FETCH", [f"UID FETCH {low}:* (FLAGS)"])]
        return [Command("FETCH", [f"FETCH {first}:* (UID FLAGS)"])]

    async def enable(self, client):
        if client.can("COMPRESS=DEFLATE") and self.random.random() < 0.3:
            need_ok(await client.simple("COMPRESS", "COMPRESS DEFLATE"), "RFC 4978 §3")
        if client.can("ENABLE") and self.random.random() < 0.7:
            name = "QRESYNC" if client.can("QRESYNC") and self.random.random() < 0.8 else "CONDSTORE"
            if client.can(name):
                command = await client.simple("ENABLE", f"ENABLE {name}")
                told = [r.data for r in command.untagged if r.kind == "ENABLED"]
                if not command.ok or not told or name not in told[0]:
                    raise Broken("RFC 5161 §3.1", f"ENABLE {name} answered by {told}")
                client.enabled |= {"CONDSTORE", name}

    async def idle(self, client):
        command = Command("IDLE", ["IDLE"])
        wanted = client.continuations + 1
        client.idling = command
        await client.send(command)
        await client.wait(lambda: client.continuations >= wanted, "continuation of IDLE")
        self.counts["IDLE"] = self.counts.get("IDLE", 0) + 1

    async def wake(self, client):
        command = client.idling
        client.write(b"DONE\r\n")
        await client.wait(lambda: command.response, "answer to DONE")
        client.idling = None
        if not command.ok:
            raise Broken("RFC 2177 §3", f"IDLE ended with {command.response.raw!r}")

    async def logout(self, client):
        command = await client.simple("LOGOUT", "LOGOUT")
        if not any(r.kind == "BYE" for r in command.untagged) or not command.ok:
            raise Broken("RFC 3501 §6.1.3", "LOGOUT without BYE and OK")
        await client.close()

    async def abort(self, client):
        """The connection breaks while a command is under way."""
        commands = self.actions.choose(client)
        for command in commands:
            command.finish = None
            await client.send(command)
        if self.random.random() < 0.5:
            await asyncio.sleep(self.random.random() * 0.02)
        answered = all(c.response for c in commands)
        await client.close(abort=True)
        self.counts["abort"] = self.counts.get("abort", 0) + 1
        if any(c.name in ("CREATE", "DELETE", "RENAME") for c in commands):
            await self.relist(client.account)
        self.linger(client)
        return answered

    async def relist(self, account):
        """Which folders there are after a CREATE, DELETE or RENAME of which the answer was lost."""
        await asyncio.sleep(1)
        checker = await Client(self, "look", account).connect()
        listed = await checker.simple("LIST", 'LIST "" *')
        await checker.close()
        names = {r.data[2] for r in listed.untagged if r.kind == "LIST" and not {"\\Noselect", "\\Nonexistent"} & set(r.data[0])}
        lost, new = sorted(set(account.mailboxes) - names), sorted(names - set(account.mailboxes))
        account.folder_step = self.step
        if len(lost) == 1 and len(new) == 1:
            box = account.mailboxes.pop(lost[0])
            box.name, box.moved_at = new[0], self.step
            account.past[lost[0]] = (box.validity, box.uid_next - 1)
            self.create(account, new[0], box)
            self.orphaned(box)
        elif len(lost) == 1 and not new:
            box = account.mailboxes[lost[0]]
            account.bury(lost[0])
            self.orphaned(box)
        elif len(new) == 1 and not lost:
            self.create(account, new[0])
        elif lost or new:
            raise Broken("RFC 3501 §6.3", f"one broken command, and {lost} are gone, {new} are new")

    # Quiet points

    async def quiet(self, whole):
        self.step += 1
        self.checks += 1
        live = [c for c in self.clients if c.writer is not None and not isinstance(c.failure, Gone)]
        for client in live:
            if client.idling and not (client in self.excused and client.failure):
                await self.wake(client)
        if self.aborted:
            await asyncio.sleep(1.0)
        self.aborted = False
        live = [c for c in live if not (c in self.excused and c.failure)]
        for account in self.accounts:
            self.checker = Client(self, "check", account)
            await self.checked(account)
        await self.together([self.poll(c) for c in live if c.view and not c.view.orphan and not c.view.mailbox.deleted])
        for account in self.accounts:
            for box in account.mailboxes.values():
                for client in live:
                    if client.view and client.view.mailbox is box and not client.view.orphan:
                        await self.await_view(client, box)
        for account in self.accounts:
            await outside.pop3(self, account)
            if whole:
                await outside.disk(self, account)
        for client in live:
            if client.view:
                client.save()

    async def poll(self, client):
        command = await client.run(Command("NOOP", ["NOOP"]))
        if not command.ok:
            raise Broken("RFC 3501 §6.1.2", f"NOOP refused: {command.response.raw!r}")

    async def checked(self, account):
        """A fresh session reads everything; what was uncertain is settled by it."""
        begun = time.monotonic()
        deadline = begun + self.settings.delivery_seconds
        checker = self.checker
        try:
            await checker.connect()
            await self.check_list(account)
            for box in list(account.mailboxes.values()):
                while True:
                    found = await self.read_whole(checker, box)
                    late = self.late(box, found, time.monotonic() - begun < DOUBT)
                    if not late:
                        break
                    if time.monotonic() > deadline:
                        raise Broken("acknowledged is kept", f"{box.name} of {account.name}: {late}")
                    await asyncio.sleep(0.3)
                self.settle(box, found)
            for box in list(account.mailboxes.values()):
                await self.check_status_of(checker, box)
            await checker.simple("LOGOUT", "LOGOUT")
        except Exception as fault:
            self.broken(checker, fault)
            raise
        finally:
            await checker.close()

    async def check_list(self, account):
        listed = await self.checker.simple("LIST", 'LIST "" *')
        names = {r.data[2] for r in listed.untagged if r.kind == "LIST" and not {"\\Noselect", "\\Nonexistent"} & set(r.data[0])}
        for name in names - set(account.mailboxes):
            if any(n.startswith(name + account.separator) for n in account.mailboxes) or name in self.settings.extra:
                self.create(account, name)              # a parent that CREATE or RENAME made (RFC 3501 §6.3.3)
        if names != set(account.mailboxes):
            raise Broken("RFC 3501 §6.3.8", f"LIST of {account.name} gives {sorted(names)}, there are {sorted(account.mailboxes)}")

    async def read_whole(self, checker, box):
        command = await checker.run(Command("EXAMINE", [f"EXAMINE {quote(box.name)}"], mailbox=box))
        if not command.ok:
            raise Broken("RFC 3501 §6.3.2", f"EXAMINE of {box.name} refused: {command.response.raw!r}")
        view = checker.view
        if view.entries:
            items = ["UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (X-TOKEN)]"]
            if checker.can("CONDSTORE"):
                items.append("MODSEQ")
            answer = await checker.simple("FETCH", f"FETCH 1:* ({' '.join(items)})")
            if not answer.ok:
                raise Broken("RFC 3501 §6.4.5", f"FETCH of all of {box.name} refused: {answer.response.raw!r}")
            rows = {}
            for response in answer.untagged:
                if response.kind == "FETCH":
                    rows.setdefault(response.number, {}).update(response.data)
            if sorted(rows) != list(range(1, len(view.entries) + 1)):
                raise Broken("RFC 3501 §6.4.5", f"FETCH 1:* of {len(view.entries)} messages gives {ranges(rows)}")
            return {row["UID"]: row for row in rows.values()}
        return {}

    def late(self, box, found, in_doubt):
        """What must still come: deliveries, and what an outside program did. One that is not there may be removed already, or late: `in_doubt`."""
        tokens = [token_of(row) for row in found.values()]
        removed = sum(m.content is None and m.gone != "no" for m in box.messages.values())
        for arrival in box.arrivals:
            if arrival.sure and arrival.content and arrival.content.token not in tokens and box.blind < arrival.step:
                removed -= 1                            # one that was removed before anybody knew which it was
                if removed >= 0 and not in_doubt:
                    continue
                return f"message {arrival.content.token}, acknowledged in step {arrival.step}, is not there"
        for known, flag, value, step in self.wishes:
            if known in box.messages.values() and known.uid in found and (flag in {canonical(f) for f in found[known.uid]["FLAGS"]}) != value:
                if known.latest[flag] == step and all(v == value for _, v in known.writers.get(flag, ())):
                    return f"flag {flag} of UID {known.uid}, {'set' if value else 'removed'} by an outside program, is not seen"
        gone = [m.uid for m in box.messages.values() if m.gone == "outside" and m.uid in found]
        return f"UIDs {ranges(gone)}, removed by an outside program, are still there" if gone else None

    def settle(self, box, found):
        for known in box.messages.values():
            if known.gone == "no" and known.uid not in found:
                raise Broken("acknowledged is kept", f"UID {known.uid} ({known.content and known.content.token}) of {box.name} is gone, and nobody removed it")
            if known.gone == "yes" and known.uid in found:
                raise Broken("RFC 3501 §2.3.1.1", f"UID {known.uid} of {box.name}, expunged in step {known.gone_at}, is there again")
            if known.gone in ("maybe", "outside"):
                known.gone, known.gone_at = ("no", 0) if known.uid in found else ("yes", self.step)
        for uid, row in found.items():
            known = box.messages[uid]
            self.identify(box, known, token_of(row))
            flags = {canonical(f) for f in row["FLAGS"]} - {"\\Recent"}
            for flag in flags | set(known.history):
                known.change(flag, frozenset({flag in flags}), self.step)
            known.wild = False
            if row.get("MODSEQ", known.modseq) < known.modseq:
                raise Broken("RFC 7162 §3.1.1", f"MODSEQ of UID {uid} is {row['MODSEQ']}, was {known.modseq}")
            known.writers.clear()
        newest = max((row.get("MODSEQ", 0) for row in found.values()), default=0)
        if box.highest and newest > self.checker.view.highest and self.checker.can("CONDSTORE"):
            raise Broken("RFC 7162 §3.1.2.1", f"HIGHESTMODSEQ of {box.name} is {self.checker.view.highest}, and a message has {newest}")
        self.wishes = [w for w in self.wishes if w[0] not in box.messages.values()]
        box.settled()

    def identify(self, box, known, token):
        made = self.contents.get(token)
        if made is None:
            raise Broken("acknowledged is kept", f"UID {known.uid} of {box.name} has token {token!r}, which nobody sent")
        if known.content is not None:
            if known.content is not made:
                raise Broken("acknowledged is kept", f"UID {known.uid} of {box.name} is {token}, and should be {known.content.token}")
            return
        if known.origin is None:
            arrival = next((a for a in box.arrivals if a.content is made), None) or next((a for a in box.arrivals if a.content is None), None)
            if arrival is None:
                raise Broken("acknowledged is kept", f"UID {known.uid} of {box.name} is {token}, which nobody put there, or not twice")
            box.arrivals = [a for a in box.arrivals if a is not arrival]
            if arrival.instant and known.instant and arrival.instant != known.instant:
                raise Broken("RFC 3501 §6.3.11", f"INTERNALDATE of UID {known.uid} is {known.instant}, was given as {arrival.instant}")
        elif known.origin.content is not None and known.origin.content is not made:
            raise Broken("RFC 4315 §3", f"UID {known.uid} of {box.name} is {token}, and was copied from {known.origin.content.token}")
        known.content = made

    async def check_status_of(self, checker, box):
        items = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN" + (" HIGHESTMODSEQ" if checker.can("CONDSTORE") else "") + (" SIZE" if checker.can("STATUS=SIZE") else "")
        command = await checker.simple("STATUS", f"STATUS {quote(box.name)} ({items})")
        told = [r.data for r in command.untagged if r.kind == "STATUS"]
        if len(told) != 1:
            raise Broken("RFC 3501 §6.3.10", f"STATUS of {box.name} gives {command.response.raw!r}")
        check_status(box, told[0][1], self.step + 1)

    async def await_view(self, client, box):
        """After a poll the client knows all."""
        found = disagreement(client.view, box)
        end = time.monotonic() + self.settings.view_seconds
        while found and time.monotonic() < end:
            await asyncio.sleep(0.3)
            await self.poll(client)
            found = disagreement(client.view, box)
        if found:
            fault = Broken("RFC 3501 §6.1.2", f"after NOOP the view of {box.name} in {client.name} is not the mailbox: {found}")
            self.broken(client, fault)
            raise fault


def disagreement(view, box):
    here = box.present()
    if len(here) != len(view.entries):
        return f"{len(view.entries)} messages, there are {len(here)}: UIDs {ranges(view.uids())} against {ranges(m.uid for m in here)}"
    for number, (entry, known) in enumerate(zip(view.entries, here), 1):
        if entry.uid not in (None, known.uid):
            return f"message {number} is UID {entry.uid}, should be {known.uid}"
        flags = known.flags()
        if entry.flags is not None and flags is not None and entry.flags != flags:
            return f"UID {known.uid} is believed to have {sorted(entry.flags)}, it has {sorted(flags)}"
        if entry.flags is not None and entry.modseq and view.modseqs and known.modseq > entry.modseq and known.told.get(entry.modseq) != flags:
            return f"UID {known.uid} is believed to have MODSEQ {entry.modseq}, it has {known.modseq}"
    return None


def token_of(row):
    value = row.get("BODY[HEADER.FIELDS (X-TOKEN)]") or b""
    return value.partition(b":")[2].strip().decode(errors="replace")

