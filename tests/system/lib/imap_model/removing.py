"""EXPUNGE, COPY and MOVE."""
from .session import Command
from .support import Chosen, forget, may_be_missing, need_ok, quote, ranges
from .truth import EITHER, YES, Arrival, Broken


LARGEST = 3000   # messages; copies would double a mailbox again and again


class Removing:
    """Actions that remove, copy and move messages."""

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
            if not need_ok(command, "RFC 3501 §6.4.3"):
                return
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
        if verb == "COPY" and len(chosen.entries) + sum(known.gone == "no" for known in target.messages.values()) > LARGEST:
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
