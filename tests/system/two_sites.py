#!/usr/bin/env python3
"""Two sites of ours, each in a network of its own with its own name server, and nothing but the DNS to find each other: mail exchangers of
all kinds, IPv4 and IPv6, mail and reports both ways, loops, and a DNS that is away, slow, lame or knows no such name."""
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Skipped, check, message, token, wait
from letters import fields_of, letters
from two_networks import ROOT_SERVERS, Site, TwoNetworks

ROOT = "@ NS root.\n" + "".join(f"root. A {address}\n" for address in ROOT_SERVERS) + """\
a.test. NS ns.a.test.
ns.a.test. A 192.0.2.1
b.test. NS ns.b.test.
ns.b.test. A 192.0.2.2
lame.test. NS ns.b.test.
"""
ZONE_A = """\
@ NS ns
ns A 192.0.2.1
@ MX 10 mx
mx A 192.0.2.1
mx AAAA 2001:db8::1
"""
ZONE_B = """\
@ NS ns
ns A 192.0.2.2
@ MX 10 mx
mx A 192.0.2.2
mx AAAA 2001:db8::2
dead A 192.0.2.3
dead AAAA 2001:db8::3
four A 192.0.2.2
six AAAA 2001:db8::2
second MX 10 dead
second MX 20 mx
third MX 5 nowhere
third MX 7 dead
third MX 9 four
ordered MX 20 six
ordered MX 10 four
ordered MX 30 mx
implicit A 192.0.2.2
implicit6 AAAA 2001:db8::2
null MX 0 .
alias CNAME @
to-alias MX 10 mx-alias
mx-alias CNAME mx
four-only MX 10 four
six-only MX 10 six
both-dead MX 10 dead
to-nothing MX 10 nowhere
nothing TXT "no address, no mail host"
to-a MX 10 mx.a.test.
to-loopback MX 10 loopback
loopback A 127.0.0.1
"""
# B's domains, and to which host their mail must go.
TAKEN = {
    "b.test": "mx.b.test [2001:db8::2]", "second.b.test": "mx.b.test [2001:db8::2]", "third.b.test": "four.b.test [192.0.2.2]",
    "ordered.b.test": "four.b.test [192.0.2.2]", "implicit.b.test": "implicit.b.test [192.0.2.2]",
    "implicit6.b.test": "implicit6.b.test [2001:db8::2]", "alias.b.test": "mx.b.test [2001:db8::2]",
    "to-alias.b.test": "mx-alias.b.test [2001:db8::2]", "four-only.b.test": "four.b.test [192.0.2.2]",
    "six-only.b.test": "six.b.test [2001:db8::2]",
}


def send(site, *to, sender=None, subject=None):
    sender, subject = sender or f"alice@{site.home}", subject or token()
    with site.submission(sender) as client:
        client.send_message(message(subject, sender, ", ".join(to)), sender, list(to))
    return subject


def arrives(site, subject, account, times=1):
    wait(f"{subject} in {account}", lambda: letters(site, subject, account), 30)
    check(len(letters(site, subject, account)) == times, f"{account} has it {len(letters(site, subject, account))} times")


def settled(*sites):
    for site in sites or (A, B):
        wait(f"the queue of {site.home} empty", lambda s=site: not s.json("queue", "list"), 30)


def report(site, subject, account=None):
    """The fields of the one report on that message, which has one recipient."""
    found = wait(f"a report on {subject}", lambda: letters(site, subject, account or f"alice@{site.home}"), 30)
    check(len(found) == 1, f"{len(found)} messages tell of it")
    ((who, fields),) = fields_of(found[0]).items()
    return who, fields


def waiting(site, subject_or_recipient, seconds=40):
    """What the queue shows of its only recipient once a try was in vain."""
    def tried():
        return [row for row in site.json("queue", "list") for one in row["recipients"]
                if one["address"] == subject_or_recipient and one["attempts"] > 0]
    (row,) = wait(f"{subject_or_recipient} to wait", tried, seconds)
    (recipient,) = row["recipients"]
    check(row["queue"] == "retry" and recipient["state"] == "waiting" and recipient["next_attempt"], f"{row}")
    return recipient["last_reply"]


def goes_out(to, subject):
    def there():
        A.ctl("queue", "run")
        return letters(B, subject, "bob@b.test")
    wait(f"mail to {to} to go out", there, 60)
    check(len(letters(B, subject, "bob@b.test")) == 1, "twice")
    settled()


def every_kind_of_exchanger(_):
    subjects = {domain: send(A, f"bob@{domain}") for domain in TAKEN}
    for domain, subject in subjects.items():
        arrives(B, subject, "bob@b.test")
    settled()
    for domain, host in TAKEN.items():
        (line,) = [line for line in A.logged(f"recipient=bob@{domain} ") if " relayed " in line]
        check(f'host="{host}"' in line, f"{domain}: not to {host}: {line}")


def both_ways_at_once(_):
    there = [send(A, "bob@b.test", "alice@b.test") for _ in range(10)]
    back = [send(B, "bob@a.test", "alice@a.test") for _ in range(10)]
    for site, subjects in ((B, there), (A, back)):
        for account in ("bob", "alice"):
            site.await_subjects(subjects, f"{account}@{site.home}", 40)
    settled()


