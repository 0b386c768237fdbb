"""SELECT and EXAMINE, with the parameters of CONDSTORE and QRESYNC, and what leaves a mailbox."""
from .session import Command
from .support import FLAGS, may_be_missing, need_ok, quote, ranges
from .truth import NO, Broken, canonical


class Selecting:
    """Actions that open and close a mailbox."""

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
            if not need_ok(command, "RFC 3501 §6.4.2"):
                return
            if client.view is view:
                client.view = None
            if expunges:
                self.removed(box, None, command.step, view)
            box.touch(self.world.step)
        return Command(name, [name], finish, begin)
