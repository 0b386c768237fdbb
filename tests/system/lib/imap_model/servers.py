"""Where the stress runs: a private instance of the suite, a private Dovecot (to try the model itself), or a server by its port base."""
import os
from dataclasses import dataclass

import harness
from private_dovecot import PrivateDovecot

# Where Dovecot 2.3.19 breaks a rule, seen by this model, with the text read again:
#   unchanged STORE   RFC 3501 §6.4.6 ("the new value of the flags is returned as if a FETCH of those flags was done") and RFC 7162 §3.1.3
#                     (FETCH with MODSEQ MUST be sent): nothing is sent of a message whose flags are already as wanted
#   bodies of expunged  allowed by RFC 2180 §4.1: NIL and 0 for a message that another session expunged
#   THREAD space      RFC 5256 §5: a space where no thread follows
#   MODSEQ of seen    RFC 7162 §3.1.1: FETCH (MODSEQ BODY[]) tells the MODSEQ from before beside the flags from after \\Seen is set
#   text in UTF-8     RFC 3501 §9: names of mailboxes in human-readable text are not US-ASCII
#   NOT of a list     RFC 3501 §6.4.4: NOT ((DRAFT (ANSWERED DELETED))) finds nothing where no message has the three flags
#   first enabling    RFC 7162 §3.1: STATUS (HIGHESTMODSEQ) enables and does not make it tell HIGHESTMODSEQ of the selected mailbox
#   MOVE into itself  beside other sessions it loses messages ("Duplicate file entry" in its log)
FORGIVEN = frozenset({"unchanged STORE", "bodies of expunged", "THREAD space", "MODSEQ of seen", "MOVE into itself", "first enabling",
                      "text in UTF-8", "NOT of a list"})


@dataclass
class Settings:
    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    password: str = harness.PASSWORD
    accounts: tuple = ("alice@example.com", "bob@example.com")
    lmtp: int = 0                                       # ports; 0: not there
    smtp: int = 0
    pop3: int = 0
    pop3_tls: bool = False
    maildir: str = ""                                   # pattern with {user} or {local}; "": cannot be seen
    meddles: bool = False                               # whether an outside program touches the Maildir
    patience: float = 30
    delivery_seconds: float = 20
    view_seconds: float = 0
    without: frozenset = frozenset()                    # capabilities not to use
    added: frozenset = frozenset()                      # capabilities to use though they are not announced
    unfetched: frozenset = frozenset()                  # items of FETCH not to ask for
    forgiven: frozenset = frozenset()                   # rules that this server is known to break
    absent: frozenset = frozenset()                     # actions for which the server has no command
    extra: frozenset = frozenset()                      # mailboxes that the server may make by itself
    box: object = None                                  # the Instance, if workers are to be killed


def running(base, **more):
    """A running instance of the suite with accounts alice and bob at example.com."""
    return Settings(port=base + 993, tls=True, lmtp=base + 24, smtp=base + 25, pop3=base + 995, pop3_tls=True, **more)


def private(instance, **more):
    return running(instance.base, maildir=os.path.join(instance.root, "store/example.com/{local}/Maildir"), **more)


class Dovecot:
    """A private one, as a server to try the model on."""

    def __enter__(self):
        self.server = PrivateDovecot()
        return Settings(port=self.server.imap, lmtp=self.server.lmtp, pop3=self.server.pop3,
                        maildir=os.path.join(self.server.root, "mail/{local}/Maildir"), forgiven=FORGIVEN)

    def __exit__(self, *fault):
        self.server.stop()