def reports_both_ways(_):
    """RCPT is refused there, and our report goes to a mailbox here; and, by an alias there that leads back, one comes from there."""
    for here, there in ((A, B), (B, A)):
        who, fields = report(here, send(here, f"nobody@{there.home}"))
        check(who == f"nobody@{there.home}" and fields["Status"] == "5.1.1" and fields["Action"] == "failed", fields.as_string())
        check(f"mx.{there.home}" in fields["Remote-MTA"], fields.as_string())
        there.ctl("alias", "add", f"back@{there.home}", f"nobody@{here.home}")
        subject = send(here, f"back@{there.home}")
        who, fields = report(here, subject)
        check(who == f"nobody@{here.home}" and fields["Status"] == "5.1.1", fields.as_string())
    settled()


# What cannot be sent to, by the DNS alone: status and words of the report.
NOWHERE = {
    "null.b.test": ("5.1.10", "null MX"), "no-such.b.test": ("5.1.2", "no such domain"), "no-such.test": ("5.1.2", "no such domain"),
    "to-nothing.b.test": ("5.4.4", "address"), "nothing.b.test": ("5.4.4", "address"), "to-a.b.test": ("5.4.6", "loops back"),
    "to-loopback.b.test": ("5.4.6", "loops back"),
}


def nowhere(_):
    subjects = {domain: send(A, f"bob@{domain}") for domain in NOWHERE}
    for domain, (status, words) in NOWHERE.items():
        who, fields = report(A, subjects[domain])
        check(who == f"bob@{domain}" and fields["Action"] == "failed", fields.as_string())
        check(fields["Status"] == status and words in fields.get("Diagnostic-Code", ""), f"{domain}: {fields.as_string()}")
    settled()


def all_exchangers_dead(_):
    send(A, "bob@both-dead.b.test")
    reply = waiting(A, "bob@both-dead.b.test")
    check("dead.b.test" in reply and "refused" in reply, f"the reason: {reply}")
    A.ctl("queue", "remove", "--to", "bob@both-dead.b.test", "--yes")


def loop_ends(_):
    """An alias here leads there, and one there leads back: the hop limit ends it, and the sender has one report."""
    A.ctl("alias", "add", "round@a.test", "round@b.test")
    B.ctl("alias", "add", "round@b.test", "round@a.test")
    subject = send(A, "round@a.test")
    _, fields = report(A, subject)
    check(fields["Status"] == "5.4.6" and "hops" in fields["Diagnostic-Code"], fields.as_string())
    settled()
    check(len(letters(A, subject, "alice@a.test")) == 1, "more than one report")


def name_server_down(_):
    stopped = NETWORKS.stop("b")
    subject = send(A, "bob@away.b.test")
    reply = waiting(A, "bob@away.b.test")
    check("cannot be looked up now" in reply and "away.b.test" in reply, f"the reason: {reply}")
    NETWORKS.serve(*stopped)
    goes_out("bob@away.b.test", subject)


def name_server_silent(_):
    """It takes the questions and answers none: nothing else is held up, and the mail goes out when it has come to its senses."""
    NETWORKS.signal("b", signal.SIGSTOP)
    try:
        subject = send(A, "bob@silent.b.test")
        reply = waiting(A, "bob@silent.b.test")
        check("cannot be looked up now" in reply, f"the reason: {reply}")
        local = send(A, "bob@a.test")
        arrives(A, local, "bob@a.test")
    finally:
        NETWORKS.signal("b", signal.SIGCONT)
    goes_out("bob@silent.b.test", subject)


def name_server_slow(_):
    """It answers after a while: that is waited for."""
    NETWORKS.signal("b", signal.SIGSTOP)
    try:
        subject = send(A, "bob@slow.b.test")
        time.sleep(2)
    finally:
        NETWORKS.signal("b", signal.SIGCONT)
    goes_out("bob@slow.b.test", subject)


def lame_delegation(_):
    """The server that the root names knows nothing of the domain: that is nobody's word that there is none."""
    send(A, "bob@lame.test")
    reply = waiting(A, "bob@lame.test")
    check("cannot be looked up now" in reply, f"the reason: {reply}")
    A.ctl("queue", "remove", "--to", "bob@lame.test", "--yes")
    settled()


try:
    NETWORKS = TwoNetworks()
except Skipped as why:
    print(f"SKIP: two_sites all: {why}")
    sys.exit(77)
MORE = ("away.b.test", "silent.b.test", "slow.b.test")
NETWORKS.zone(".", ROOT)
NETWORKS.zone("a.test", ZONE_A)
NETWORKS.zone("b.test", ZONE_B + "".join(f"{name.split('.')[0]} MX 10 mx\n" for name in MORE))
NETWORKS.serve("root", "a", ROOT_SERVERS, ["."])
NETWORKS.serve("a", "a", ["192.0.2.1"], ["a.test"])
NETWORKS.serve("b", "b", ["192.0.2.2"], ["b.test"])
A, B = Site(NETWORKS, "a", "mx.a.test"), Site(NETWORKS, "b", "mx.b.test")
for place, home in ((A, "a.test"), (B, "b.test")):
    place.home = home
    for key, value in {"remote.rest": "1s", "remote.connect_timeout": "5s", "queue.retry": '["2s", "5m"]', "dns.timeout": "4s",
                       "smtp.max_hops": "12"}.items():
        place.ctl("config", "set", key, value)
    place.start().domain(home)
for one in (*TAKEN, *MORE):
    if one != B.home:
        B.ctl("domain", "alias", "add", B.home, one)
harness.run(A, every_kind_of_exchanger, both_ways_at_once, reports_both_ways, nowhere, all_exchangers_dead, loop_ends, name_server_down,
            name_server_silent, name_server_slow, lame_delegation)
