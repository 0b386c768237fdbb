"""SEARCH, SORT and THREAD: what is found is compared with what must be and may be."""
from . import search
from .session import Command
from .support import KEYWORDS, compare, need, need_ok, ranges, sort_key
from .truth import Broken


class Finding:
    """Actions that look for messages."""

    def search(self, client, uid=None):
        random, view = self.world.random, client.view
        uid = random.random() < 0.5 if uid is None else uid
        text, test = search.key(random, view, KEYWORDS)
        returns = random.choice((None, "", "ALL", "MIN MAX COUNT", "COUNT", "MIN")) if client.can("ESEARCH") else None
        charset = random.choice(("", "", "CHARSET UTF-8 ", "CHARSET US-ASCII "))
        verb = "UID SEARCH" if uid else "SEARCH"

        def finish(command):
            if not need_ok(command, "RFC 3501 §6.4.4"):
                return
            kind = "SEARCH" if returns is None else "ESEARCH"
            answers = [r for r in command.untagged if r.kind in ("SEARCH", "ESEARCH")]
            if returns is None and not answers:
                raise Broken("RFC 3501 §7.2.5", "no SEARCH response")
            if any(r.kind != kind for r in answers) or (returns is not None and len(answers) != 1):
                raise Broken("RFC 4731 §3.1", f"{[r.kind for r in answers]} instead of one {kind}")
            self.compare_search(client, view, test, uid, returns, answers, text, command)
        pieces = f"{verb} {f'RETURN ({returns}) ' if returns is not None else ''}{charset}{text}"
        return Command(verb, [pieces], finish)

    def compare_search(self, client, view, test, uid, returns, answers, text, command):
        if view.orphan or client.view is not view or ("NOT (" in text and "NOT of a list" in self.world.settings.forgiven):
            return
        must, may = self.bounds(view, test, uid, command.exists)
        if must is None:
            return
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

    def bounds(self, view, test, uid, exists):
        """Numbers or UIDs that must be found, and that may be; None where the client does not know a UID."""
        must, may = set(), set()
        for number, entry in enumerate(view.entries, 1):
            known = view.mailbox.messages.get(entry.uid)
            if (known and known.gone != "no") or number > exists:
                found = None
            else:
                found = test(known, entry, number, view)
            name = entry.uid if uid else number
            if name is None:
                return None, None
            if found is True:
                must.add(name)
            if found is not False:
                may.add(name)
        return must, may

    def saved(self, client):
        """RFC 5182: a result is saved, and `$` names it in the next command."""
        random, view = self.world.random, client.view
        if not client.can("SEARCHRES") or not view.uids():
            return None
        text, test = search.key(random, view, KEYWORDS)
        bounds = []

        def found(command):
            if not need_ok(command, "RFC 5182 §2.1"):
                return
            if any(r.kind in ("SEARCH", "ESEARCH") for r in command.untagged):
                raise Broken("RFC 5182 §2.1", "a result is told though SAVE alone was asked for")
            bounds.extend(self.bounds(view, test, False, command.exists))

        def fetched(command):
            if not need_ok(command, "RFC 5182 §2"):
                return
            told = {r.number for r in command.untagged if r.kind == "FETCH" and "RFC822.SIZE" in r.data}
            must, may = bounds
            lax = view.orphan or ("NOT (" in text and "NOT of a list" in self.world.settings.forgiven)
            if not lax and (not must <= told or not told <= may):
                raise Broken("RFC 5182 §2", f"$ saved by {text!r} names {ranges(told)}, must {ranges(must)}, may {ranges(may)}")
        return [Command("SEARCH", [f"SEARCH RETURN (SAVE) {text}"], found), Command("FETCH", ["FETCH $ (RFC822.SIZE)"], fetched)]

    def sort(self, client):
        random, view = self.world.random, client.view
        if not client.can("SORT") or not view.entries:
            return None
        uid = random.random() < 0.5
        names = random.choice((["ARRIVAL"], ["SIZE"], ["DATE"], ["REVERSE SIZE"], ["FROM", "REVERSE DATE"], ["REVERSE ARRIVAL", "SIZE"]))
        verb = "UID SORT" if uid else "SORT"
        text, test = search.key(random, view, KEYWORDS)

        def finish(command):
            if not need(command, "SORT", "RFC 5256 §3"):
                return
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
            if not need(command, "THREAD", "RFC 5256 §3"):
                return
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
