"""What the random commands share: names and flags to choose from, sets of messages, and checks of an answer."""
import re

from .truth import NO, Broken

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
        self.vague = self.text == "*"
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
        """Known, in the client's view, and certainly still there; which one `*` is, the server alone knows."""
        if self.vague:
            return []
        here = {e.uid for e in self.entries}
        return [m for m in self.known() if m.gone == "no" and m.uid in here]


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
    expression = "".join(".*" if c == "*" else f"[^{re.escape(separator)}]*" if c == "%" else re.escape(c) for c in pattern)
    if name == "INBOX" and pattern.upper() == "INBOX":
        return True
    return re.fullmatch(expression, name) is not None


def forget(box, arrivals):
    gone = {id(a) for a in arrivals}
    box.arrivals = [a for a in box.arrivals if id(a) not in gone]


def need_ok(command, rule):
    """Whether the command succeeded; it may only fail in a mailbox that is being deleted or renamed."""
    if not command.ok and not (command.view and (command.view.orphan or command.view.mailbox.in_flux())):
        raise Broken(rule, f"{command.name} refused: {command.response.raw!r}")
    return command.ok


def need(command, kind, rule):
    """Whether it succeeded, and if so with the untagged response that it has to give."""
    if need_ok(command, rule) and not any(r.kind == kind for r in command.untagged):
        raise Broken(rule, f"{command.name} without {kind}")
    return command.ok


def may_be_missing(command, box):
    """NO, because the mailbox was removed or renamed in this step or before."""
    if not box.deleted and not box.in_flux():
        raise Broken("RFC 3501 §6.3", f"{command.name} of {box.name}, which is there, refused: {command.response.raw!r}")


def may_fail(command, chosen):
    """NO for messages that another session expunged (RFC 2180 §4), or in a mailbox that is being deleted or renamed."""
    if chosen.view.orphan or chosen.mailbox.in_flux() or any(m.gone != "no" for m in chosen.known()) or any(e.uid is None for e in chosen.entries):
        return
    raise Broken("RFC 3501 §6.4", f"{command.name} refused: {command.response.raw!r}")


def check_status(box, items, step):
    """STATUS of a mailbox in which nothing is under way."""
    if "UIDVALIDITY" in items and not box.in_flux():
        box.see_validity(items["UIDVALIDITY"])
    stable = box.stable(step)
    if "UIDNEXT" in items and not box.in_flux():
        box.see_next(items["UIDNEXT"], box.uid_next if stable else 0)
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
