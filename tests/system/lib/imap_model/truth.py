"""What is true of every account: the log of acknowledged operations, reduced to what each message may be at each step.

Operations of several sessions overlap within a step, so a fact may be uncertain: a flag has a set of values that it may have, a message
is here, perhaps gone or gone. An operation is announced before it is sent (begin) and settled when its tagged response came (finish);
one whose response never came lingers until the next quiet point, where the state of a fresh session decides (settle). An observation
that no order of the operations explains is a Broken rule.
"""
from dataclasses import dataclass, field

YES, NO, EITHER = frozenset({True}), frozenset({False}), frozenset({True, False})


class Broken(Exception):
    """A rule that the server broke: its RFC and section, and what was seen."""

    def __init__(self, rule, text):
        super().__init__(f"{rule}: {text}")
        self.rule, self.text = rule, text


def canonical(flag):
    """Flags compare without case (RFC 3501 §2.3.2)."""
    return flag if flag.startswith("\\") else flag.lower()


@dataclass(eq=False)
class Message:
    uid: int
    born: int                                           # step in which it came
    content: object = None                              # None: not yet identified
    instant: object = None                              # INTERNALDATE, None: not yet seen
    wild: bool = False                                  # nobody told its flags yet
    gone: str = "no"                                    # no, maybe, yes
    gone_at: int = 0
    history: dict = field(default_factory=dict)         # flag -> [(step, set of values)]
    writers: dict = field(default_factory=dict)         # flag -> [(step or None if it lingers, value)]
    latest: dict = field(default_factory=dict)          # flag -> step of the last operation
    modseq: int = 0                                     # highest seen
    told: dict = field(default_factory=dict)            # MODSEQ -> flags
    recent: set = field(default_factory=set)            # read-write selections that saw \Recent
    lost: bool = False                                  # its file was removed by an outside program
    seen: dict = field(default_factory=dict)            # what FETCH said of unknown content: item -> value
    origin: object = None                               # of a copy: the Message that it was made of

    def value(self, flag):
        rows = self.history.get(flag)
        return rows[-1][1] if rows else EITHER if self.wild else NO

    def allowed(self, flag, since):
        """Values that the flag may have had from step `since` on."""
        rows = self.history.get(flag)
        found = EITHER if self.wild else NO
        if rows:
            for step, values in rows:
                found = values if step < since else found | values
        return found

    def change(self, flag, values, step):
        if values == self.value(flag) and flag in self.history:
            return
        rows = self.history.setdefault(flag, [(-1, EITHER if self.wild else NO)])
        rows.append((step, values))
        if len(rows) > 60:
            del rows[1:20]

    def begin(self, flag, value, step, lingers=False):
        self.writers.setdefault(flag, []).append((None if lingers else step, value))
        self.latest[flag] = step
        self.change(flag, self.value(flag) | {value}, step)

    def finish(self, flag, value, step):
        others = {v for s, v in self.writers.get(flag, ()) if s is None or s == step}
        self.change(flag, frozenset(others | {value}), step)

    def flags(self):
        """Flags that are certainly set, or None if any is uncertain."""
        if self.wild:
            return None
        found = set()
        for flag, rows in self.history.items():
            if rows[-1][1] == YES:
                found.add(flag)
            elif rows[-1][1] == EITHER:
                return None
        return frozenset(found)


@dataclass(eq=False)
class Arrival:
    """A message that is on its way into a mailbox without a UID told; `sure` if it must come."""
    content: object
    flags: frozenset
    step: int
    sure: bool
    instant: object = None


