"""The commands that a session may send now, chosen at random: each action returns Commands (to be pipelined) or None.

An action announces to the truth what it may change when it is sent (`begin`) and settles it when its tagged response came (`finish`),
which also checks what the command had to answer. Only commands that are right are sent, so BAD is always a failure.
"""
import datetime

from . import search
from .session import Command
from .truth import EITHER, NO, YES, Arrival, Broken, canonical

KEYWORDS = ("$Forwarded", "Junk", "work-1")
FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted")
FOLDERS = ("Work", "Work/Sub", "Trash", "Tmp1", "Tmp2", "R&AOk-sum&AOk-", "two words")
WHOLE = ("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]",
         "RFC822.HEADER", "BODY.PEEK[1]", "BODY.PEEK[2]", "BODY.PEEK[1.MIME]", "BODY.PEEK[2.MIME]", "BODY.PEEK[1.1]", "BODY.PEEK[1.HEADER]",
         "BODY.PEEK[HEADER.FIELDS (X-TOKEN)]", "BODY.PEEK[HEADER.FIELDS (Subject From)]", "BODY.PEEK[HEADER.FIELDS.NOT (Received)]")
SEEING = ("BODY[]", "RFC822", "RFC822.TEXT", "BODY[TEXT]", "BODY[1]", "BODY[]<0.40>")


