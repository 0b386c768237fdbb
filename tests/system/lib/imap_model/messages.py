"""APPEND, STORE and FETCH, each with its extensions."""
import datetime

from .session import Command
from .support import FLAGS, KEYWORDS, SEEING, WHOLE, Chosen, answer_name, forget, may_be_missing, may_fail, need_ok, quote
from .truth import YES, Arrival, Broken, canonical


class Messages:
    """Actions that make, change and read messages."""

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
            if response.kind == "FETCH":
                told.setdefault(response.number if not chosen.uid else response.data.get("UID"), {}).update(response.data)
        lax = "unchanged STORE" in client.world.settings.forgiven
        for entry, number in zip(chosen.entries, chosen.numbers):
            if entry.uid in refused:
                continue
            data = told.get(entry.uid if chosen.uid else number, {})
            if chosen.vague and "FLAGS" not in data:
                entry.flags = None
            self.believe(client, entry, data, silent, how, flags)
            known = chosen.mailbox.messages.get(entry.uid)
            if known is None or known.gone != "no" or known.wild or view.orphan or chosen.vague or (lax and "FLAGS" not in data):
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

    def fetch(self, client, uid=None):
        random, world, view = self.world.random, self.world, client.view
        uid = random.random() < 0.5 if uid is None else uid
        seeing = random.random() < 0.15
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
            if chosen.view.orphan or chosen.vague or (known and known.gone != "no") or (known is None and chosen.mailbox.touched >= client.world.step - 1):
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
            if not need_ok(command, "RFC 7162 §3.1.4.1"):
                return
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