class Mailbox:
    def __init__(self, account, name):
        self.account, self.name = account, name
        self.validity = 0
        self.uid_next = 1                               # told at least
        self.highest = 0                                # HIGHESTMODSEQ told at least
        self.messages = {}
        self.arrivals = []
        self.removers = []                              # (step or None, set of UIDs or None for all, whether without \Deleted too)
        self.removed = []                               # sets of UIDs of all removers since the last quiet point
        self.stores = []                                # (step or None, changes) that may reach messages not known yet
        self.touched = 0                                # step of the last operation
        self.lingering = False
        self.deleted = False
        self.moved_at = -1                              # step of the last RENAME
        self.object_id = ""

    def touch(self, step):
        self.touched = step

    def stable(self, step):
        """Whether what a fresh look shows is certain: nothing under way, and no question open."""
        return (self.touched < step and not self.arrivals and not self.lingering and not self.deleted
                and all(m.gone != "maybe" for m in self.messages.values()))

    def in_flux(self):
        """Whether the name may just now mean another mailbox, or none."""
        return self.deleted or self.lingering or self.account.world.step in (self.moved_at, self.account.folder_step)

    def present(self):
        return [m for _, m in sorted(self.messages.items()) if m.gone == "no"]

    # UIDs

    def see_validity(self, value):
        if self.validity and value != self.validity:
            raise Broken("RFC 3501 §2.3.1.1", f"UIDVALIDITY of {self.name} is {value}, was {self.validity}")
        if not self.validity:
            past = self.account.past.get(self.name)
            if past and past[0] == value and past[1]:
                raise Broken("RFC 3501 §6.3.3", f"{self.name} made again has UIDVALIDITY {value} as before, with UIDs up to {past[1]} used")
            self.validity = value

    def see_next(self, value, least):
        if value < least:
            raise Broken("RFC 3501 §2.3.1.1", f"UIDNEXT of {self.name} is {value}, and {least - 1} was used or promised before")
        self.uid_next = max(self.uid_next, value)

    def sight(self, uid, step):
        """The message of a UID that the server named."""
        made = self.messages.get(uid)
        if made is None:
            if not self.arrivals and self.touched < step and not self.lingering and not self.deleted:
                raise Broken("RFC 3501 §2.3.1.1", f"UID {uid} appears in {self.name} though nobody put a message there")
            if self.validity and uid < min(self.uid_next, self.floor):
                raise Broken("RFC 3501 §2.3.1.1", f"UID {uid} appears in {self.name} below UIDs told at the last quiet point ({self.floor})")
            made = self.messages[uid] = Message(uid, step, wild=True)
            self.reached(made)
            if any(uids is None or uid in uids for uids in self.removed):
                self.perhaps_gone(made, step)           # one that nobody could name may have had \\Deleted from the first
        self.uid_next = max(self.uid_next, uid + 1)
        return made

    blind = -1                                          # step of the last command that may have removed a message whose UID nobody knows
    floor = 1                                           # UIDNEXT at the last quiet point

    def bind(self, uid, arrival, step, origin=None):
        """APPENDUID or COPYUID told the UID of a message put here."""
        made, fresh = self.messages.get(uid), False
        if made is None:
            if uid < self.floor:
                raise Broken("RFC 4315 §3", f"UID {uid} given in {self.name}, where UIDNEXT was {self.floor}")
            made = self.messages[uid] = Message(uid, step)
            fresh = True
        elif made.content is not None and made.content is not arrival.content:
            raise Broken("RFC 4315 §3", f"UID {uid} of {self.name} named for two messages: {made.content.token} and {arrival.content.token}")
        made.content, made.instant, made.origin = arrival.content, made.instant or arrival.instant, origin
        self.uid_next = max(self.uid_next, uid + 1)
        if made.wild:
            made.wild = False
            written = {f for f, rows in made.writers.items() if rows}
            for flag in set(made.history) - written:
                del made.history[flag]
            for flag in written:
                made.history[flag][0] = (-1, EITHER)
        else:
            written = set()
        for flag, values in arrival.flags.items():
            if flag not in written:
                made.history[flag] = [(-1, values)]
        if fresh:
            self.reached(made)
        if self.removing(made):
            self.perhaps_gone(made, step)
        return made

    def begin_open_store(self, changes, step):
        """A STORE with `*`: it may reach messages that come just now."""
        self.stores.append((step, changes))
        if changes.get("\\Deleted"):
            self.blind = step

    def reached(self, message):
        """A message that was not known when commands with `*` were sent: they may have changed it."""
        for step, changes in self.stores:
            for flag, value in changes.items():
                message.begin(flag, value, self.account.world.step, step is None)

    # Removal

    def removing(self, message):
        deleted = True in message.value("\\Deleted")
        return any((uids is None or message.uid in uids) and (deleted or every) for _, uids, every in self.removers)

    def perhaps_gone(self, message, step):
        if message.gone == "no":
            message.gone, message.gone_at = "maybe", step

    def begin_removal(self, uids, step, any_flags=False):
        """An EXPUNGE (of UIDs, or of all), or a MOVE (any_flags)."""
        self.touch(step)
        self.removers.append((step, uids, any_flags))
        self.removed.append(uids)
        if any_flags and uids is None:
            self.blind = step
        for message in self.messages.values():
            if (uids is None or message.uid in uids) and (any_flags or True in message.value("\\Deleted")):
                self.perhaps_gone(message, step)

    def told_gone(self, uid, step):
        message = self.messages.get(uid)
        if message is None:
            return
        if message.gone == "no" and not self.deleted:
            raise Broken("RFC 3501 §7.4.1", f"UID {uid} of {self.name} is told expunged, and nobody removed it")
        if message.gone != "yes":
            message.gone, message.gone_at = "yes", step

    # Flags

    def begin_store(self, message, changes, step):
        self.touch(step)
        for flag, value in changes.items():
            message.begin(flag, value, step)
        if changes.get("\\Deleted") and self.removing(message):
            self.perhaps_gone(message, step)

    def end_step(self, step):
        self.removers = [row for row in self.removers if row[0] is None]
        self.stores = [row for row in self.stores if row[0] is None]
        for message in self.messages.values():
            if message.writers:
                message.writers = {f: [(s, v) for s, v in rows if s is None] for f, rows in message.writers.items()}

    def linger(self, step):
        """An operation of this step has no answer: until the next quiet point all of the step's may still happen."""
        self.lingering = True
        self.removers = [(None, *row[1:]) for row in self.removers]
        self.stores = [(None, changes) for _, changes in self.stores]
        for message in self.messages.values():
            message.writers = {f: [(None if s == step else s, v) for s, v in rows] for f, rows in message.writers.items()}

    def settled(self):
        self.lingering, self.removers, self.removed, self.stores, self.arrivals = False, [], [], [], []
        self.floor = self.uid_next
        for uid in [u for u, m in self.messages.items() if m.gone == "yes"]:
            self.messages[uid].writers.clear()


class Account:
    separator = "/"                                     # as LIST tells it

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.mailboxes = {"INBOX": Mailbox(self, "INBOX")}
        self.past = {}                                  # name -> (UIDVALIDITY, highest UID) of the deleted one
        self.folder_step = -1                           # of the last CREATE, DELETE, RENAME
        self.subscribed = {}                            # name -> True, False; None: uncertain
        self.writing = {}                               # name -> [(step, value)] of SUBSCRIBE and UNSUBSCRIBE

    def bury(self, name):
        box = self.mailboxes.pop(name)
        box.deleted = True
        self.past[name] = (box.validity, box.uid_next - 1)