def quote(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ranges(numbers):
    """A sequence set that names the numbers, in ranges where they touch."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in found)


class Chosen:
    """Messages that a command names: the set as text, and who they are."""

    def __init__(self, client, uid, bound=True):
        random, view = client.world.random, client.view
        self.client, self.view, self.uid, self.mailbox = client, view, uid, view.mailbox
        places = [n for n, e in enumerate(view.entries, 1) if e.uid or not (uid or bound)]
        self.empty = not places
        if self.empty:
            return
        size = random.choice((1, 1, 2, 3, len(places)))
        picked = sorted(random.sample(places, min(size, len(places))))
        if len(picked) == len(view.entries) and random.random() < 0.5:
            self.text = "1:*"
        else:
            self.text = ranges(view.entries[n - 1].uid for n in picked) if uid else ranges(picked)
            if picked[-1] == len(view.entries) and len(picked) == 1 and random.random() < 0.3 and not uid:
                self.text = "*"
        self.entries = [view.entries[n - 1] for n in picked]
        self.numbers = picked

    @property
    def open(self):
        """Whether messages take part that the client was not told of yet."""
        return self.text.endswith("*")

    def known(self):
        """Messages of the truth, as far as the client knows their UIDs, and with `*` those that may have come since."""
        messages = self.mailbox.messages
        here = {e.uid for e in self.entries}
        newest = max(self.view.uids(), default=0)
        return [m for m in messages.values() if m.uid in here or (self.open and m.uid > newest)]

    def sure(self):
        """Known, in the client's view, and certainly still there."""
        here = {e.uid for e in self.entries}
        return [m for m in self.known() if m.gone == "no" and m.uid in here]


class Actions:
    def __init__(self, world):
        self.world = world

    # Which

    def choose(self, client):
        """Commands for one turn of the client, or None."""
        random = self.world.random
        if client.view is None:
            table = ((30, self.select), (4, self.append), (4, self.status), (3, self.list), (2, self.noop), (2, self.folder), (1, self.subscribe), (1, self.information))
        elif client.view.orphan or client.view.mailbox.deleted:
            table = ((5, self.select), (2, self.noop), (2, self.fetch), (1, self.leave))
        else:
            table = ((14, self.fetch), (12, self.store), (10, self.search), (10, self.append), (8, self.noop), (6, self.copy), (4, self.move), (6, self.expunge),
                     (3, self.select), (2, self.leave), (3, self.status), (2, self.list), (3, self.sort), (2, self.thread), (3, self.pipeline), (2, self.check),
                     (2, self.changed_since), (1, self.folder), (1, self.subscribe), (1, self.information))
        table = [(weight, action) for weight, action in table if action.__name__ not in self.world.missing]
        for _ in range(20):
            action = random.choices([a for _, a in table], [w for w, _ in table])[0]
            made = action(client)
            if made:
                return made if isinstance(made, list) else [made]
        return [self.noop(client)]

    # Without effect on messages

    def noop(self, client):
        return Command("NOOP", ["NOOP"], lambda c: need_ok(c, "RFC 3501 §6.1.2"))

    def check(self, client):
        return Command("CHECK", ["CHECK"], lambda c: need_ok(c, "RFC 3501 §6.4.1"))

    def information(self, client):
        random = self.world.random
        name = random.choice([n for n in ("NAMESPACE", "ID", "QUOTA") if client.can(n)] or ["CAPABILITY"])
        if name == "QUOTA":
            return Command("GETQUOTAROOT", ["GETQUOTAROOT INBOX"], lambda c: need(c, "QUOTAROOT", "RFC 9208 §4.1.2"))
        text = {"ID": random.choice(("ID NIL", 'ID ("name" "model" "version" NIL)'))}.get(name, name)
        return Command(name, [text], lambda c: need(c, name, "RFC 2342, 2971, 3501 §6.1.1"))

    def path(self, client, name):
        return name.replace("/", client.account.separator)

    def some_mailbox(self, client):
        return self.world.random.choice([*client.account.mailboxes.values(), client.account.mailboxes["INBOX"]])

    def status(self, client):
        box = self.some_mailbox(client)
        items = ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"]
        items += [i for i, c in (("HIGHESTMODSEQ", "CONDSTORE"), ("SIZE", "STATUS=SIZE"), ("MAILBOXID", "OBJECTID")) if client.can(c)]
        items = self.world.random.sample(items, self.world.random.randrange(1, len(items) + 1))

        def finish(command):
            told = [r.data for r in command.untagged if r.kind == "STATUS"]
            if not command.ok:
                return may_be_missing(command, box)
            if len(told) != 1 or set(told[0][1]) != set(items):
                raise Broken("RFC 3501 §7.2.4", f"STATUS of {items} answered by {told}")
            if not (client.view and client.view.mailbox is box):    # RFC 3501 §6.3.10: of the selected one it may tell of the snapshot
                check_status(box, told[0][1], self.world.step)
            return None
        return Command("STATUS", [f"STATUS {quote(box.name)} ({' '.join(items)})"], finish, enables="HIGHESTMODSEQ" in items)

    def list(self, client):
        account = client.account
        random = self.world.random
        extended = client.can("LIST-EXTENDED")
        kind = random.choice(["LIST", "LIST", "LSUB", *(["subscribed", "children"] if extended else []), *(["status"] if client.can("LIST-STATUS") else [])])
        separator = account.separator
        pattern = random.choice(("*", "*", "%", f"Work{separator}%", "Tmp*", "INBOX", "inbox"))
        texts = {"LSUB": f'LSUB "" {quote(pattern)}', "subscribed": f'LIST (SUBSCRIBED) "" {quote(pattern)} RETURN (CHILDREN)',
                 "children": f'LIST "" ({quote(pattern)}) RETURN (CHILDREN SUBSCRIBED)',
                 "status": f'LIST "" {quote(pattern)} RETURN (STATUS (MESSAGES UIDNEXT))'}

        def finish(command):
            need_ok(command, "RFC 3501 §6.3.8")
            if account.folder_step == self.world.step:
                return
            names = [r.data[2] for r in command.untagged if r.kind == ("LSUB" if kind == "LSUB" else "LIST")]
            if len(set(names)) != len(names):
                raise Broken("RFC 3501 §7.2.2", f"a name twice: {names}")
            if kind in ("LIST", "children", "status"):
                wanted = {n for n in account.mailboxes if fits(pattern, n, separator)}
                parents = {n[:i] for n in account.mailboxes for i, c in enumerate(n) if c == separator}
                if not wanted <= set(names) or not set(names) <= wanted | parents:
                    raise Broken("RFC 3501 §6.3.8", f"LIST of {pattern} gives {sorted(names)}, there are {sorted(account.mailboxes)}")
                for row in (r.data for r in command.untagged if r.kind == "LIST"):
                    if row[2] in account.mailboxes and {"\\Noselect", "\\Nonexistent"} & set(row[0]):
                        raise Broken("RFC 3501 §7.2.2", f"{row[2]} exists and has {row[0]}")
                    has = any(n.startswith(row[2] + separator) for n in account.mailboxes)
                    if ("\\Haschildren" in row[0] and not has) or ("\\Hasnochildren" in row[0] and has):
                        raise Broken("RFC 3348 §3", f"{row[2]} has {row[0]}, and there are {sorted(account.mailboxes)}")
                for name, items in (r.data for r in command.untagged if r.kind == "STATUS"):
                    if name in account.mailboxes and not (client.view and client.view.mailbox.name == name):
                        check_status(account.mailboxes[name], items, self.world.step)
            elif pattern == "*":
                if kind == "LSUB":
                    told = {r.data[2] for r in command.untagged if r.kind == "LSUB" and "\\Noselect" not in r.data[0]}
                else:
                    told = {r.data[2] for r in command.untagged if r.kind == "LIST" and "\\Subscribed" in r.data[0]}
                for name, value in account.subscribed.items():
                    if value is not None and (name in told) != value:
                        raise Broken("RFC 3501 §6.3.9", f"{name} is {'' if value else 'not '}subscribed, and {kind} gives {sorted(told)}")
        return Command("LSUB" if kind == "LSUB" else "LIST", [texts.get(kind, f'LIST "" {quote(pattern)}')], finish)

    def subscribe(self, client):
        account, random = client.account, self.world.random
        name = self.some_mailbox(client).name
        value = random.random() < 0.6

        def begin():
            account.subscribed[name] = None
            account.writing[name] = account.writing.get(name, []) + [(self.world.step, value)]

        def finish(command):
            if command.ok and {v for s, v in account.writing[name] if s == command.step} == {value} and account.folder_step != command.step:
                account.subscribed[name] = value
        return Command("SUBSCRIBE", [f"{'SUBSCRIBE' if value else 'UNSUBSCRIBE'} {quote(name)}"], finish, begin)

    # Selecting

    def select(self, client):
        random = self.world.random
        box = self.some_mailbox(client)
        name = random.choice(("SELECT", "SELECT", "SELECT", "EXAMINE"))
        saved = client.cache.get(box)
        parameter, old = "", None
        if client.can("QRESYNC") and "QRESYNC" in client.enabled and saved and random.random() < 0.8:
            validity, modseq, flags = saved
            old = dict(flags), saved
            uids = ""
            if flags and random.random() < 0.5:
                uids = f" 1:{max(flags)}"
                if random.random() < 0.5:
                    ordered = sorted(flags)
                    places = sorted(random.sample(range(len(ordered)), min(len(ordered), 3)))
                    uids += f" ({','.join(str(p + 1) for p in places)} {','.join(str(ordered[p]) for p in places)})"
            parameter = f" (QRESYNC ({validity} {modseq}{uids}))"
        elif client.can("CONDSTORE") and random.random() < 0.2:
            parameter = " (CONDSTORE)"
        stable = box.stable(self.world.step)
        count = len(box.present())
        return Command(name, [f"{name} {quote(box.name)}{parameter}"], lambda c: self.selected(client, c, box, stable, count, old, parameter), mailbox=box)

    def selected(self, client, command, box, stable, count, old, parameter):
        if not command.ok:
            return may_be_missing(command, box)
        view, rule = client.view, "RFC 3501 §6.3.1"
        view.orphan = box.moved_at == self.world.step or box.deleted
        if parameter:
            client.enabled.add("CONDSTORE")
        kinds = [r.kind for r in command.untagged]
        codes = {r.code: r.argument for r in command.untagged if r.kind == "OK" and r.code}
        for kind in ("EXISTS", "RECENT", "FLAGS"):
            if kind not in kinds:
                raise Broken(rule, f"{command.name} without {kind}")
        for code in ("UIDVALIDITY", "UIDNEXT", "PERMANENTFLAGS"):
            if code not in codes:
                raise Broken(rule, f"{command.name} without [{code}]")
        wanted = "READ-WRITE" if command.name == "SELECT" else "READ-ONLY"
        if command.response.code != wanted:
            raise Broken("RFC 3501 §6.3.2", f"{command.name} completed with [{command.response.code}]")
        if client.enabled & {"CONDSTORE", "QRESYNC"} and "HIGHESTMODSEQ" not in codes and "NOMODSEQ" not in codes:
            raise Broken("RFC 7162 §3.1.2", f"{command.name} tells neither HIGHESTMODSEQ nor NOMODSEQ")
        if client.can("OBJECTID"):
            if "MAILBOXID" not in codes:
                raise Broken("RFC 8474 §4.2", f"{command.name} without [MAILBOXID]")
            box.object_id = box.object_id or codes["MAILBOXID"]
            if box.object_id != codes["MAILBOXID"]:
                raise Broken("RFC 8474 §4", f"MAILBOXID of {box.name} is {codes['MAILBOXID']}, was {box.object_id}")
        stable = stable and box.stable(self.world.step)
        if stable and len(view.entries) != count:
            raise Broken(rule, f"{len(view.entries)} EXISTS in {box.name}, and there are {count} messages: UIDs {ranges(m.uid for m in box.present())}")
        if stable and "UNSEEN" in codes:
            unseen = [n for n, m in enumerate(box.present(), 1) if True in m.value("\\Seen") - {False} or False in m.value("\\Seen")]
            sure = [n for n, m in enumerate(box.present(), 1) if m.value("\\Seen") == NO]
            possible = [n for n in unseen if False in box.present()[n - 1].value("\\Seen")]
            if codes["UNSEEN"] not in possible or (sure and codes["UNSEEN"] > sure[0]):
                raise Broken("RFC 3501 §7.1", f"[UNSEEN {codes['UNSEEN']}], the first unseen is {sure[:1] or possible[:1]}")
        if old:
            self.resynchronised(client, command, view, box, *old)
        view.highest = view.highest or codes.get("HIGHESTMODSEQ", 0)
        client.world.fill(client)
        return None

    def resynchronised(self, client, command, view, box, cache, saved):
        """RFC 7162 §3.2.5: what the client kept and what it was told make the state of the mailbox."""
        rule = "RFC 7162 §3.2.5"
        if saved[0] != box.validity:
            return
        step, told = command.step, f"; kept: HIGHESTMODSEQ {saved[1]}, UIDs {ranges(saved[2])}"
        newest = max(saved[2], default=0)
        for response in command.untagged:
            if response.kind == "VANISHED":
                for uid in response.data[1]:
                    known = box.messages.get(uid)
                    if known and known.gone == "no":
                        raise Broken(rule, f"VANISHED (EARLIER) names UID {uid}, which is there" + told)
                    cache.pop(uid, None)
            elif response.kind == "FETCH":
                if not {"UID", "FLAGS", "MODSEQ"} <= set(response.data):
                    raise Broken("RFC 7162 §3.2.6", f"FETCH of a resynchronisation without UID, FLAGS or MODSEQ: {response.raw[:200]!r}")
                cache[response.data["UID"]] = frozenset(canonical(f) for f in response.data["FLAGS"]) - {"\\Recent"}
        if view.orphan or box.lingering:
            return
        for uid, flags in cache.items():
            known = box.messages.get(uid)
            if known is None or (known.gone == "yes" and known.gone_at < step):
                raise Broken(rule, f"UID {uid} is expunged{f' since step {known.gone_at}' if known else ''}, and the client still has it" + told)
            for flag in flags | set(known.history):
                if (flag in flags) not in known.allowed(flag, step):
                    raise Broken(rule, f"the client believes UID {uid} {'with' if flag in flags else 'without'} {flag}, history {known.history.get(flag, [])[-6:]}" + told)
        old = sorted(u for u in cache if u <= newest)
        if len(old) > len(view.entries) and all(box.messages[u].gone == "no" for u in old):
            raise Broken(rule, f"the client has {len(old)} messages, and EXISTS says {len(view.entries)}" + told)
        if all(box.messages[u].gone == "no" for u in old):
            for number, uid in enumerate(old, 1):
                view.bind(number, uid).flags = cache[uid]

    def leave(self, client):
        view = client.view
        name = self.world.random.choice(["CLOSE", *(["UNSELECT"] if client.can("UNSELECT") else [])])
        box = view.mailbox
        expunges = name == "CLOSE" and view.writable

        def begin():
            if expunges:
                box.begin_removal(None, self.world.step)

        def finish(command):
            need_ok(command, "RFC 3501 §6.4.2")
            if client.view is view:
                client.view = None
            if expunges:
                self.removed(box, None, command.step, view)
            box.touch(self.world.step)
        return Command(name, [name], finish, begin)

    # Messages

    def append(self, client):
        random, world = self.world.random, self.world
        box = self.some_mailbox(client)
        several = random.choice((1, 1, 1, 2, 3)) if client.can("MULTIAPPEND") else 1
        pieces, arrivals = [], []
        for number in range(several):
            made = world.maker.message()
            flags = random.sample(FLAGS + KEYWORDS[:1], random.choice((0, 0, 1, 2)))
            instant = datetime.datetime(random.randrange(1998, 2025), random.randrange(1, 13), random.randrange(1, 28), random.randrange(8, 16), random.randrange(60),
                                        random.randrange(60), tzinfo=datetime.timezone(datetime.timedelta(hours=random.randrange(-5, 6))))
            if random.random() < 0.3:
                instant = None
            text = f"APPEND {quote(box.name)} " if number == 0 else " "
            text += f"({' '.join(flags)}) " if flags or random.random() < 0.2 else ""
            text += instant.strftime('"%d-%b-%Y %H:%M:%S %z" ') if instant else ""
            pieces += [text, made.octets]
            arrivals.append(Arrival(made, {canonical(f): YES for f in flags}, world.step, False, instant))
        pieces.append("")

        def begin():
            box.touch(world.step)
            box.arrivals.extend(arrivals)

        def finish(command):
            box.touch(world.step)
            if not command.ok:
                forget(box, arrivals)
                return may_be_missing(command, box)
            if client.can("UIDPLUS"):
                if command.response.code != "APPENDUID":
                    raise Broken("RFC 4315 §3", "APPEND without APPENDUID")
                validity, uids = command.response.argument
                box.see_validity(validity)
                if len(uids) != several or sorted(set(uids)) != uids:
                    raise Broken("RFC 4315 §3", f"APPENDUID names {uids} for {several} messages")
                for uid, arrival in zip(uids, arrivals):
                    box.bind(uid, arrival, command.step)
                forget(box, arrivals)
            else:
                for arrival in arrivals:
                    arrival.sure = True
            return None
        return Command("APPEND", pieces, finish, begin)

    def store(self, client, uid=None, silent=None):
        random, world, view = self.world.random, self.world, client.view
        if not view.writable:
            return None
        uid = random.random() < 0.5 if uid is None else uid
        chosen = Chosen(client, uid)
        if chosen.empty:
            return None
        how = random.choice(("+", "+", "-", ""))
        silent = random.random() < 0.4 if silent is None else silent
        names = random.sample(FLAGS, random.choice((0, 1, 1, 2) if how == "" else (1, 1, 2)))
        if "\\*" in view.permanent and random.random() < 0.3:
            names.append(random.choice(KEYWORDS))
        flags = {canonical(f) for f in names}
        condition = None
        if client.can("CONDSTORE") and view.modseqs and random.random() < 0.25:
            condition = random.choice([e.modseq for e in chosen.entries if e.modseq] + [view.highest or 1])
        box, applied = chosen.mailbox, {}

        def begin():
            for known in chosen.known():
                if how:
                    changes = {flag: how == "+" for flag in flags}
                else:
                    changes = {flag: flag in flags for flag in set(FLAGS) | flags | set(known.history)}
                applied[known] = changes
                box.begin_store(known, changes, world.step)
            if chosen.open:
                box.begin_open_store({flag: how != "-" for flag in flags} if how else {flag: flag in flags for flag in set(FLAGS) | flags}, world.step)

        def finish(command):
            box.touch(world.step)
            if not command.ok:
                return may_fail(command, chosen)
            failed = command.response.argument if command.response.code == "MODIFIED" else []
            if failed and not condition:
                raise Broken("RFC 7162 §3.1.3", "MODIFIED without UNCHANGEDSINCE")
            refused = {view.entries[n - 1].uid for n in failed} if not uid and failed and max(failed) <= len(view.entries) else set(failed)
            sure = {m.uid for m in chosen.sure()}
            for known, changes in applied.items():
                if known.uid in refused:
                    continue
                if known.uid not in sure or (refused and None in refused):
                    continue                            # not in the view: whether it took part is open
                for flag, value in changes.items():
                    known.finish(flag, value, command.step)
            self.stored(client, command, chosen, view, applied, refused, silent, condition, how, flags)
            return None
        verb = "UID STORE" if uid else "STORE"
        item = f"{how}FLAGS{'.SILENT' if silent else ''}"
        shown = " ".join(names) if names and random.random() < 0.2 else f"({' '.join(names)})"
        unchanged = f"(UNCHANGEDSINCE {condition}) " if condition else ""
        return Command(verb, [f"{verb} {chosen.text} {unchanged}{item} {shown}"], finish, begin, enables=bool(condition))

    def stored(self, client, command, chosen, view, applied, refused, silent, condition, how, flags):
        told = {}
        for response in command.untagged:
            if response.kind == "FETCH" and response.number <= len(view.entries):
                told.setdefault(response.number if not chosen.uid else response.data.get("UID"), {}).update(response.data)
        lax = "unchanged STORE" in client.world.settings.forgiven
        for entry, number in zip(chosen.entries, chosen.numbers):
            if entry.uid in refused:
                continue
            data = told.get(entry.uid if chosen.uid else number, {})
            self.believe(client, entry, data, silent, how, flags)
            known = chosen.mailbox.messages.get(entry.uid)
            if known is None or known.gone != "no" or known.wild or view.orphan or (lax and "FLAGS" not in data):
                continue
            if not silent and "FLAGS" not in data:
                raise Broken("RFC 3501 §6.4.6", f"{command.name} without FETCH of the new flags of message {number}, UID {entry.uid}")
            if condition and "MODSEQ" not in data:
                raise Broken("RFC 7162 §3.1.3", f"conditional STORE without FETCH of the MODSEQ of message {number}, UID {entry.uid}")
            if silent:
                continue
            for flag, value in applied[known].items():
                if known.value(flag) == frozenset({value}) and (flag in {canonical(f) for f in data["FLAGS"]}) != value:
                    raise Broken("RFC 3501 §6.4.6", f"{command.name} answers flags {data['FLAGS']} of UID {entry.uid}")

    def believe(self, client, entry, data, silent, how, flags):
        """What the client knows of the flags after a STORE that was not answered with them: what it did itself."""
        if entry.flags is None or (not silent and "FLAGS" in data):
            return
        if "FLAGS" in data or "swallowed" in client.world.settings.forgiven:    # told before the STORE took effect, or after
            entry.flags = None
        else:
            entry.flags = entry.flags | flags if how == "+" else entry.flags - flags if how == "-" else frozenset(flags)

    def fetch(self, client, uid=None, light=False):
        random, world, view = self.world.random, self.world, client.view
        uid = random.random() < 0.5 if uid is None else uid
        seeing = random.random() < 0.15 and not light
        chosen = Chosen(client, uid, bound=seeing)
        if chosen.empty:
            return None
        items = random.sample(WHOLE, random.choice((1, 2, 3, 5)))
        if seeing:
            items.append(random.choice(SEEING))
        if random.random() < 0.3 and "BODY[1]<0.5>" not in world.unfetched:
            section, origin, count = random.choice(("", "TEXT", "1")), random.choice((0, 0, 5, 300, 100000)), random.choice((1, 40, 100000))
            items.append(f"BODY.PEEK[{section}]<{origin}.{count}>")
        items += [i for i, c in (("MODSEQ", "CONDSTORE"), ("EMAILID", "OBJECTID"), ("THREADID", "OBJECTID"), ("BINARY.PEEK[1]", "BINARY"), ("BINARY.SIZE[2]", "BINARY"),
                                 ("BINARY.PEEK[2]", "BINARY")) if client.can(c) and random.random() < 0.15]
        items = [i for i in {answer_name(i): i for i in items}.values() if i not in world.unfetched]
        if any(i.startswith("BINARY") for i in items):  # sections that are not there, and nested messages, are another matter
            contents = [m.content for m in chosen.known()]
            if None in contents or any(not c.exact or "2" not in c.binary for c in contents):
                items = [i for i in items if not i.startswith("BINARY")]
        items = items or ["FLAGS"]
        macro = random.choice(("ALL", "FAST", "FULL")) if random.random() < 0.08 and "ENVELOPE" not in world.unfetched else None
        if macro:
            items = {"FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"], "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
                     "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"]}[macro]
        seeing = any(i in SEEING for i in items)
        marks = seeing and view.writable
        marked = []

        def begin():
            if marks:
                for known in chosen.known():
                    marked.append(known)
                    chosen.mailbox.begin_store(known, {"\\Seen": True}, world.step)
                if chosen.open:
                    chosen.mailbox.begin_open_store({"\\Seen": True}, world.step)

        def finish(command):
            if marks:
                chosen.mailbox.touch(world.step)
            if not command.ok:
                return may_fail(command, chosen)
            if marks:
                for known in chosen.sure():
                    if known in marked:
                        known.finish("\\Seen", True, command.step)
            self.fetched(client, command, chosen, items)
            return None
        verb = "UID FETCH" if uid else "FETCH"
        text = macro or (items[0] if len(items) == 1 and random.random() < 0.5 else f"({' '.join(items)})")
        return Command(verb, [f"{verb} {chosen.text} {text}"], finish, begin, sets_seen=seeing, enables="MODSEQ" in items)

    def fetched(self, client, command, chosen, items):
        """Every item for every message (RFC 3501 §6.4.5), unless it was expunged meanwhile."""
        keys = [answer_name(i) for i in items] + (["UID"] if chosen.uid else [])
        told = {}
        for response in command.untagged:
            if response.kind == "FETCH":
                told.setdefault(response.data.get("UID") if chosen.uid else response.number, {}).update(response.data)
        for entry, number in zip(chosen.entries, chosen.numbers):
            known = chosen.mailbox.messages.get(entry.uid)
            if chosen.view.orphan or (known and known.gone != "no") or (known is None and chosen.mailbox.touched >= client.world.step - 1):
                continue
            data = told.get(entry.uid if chosen.uid else number, {})
            missing = [k for k in keys if k not in data]
            if missing:
                raise Broken("RFC 3501 §6.4.5", f"{command.name} gives no {missing} of message {number}, UID {entry.uid}; it gave {list(data)}")
            for item in items:
                if item.startswith("BODY") and item.endswith(">") and known and known.content and known.content.exact:
                    section, _, partial = item.partition("]<")
                    origin, count = map(int, partial[:-1].split("."))
                    whole = known.content.sections.get(section.partition("[")[2])
                    value = data[answer_name(item)]
                    if whole is not None and value is not None and len(value) != max(0, min(count, len(whole) - origin)):
                        raise Broken("RFC 3501 §6.4.5", f"{item} of {len(whole)} octets gives {len(value)}")
                    if whole is not None and value is None:
                        raise Broken("RFC 3501 §6.4.5", f"{item} is NIL, and the section has {len(whole)} octets")

    def changed_since(self, client):
        """RFC 7162 §3.1.4.1 and, with QRESYNC, §3.2.6."""
        random, view = self.world.random, client.view
        if not client.can("CONDSTORE") or not view.modseqs or not view.uids() or not view.highest:
            return None
        since = random.choice([e.modseq for e in view.entries if e.modseq] + [view.highest])
        vanished = "QRESYNC" in client.enabled and random.random() < 0.6
        box = view.mailbox
        before = {e.uid: (e.modseq, e.flags) for e in view.entries if e.uid}

        def finish(command):
            need_ok(command, "RFC 7162 §3.1.4.1")
            told = {r.data.get("UID"): r.data for r in command.untagged if r.kind == "FETCH"}
            for uid, data in told.items():
                if data.get("MODSEQ", 0) <= since and uid in before and not view.orphan:
                    raise Broken("RFC 7162 §3.1.4.1", f"CHANGEDSINCE {since} gives UID {uid} with MODSEQ {data.get('MODSEQ')}")
            for uid, (modseq, _) in before.items():
                known = box.messages.get(uid)
                if known and known.gone == "no" and modseq > since and uid not in told and not view.orphan:
                    raise Broken("RFC 7162 §3.1.4.1", f"CHANGEDSINCE {since} leaves out UID {uid} with MODSEQ {modseq}")
            for response in command.untagged:
                if response.kind == "VANISHED" and response.data[0]:
                    for uid in response.data[1]:
                        if box.messages.get(uid) and box.messages[uid].gone == "no":
                            raise Broken("RFC 7162 §3.2.6", f"VANISHED (EARLIER) names UID {uid}, which is there")
        return Command("UID FETCH", [f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {since}{' VANISHED' if vanished else ''})"], finish, enables=True)

    def search(self, client, uid=None):
        random, view = self.world.random, client.view
        uid = random.random() < 0.5 if uid is None else uid
        text, test = search.key(random, view, KEYWORDS)
        returns = random.choice((None, "", "ALL", "MIN MAX COUNT", "COUNT", "MIN")) if client.can("ESEARCH") else None
        charset = random.choice(("", "", "CHARSET UTF-8 ", "CHARSET US-ASCII "))
        verb = "UID SEARCH" if uid else "SEARCH"

        def finish(command):
            if not command.ok:
                raise Broken("RFC 3501 §6.4.4", f"SEARCH refused: {command.response.raw!r}")
            kind = "SEARCH" if returns is None else "ESEARCH"
            answers = [r for r in command.untagged if r.kind in ("SEARCH", "ESEARCH")]
            if returns is None and not answers and not client.world.lenient_search:
                raise Broken("RFC 3501 §7.2.5", "no SEARCH response")
            if any(r.kind != kind for r in answers) or (returns is not None and len(answers) != 1):
                raise Broken("RFC 4731 §3.1", f"{[r.kind for r in answers]} instead of one {kind}")
            self.compare_search(client, view, test, uid, returns, answers, text, command)
        pieces = f"{verb} {f'RETURN ({returns}) ' if returns is not None else ''}{charset}{text}"
        return Command(verb, [pieces], finish)

    def compare_search(self, client, view, test, uid, returns, answers, text, command):
        if view.orphan or client.view is not view:
            return
        must, may = set(), set()
        for number, entry in enumerate(view.entries, 1):
            known = view.mailbox.messages.get(entry.uid)
            if (known and known.gone != "no") or number > command.exists:
                found = None
            else:
                found = test(known, entry, number, view)
            name = entry.uid if uid else number
            if name is None:
                return
            if found is True:
                must.add(name)
            if found is not False:
                may.add(name)
        if uid and any(r.kind in ("EXPUNGE", "VANISHED", "EXISTS") for r in command.untagged):
            return
        told = {}
        for response in answers:
            if response.kind == "SEARCH":
                told["ALL"] = told.get("ALL", []) + response.data[0]
            else:
                told.update(response.data)
                if told["uid"] != uid or told["tag"] != command.tag:
                    raise Broken("RFC 4731 §3.1", f"ESEARCH with tag {told['tag']}, UID {told['uid']} for {command.tag}")
        wanted = "ALL" if returns in (None, "", "ALL") else returns
        if wanted == "ALL":
            found = told.get("ALL", [])
            newer = set(found) - ({e.uid for e in view.entries} if uid else set(range(1, len(view.entries) + 1)))
            if len(set(found)) != len(found):
                raise Broken("RFC 3501 §7.2.5", f"a message twice: {found}")
            if not must <= set(found) or not set(found) <= may | (newer if uid else set()):
                raise Broken("RFC 3501 §6.4.4", f"search {text!r} finds {ranges(found)}, must {ranges(must)}, may {ranges(may)}; view {ranges(view.uids())}")
            return
        if "COUNT" in wanted and not len(must) <= told.get("COUNT", -1) <= len(may):
            raise Broken("RFC 4731 §3.1", f"search {text!r}: COUNT {told.get('COUNT')}, must {ranges(must)}, may {ranges(may)}")
        for item, pick in (("MIN", min), ("MAX", max)):
            if item in wanted:
                if (item not in told and must) or (item in told and told[item] not in may):
                    raise Broken("RFC 4731 §3.1", f"search {text!r}: {item} {told.get(item)}, must {ranges(must)}, may {ranges(may)}")
                if must and pick(pick(must), told[item]) != told[item]:
                    raise Broken("RFC 4731 §3.1", f"search {text!r}: {item} {told[item]} and {pick(must)} must be found")

    def sort(self, client):
        random, view = self.world.random, client.view
        if not client.can("SORT") or not view.entries:
            return None
        uid = random.random() < 0.5
        names = random.choice((["ARRIVAL"], ["SIZE"], ["DATE"], ["REVERSE SIZE"], ["FROM", "REVERSE DATE"], ["REVERSE ARRIVAL", "SIZE"]))
        verb = "UID SORT" if uid else "SORT"
        text, test = search.key(random, view, KEYWORDS)

        def finish(command):
            need(command, "SORT", "RFC 5256 §3")
            answers = [r for r in command.untagged if r.kind == "SORT"]
            self.compare_search(client, view, test, uid, None, [type(answers[0])("SEARCH", data=a.data) for a in answers], text, command)
            if uid and any(r.kind in ("EXPUNGE", "VANISHED", "EXISTS") for r in command.untagged):
                return
            rows = []
            for name in answers[0].data[0]:
                place = view.index(name) if uid else name
                known = view.mailbox.messages.get(view.entries[place - 1].uid) if place and place <= len(view.entries) else None
                if known and known.content and known.content.exact and known.instant:
                    rows.append((sort_key(known, names), place, name))
            for before, after in zip(rows, rows[1:]):
                order = compare(before[0], after[0], names)
                if order > 0 or (order == 0 and before[1] > after[1]):
                    raise Broken("RFC 5256 §3", f"SORT ({' '.join(names)}): {before[2]} before {after[2]}: {[(n, *k) for k, _, n in rows]}")
        return Command(verb, [f"{verb} ({' '.join(names)}) UTF-8 {text}"], finish)

    def thread(self, client):
        random, view = self.world.random, client.view
        methods = [c[7:] for c in client.capabilities if c in ("THREAD=REFERENCES", "THREAD=ORDEREDSUBJECT")]
        if not methods or not view.entries:
            return None
        uid = random.random() < 0.5
        verb = "UID THREAD" if uid else "THREAD"
        text, test = search.key(random, view, KEYWORDS)

        def finish(command):
            need(command, "THREAD", "RFC 5256 §3")
            found, todo = [], [r.data for r in command.untagged if r.kind == "THREAD"]
            while todo:
                item = todo.pop()
                if isinstance(item, int):
                    found.append(item)
                else:
                    todo.extend(item)
            made = type(command.response)("SEARCH", data=(found, None))
            self.compare_search(client, view, test, uid, None, [made], text, command)
        return Command(verb, [f"{verb} {random.choice(sorted(methods))} UTF-8 {text}"], finish)

    # Removing and moving

    def expunge(self, client):
        random, view = self.world.random, client.view
        if not view.writable:
            return None
        box = view.mailbox
        uids, text = None, "EXPUNGE"
        if client.can("UIDPLUS") and view.uids() and random.random() < 0.5:
            chosen = Chosen(client, True)
            uids = None if chosen.open else {e.uid for e in chosen.entries}
            text = f"UID EXPUNGE {chosen.text}"

        def finish(command):
            need_ok(command, "RFC 3501 §6.4.3")
            gone = self.removed(box, uids, command.step, view)
            left = [u for u in gone if client.view and client.view.index(u)]
            if left and not view.orphan:
                raise Broken("RFC 3501 §6.4.3", f"{text} completed, and UIDs {ranges(left)} with \\Deleted were not told as removed")
        return Command("UID EXPUNGE" if text.startswith("UID") else "EXPUNGE", [text], finish,
                       lambda: box.begin_removal(uids, self.world.step))

    def removed(self, box, uids, step, view):
        """After OK: what the client knew with \\Deleted is gone. (Of what others did since its last poll it cannot be sure.)"""
        box.touch(self.world.step)
        gone, here = [], set(view.uids())
        for known in box.messages.values():
            if (uids is None or known.uid in uids) and known.gone == "maybe" and known.uid in here and known.allowed("\\Deleted", min(step, view.synced)) == YES:
                known.gone, known.gone_at = "yes", self.world.step
                gone.append(known.uid)
        return gone

    def copy(self, client):
        return self.transfer(client, "COPY")

    def move(self, client):
        return self.transfer(client, "MOVE") if client.can("MOVE") and client.view.writable else None

    def transfer(self, client, verb):
        random, world, view = self.world.random, self.world, client.view
        uid = random.random() < 0.6
        chosen = Chosen(client, uid)
        if chosen.empty:
            return None
        source, target = chosen.mailbox, self.some_mailbox(client)
        if target is source and "MOVE into itself" in world.settings.forgiven:
            return None
        arrivals = []

        def begin():
            target.touch(world.step)
            for known in chosen.known():
                flags = {f: rows[-1][1] for f, rows in known.history.items()}
                arrivals.append((known.uid, Arrival(known.content, flags, world.step, False, known.instant), known))
            if chosen.open:
                arrivals.append((0, Arrival(None, {}, world.step, False), None))
            target.arrivals.extend(a for _, a, _ in arrivals)
            if verb == "MOVE":
                source.begin_removal(None if chosen.open else {e.uid for e in chosen.entries}, world.step, any_flags=True)

        def finish(command):
            target.touch(world.step)
            source.touch(world.step)
            told = [r for r in command.untagged if r.code == "COPYUID"] + ([command.response] if command.response.code == "COPYUID" else [])
            if not command.ok:
                if not told:
                    if not arrivals or verb == "COPY":
                        forget(target, [a for _, a, _ in arrivals])
                    else:
                        target.lingering = source.lingering = True
                return may_be_missing(command, target) if not any(m.gone != "no" for m in chosen.known()) else None
            if client.can("UIDPLUS"):
                self.transferred(command, chosen, source, target, arrivals, told, verb, client, view)
            else:
                for _, arrival, known in arrivals:
                    arrival.sure = known is not None and known.gone == "no" and known in chosen.sure()
            return None
        name = f"UID {verb}" if uid else verb
        return Command(name, [f"{name} {chosen.text} {quote(target.name)}"], finish, begin)

    def transferred(self, command, chosen, source, target, arrivals, told, verb, client, view):
        rule = "RFC 4315 §3" if verb == "COPY" else "RFC 6851 §4.3"
        sure = {m.uid for m in chosen.sure()} if verb == "COPY" else {m.uid for m in chosen.known() if m.gone_at == command.step and m.gone != "no"} & {e.uid for e in chosen.entries}
        mapped = {}
        for response in told:
            validity, old, new = response.argument
            target.see_validity(validity)
            if len(old) != len(new) or len(set(new)) != len(new):
                raise Broken(rule, f"COPYUID maps {len(old)} UIDs to {len(new)}")
            mapped.update(zip(old, new))
        if verb == "COPY" and not sure <= set(mapped):
            raise Broken(rule, f"COPYUID leaves out UIDs {ranges(sure - set(mapped))}")
        by_uid = {uid: (arrival, known) for uid, arrival, known in arrivals}
        allowed = {e.uid for e in chosen.entries} | {m.uid for m in chosen.known()}
        for old, new in mapped.items():
            if old not in allowed and not chosen.open:
                raise Broken(rule, f"COPYUID names UID {old}, which the command did not")
            arrival, known = by_uid.get(old, (None, None))
            if known is None:
                known = source.sight(old, self.world.step)
                arrival = Arrival(known.content, {}, command.step, False, known.instant)
                arrival.flags = {f: EITHER for f in known.history}
            arrival.flags = {f: known.allowed(f, command.step) | (EITHER if known.wild else frozenset()) for f in set(known.history) | set(arrival.flags)}
            arrival.content, arrival.instant = known.content, known.instant
            made = target.bind(new, arrival, command.step, known)
            if known.wild:
                made.wild = True
            if verb == "MOVE":
                source.told_gone(old, self.world.step)
                if client.view is view and view.index(old) and not view.orphan:
                    raise Broken("RFC 6851 §3.3", f"MOVE completed, and UID {old} was not told as expunged")
        forget(target, [a for _, a, _ in arrivals])

    # Folders

    def folder(self, client):
        random, account = self.world.random, client.account
        if account.folder_step == self.world.step or client.idling:
            return None
        here = [n for n in account.mailboxes if n != "INBOX"]
        free = [self.path(client, f) for f in FOLDERS if self.path(client, f) not in account.mailboxes]
        leaves = [n for n in here if not any(o.startswith(n + account.separator) for o in account.mailboxes)]
        kind = random.choice([*(["CREATE"] * 3 if free else []), *(["DELETE"] if len(here) > 3 else []), *(["RENAME"] * 2 if free and leaves else [])] or ["none"])
        if kind == "none":
            return None
        account.folder_step = self.world.step
        if kind == "CREATE":
            name = random.choice(free)

            def created(command):
                account.folder_step = self.world.step
                if not command.ok:
                    raise Broken("RFC 3501 §6.3.3", f"CREATE {name} refused: {command.response.raw!r}")
                self.world.create(account, name)
            return Command("CREATE", [f"CREATE {quote(name)}"], created)
        name = random.choice(leaves)
        box = account.mailboxes[name]
        account.subscribed.pop(name, None)
        if kind == "DELETE":
            def deleted(command):
                account.folder_step = self.world.step
                if not command.ok:
                    if command.response.code not in ("INUSE",):
                        raise Broken("RFC 3501 §6.3.4", f"DELETE {name} refused: {command.response.raw!r}")
                    return
                account.bury(name)
                self.world.orphaned(box)
            return Command("DELETE", [f"DELETE {quote(name)}"], deleted, lambda: box.touch(self.world.step))
        new = random.choice(free)
        if new.startswith(name + account.separator):
            return None
        account.subscribed.pop(new, None)

        def renamed(command):
            account.folder_step = self.world.step
            box.touch(self.world.step)
            if not command.ok:
                if command.response.code not in ("INUSE",):
                    raise Broken("RFC 3501 §6.3.5", f"RENAME {name} {new} refused: {command.response.raw!r}")
                return
            account.past[name] = (box.validity, box.uid_next - 1)
            del account.mailboxes[name]
            box.name, box.moved_at = new, self.world.step
            self.world.create(account, new, box)
            self.world.orphaned(box)
        return Command("RENAME", [f"RENAME {quote(name)} {quote(new)}"], renamed, lambda: box.touch(self.world.step))

    # Several at once (RFC 3501 §5.5): nothing with sequence numbers after what may tell expunges

    def pipeline(self, client):
        random = self.world.random
        made = []
        for _ in range(random.randrange(2, 5)):
            action = random.choice([a for a in (self.fetch, self.search, self.store) if a.__name__ not in self.world.missing])
            if action != self.search or not any(m and m.name == "SEARCH" for m in made):    # SEARCH responses carry no tag
                made.append(action(client, uid=False))
        if random.random() < 0.5:
            made.append(self.noop(client))
        made = [m for m in made if m]
        return made if len(made) > 1 else None


def answer_name(item):
    """The name under which FETCH answers an item."""
    name = item.replace(".PEEK", "")
    if "]<" in name:
        head, _, partial = name.partition("]<")
        name = f"{head}]<{partial.partition('.')[0]}>"
    return name.upper()


def sort_key(known, names):
    values = {"ARRIVAL": known.instant, "SIZE": len(known.content.octets), "DATE": known.content.sent, "FROM": known.content.sender.lower()}
    return [values[name.split()[-1]] for name in names]


def compare(left, right, names):
    for one, two, name in zip(left, right, names):
        if one != two:
            return (1 if one > two else -1) * (-1 if name.startswith("REVERSE") else 1)
    return 0


def fits(pattern, name, separator):
    import re
    expression = "".join(".*" if c == "*" else f"[^{re.escape(separator)}]*" if c == "%" else re.escape(c) for c in pattern)
    if name == "INBOX" and pattern.upper() == "INBOX":
        return True
    return re.fullmatch(expression, name) is not None


def forget(box, arrivals):
    gone = {id(a) for a in arrivals}
    box.arrivals = [a for a in box.arrivals if id(a) not in gone]


def need_ok(command, rule):
    if not command.ok:
        raise Broken(rule, f"{command.name} refused: {command.response.raw!r}")


def need(command, kind, rule):
    need_ok(command, rule)
    if not any(r.kind == kind for r in command.untagged):
        raise Broken(rule, f"{command.name} without {kind}")


def may_be_missing(command, box):
    """NO, because the mailbox was removed or renamed in this step or before."""
    if not box.deleted and not box.in_flux():
        raise Broken("RFC 3501 §6.3", f"{command.name} of {box.name}, which is there, refused: {command.response.raw!r}")


def may_fail(command, chosen):
    """NO for messages that another session expunged (RFC 2180 §4)."""
    if chosen.view.orphan or any(m.gone != "no" for m in chosen.known()) or any(e.uid is None for e in chosen.entries):
        return
    raise Broken("RFC 3501 §6.4", f"{command.name} refused: {command.response.raw!r}")


def check_status(box, items, step):
    """STATUS of a mailbox in which nothing is under way."""
    if "UIDVALIDITY" in items and not box.in_flux():
        box.see_validity(items["UIDVALIDITY"])
    stable = box.stable(step)
    if "UIDNEXT" in items and not box.in_flux():
        box.see_next(items["UIDNEXT"], stable)
    if "HIGHESTMODSEQ" in items and stable:
        if items["HIGHESTMODSEQ"] < box.highest:
            raise Broken("RFC 7162 §3.1.7", f"HIGHESTMODSEQ of {box.name} is {items['HIGHESTMODSEQ']}, was {box.highest}")
        box.highest = items["HIGHESTMODSEQ"]
    if not stable:
        return
    here = box.present()
    if items.get("MESSAGES", len(here)) != len(here):
        raise Broken("RFC 3501 §6.3.10", f"STATUS of {box.name}: MESSAGES {items['MESSAGES']}, there are {len(here)}: {ranges(m.uid for m in here)}")
    low = sum(m.value("\\Seen") == NO for m in here)
    high = sum(False in m.value("\\Seen") for m in here)
    if not low <= items.get("UNSEEN", low) <= high:
        raise Broken("RFC 3501 §6.3.10", f"STATUS of {box.name}: UNSEEN {items['UNSEEN']}, there are {low} to {high}")
    if "SIZE" in items and all(m.content and m.content.exact for m in here):
        size = sum(len(m.content.octets) for m in here)
        if items["SIZE"] != size:
            raise Broken("RFC 8438 §3", f"STATUS of {box.name}: SIZE {items['SIZE']}, the messages have {size}")
