"""Commands about mailboxes that are not selected: STATUS, LIST and LSUB, SUBSCRIBE, CREATE, DELETE, RENAME."""
from .session import Command
from .support import FOLDERS, check_status, fits, may_be_missing, need, need_ok, quote
from .truth import Broken


class Folders:
    """Actions on mailboxes by name."""

    def path(self, client, name):
        return name.replace("/", client.account.separator)

    def some_mailbox(self, client):
        return self.world.random.choice([*client.account.mailboxes.values(), client.account.mailboxes["INBOX"]])

    def information(self, client):
        random = self.world.random
        name = random.choice([n for n in ("NAMESPACE", "ID", "QUOTA") if client.can(n)] or ["CAPABILITY"])
        if name == "QUOTA":
            return Command("GETQUOTAROOT", ["GETQUOTAROOT INBOX"], lambda c: need(c, "QUOTAROOT", "RFC 9208 §4.1.2"))
        text = {"ID": random.choice(("ID NIL", 'ID ("name" "model" "version" NIL)'))}.get(name, name)
        return Command(name, [text], lambda c: need(c, name, "RFC 2342, 2971, 3501 §6.1.1"))

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
        kinds = ["LIST", "LIST"] + ([] if "lsub" in self.world.missing else ["LSUB"])
        kind = random.choice([*kinds, *(["subscribed", "children"] if extended else []), *(["status"] if client.can("LIST-STATUS") else [])])
        separator = account.separator
        pattern = random.choice(("*", "*", "%", f"Work{separator}%", "Tmp*", "INBOX", "inbox"))
        texts = {"LSUB": f'LSUB "" {quote(pattern)}', "subscribed": f'LIST (SUBSCRIBED) "" {quote(pattern)} RETURN (CHILDREN)',
                 "children": f'LIST "" ({quote(pattern)}) RETURN (CHILDREN SUBSCRIBED)',
                 "status": f'LIST "" {quote(pattern)} RETURN (STATUS (MESSAGES UIDNEXT))'}

        def finish(command):
            if not need_ok(command, "RFC 3501 §6.3.8"):
                return
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
                    beside = any(step == command.step for step, _ in account.writing.get(name, ()))
                    if value is not None and not beside and (name in told) != value:
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
                if client.view and client.view.mailbox is box:      # who removes what it has selected leaves it
                    client.view = None
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
