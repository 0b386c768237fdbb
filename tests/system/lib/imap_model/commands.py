"""The commands that a session may send now, chosen at random: each action returns Commands (to be pipelined) or None.

An action announces to the truth what it may change when it is sent (`begin`) and settles it when its tagged response came (`finish`),
which also checks what the command had to answer. Only commands that are right are sent, so BAD is always a failure.
"""
from .finding import Finding
from .folders import Folders
from .messages import Messages
from .removing import Removing
from .selecting import Selecting
from .session import Command
from .support import need_ok


class Actions(Selecting, Folders, Messages, Removing, Finding):
    """See above."""

    def __init__(self, world):
        self.world = world

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
                     (2, self.changed_since), (2, self.saved), (1, self.folder), (1, self.subscribe), (1, self.information))
        table = [(weight, action) for weight, action in table if action.__name__ not in self.world.missing]
        for _ in range(20):
            action = random.choices([a for _, a in table], [w for w, _ in table])[0]
            made = action(client)
            if made:
                return made if isinstance(made, list) else [made]
        return [self.noop(client)]

    def noop(self, client):
        return Command("NOOP", ["NOOP"], lambda c: need_ok(c, "RFC 3501 §6.1.2"))

    def check(self, client):
        return Command("CHECK", ["CHECK"], lambda c: need_ok(c, "RFC 3501 §6.4.1"))

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
