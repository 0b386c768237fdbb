#!/usr/bin/env python3
"""Postfix in front of mdfilterd, by the milter protocol; what Postfix takes comes back to mdmail by LMTP."""
import atexit
import os
import signal
import smtplib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Failed, Skipped, check, message, programs, token, wait
from private_postfix import PrivatePostfix

MAIN_CF = """\
myhostname = mx.postfix.test
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.0/8
virtual_mailbox_domains = example.com
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
milter_default_action = tempfail
"""
# One door for each way in which a milter is reached.
MASTER_CF = """\
127.0.0.1:{by_unix} inet n - n - - smtpd -o smtpd_milters=unix:{folder}/filter.sock
127.0.0.1:{by_inet} inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:{milter}
127.0.0.1:{by_verdicts} inet n - n - - smtpd -o smtpd_milters=unix:{folder}/verdicts.sock
"""
DOORS = ("by_unix", "by_inet")


class Postfix(PrivatePostfix):
    def __init__(self, box):
        super().__init__((*DOORS, "by_verdicts", "milter"))
        box.ctl("config", "set", "filter.listen", f'["unix:{self.folder}/filter.sock", "inet:127.0.0.1:{self.ports["milter"]}"]')
        box.ctl("reload")
        self.start(MAIN_CF, MASTER_CF, lmtp=box.port(24))

    def client(self, door="by_unix", address=None):
        """A session; with an address Postfix takes the client for that one (XCLIENT)."""
        client = smtplib.SMTP("127.0.0.1", self.ports[door], local_hostname="client.test", timeout=60)
        client.ehlo()
        if address:
            code, text = client.docmd("XCLIENT", f"ADDR={address} NAME=[UNAVAILABLE]")
            check(code == 220, f"XCLIENT is answered {code} {text}")
            client.ehlo()
        return client


RUNNING = []


def postfix(box):
    """The one that serves all cases; whoever asks first starts it, or is skipped like all others."""
    if not RUNNING:
        try:
            RUNNING.append(Postfix(box))
        except (Skipped, Failed) as why:
            RUNNING.append(why)
    if isinstance(RUNNING[0], Exception):
        raise RUNNING[0]
    return RUNNING[0]


def rcpt(client, sender="someone@elsewhere.test", recipient="bob@example.com"):
    client.rset()
    code, text = client.mail(sender)
    if code == 250:
        code, text = client.rcpt(recipient)
    return code, text.decode()


def deliver(box, client, sender="someone@elsewhere.test", text="a line\n.a dot\n"):
    subject = token()
    client.send_message(message(subject, sender, text=text), sender, ["bob@example.com"])
    return subject


def taken_by_both_doors(box):
    for door in DOORS:
        with postfix(box).client(door) as client:
            subjects = [deliver(box, client) for _ in range(3)]
        box.await_subjects(subjects, seconds=40)
    check(len(box.logged("filter-judged")) >= 6, "the filter judged nothing")


def black_sender(box):
    front = postfix(box)
    box.ctl("blacklist", "add", "sender", "*@spam.test")
    for door in DOORS:
        with front.client(door) as client:
            code, text = rcpt(client, "x@spam.test")
            check(code == 550 and text.startswith("5.7.1") and "*@spam.test is on the black list" in text, f"{code} {text}")
            check(rcpt(client)[0] == 250, "after it another sender of the same session is refused")
    box.ctl("whitelist", "add", "sender", "friend@spam.test")
    with front.client() as client:
        subject = deliver(box, client, "friend@spam.test")
    box.await_subjects([subject], seconds=40)
    box.ctl("whitelist", "remove", "sender", "friend@spam.test")
    box.ctl("blacklist", "remove", "sender", "*@spam.test")


def black_address(box):
    front = postfix(box)
    box.ctl("blacklist", "add", "ip", "192.0.2.0/24")
    box.ctl("blacklist", "add", "ip", "2001:db8::/32")
    for address, code in (("192.0.2.7", 550), ("198.51.100.7", 250), ("IPV6:2001:db8::7", 550), ("IPV6:2001:db9::7", 250)):
        with front.client(address=address) as client:
            answer = rcpt(client)
            check(answer[0] == code, f"{address} is answered {answer}")
    box.ctl("blacklist", "remove", "ip", "192.0.2.0/24")
    box.ctl("blacklist", "remove", "ip", "2001:db8::/32")


def many_recipients_one_refused_sender(box):
    """Pipelined: each RCPT has its own answer, and none of a black sender is taken."""
    front = postfix(box)
    box.ctl("blacklist", "add", "sender", "x@spam.test")
    with front.client() as client:
        lines = "MAIL FROM:<x@spam.test>\r\n" + "".join(f"RCPT TO:<u{n}@example.com>\r\n" for n in range(15)) + "RSET\r\n"
        client.send(lines)
        codes = [client.getreply()[0] for _ in range(17)]
        check(codes == [250] + [550] * 15 + [250], f"answers are {codes}")
    box.ctl("blacklist", "remove", "sender", "x@spam.test")


def large_message(box):
    with postfix(box).client("by_inet") as client:
        subject = deliver(box, client, text="a line of a large message\n" * 200_000)
    box.await_subjects([subject], seconds=60)


def session_over_a_reload(box):
    """The judge that Postfix speaks to goes on after a reload; a broken one costs one 4yz and no more."""
    front = postfix(box)
    with front.client() as client:
        check(rcpt(client)[0] == 250, "refused before the reload")
        box.ctl("reload")
        client.rset()
        subject = deliver(box, client)
    box.await_subjects([subject], seconds=40)


def verdict_filter(box):
    """The door behind which mdfilterd's session does what the recipients' names say."""
    front = postfix(box)
    program, place = os.path.join(programs(), "tests/system/verdict_filter"), front.folder + "/verdicts.sock"
    if not os.path.exists(program):
        raise Skipped("verdict_filter is not built")
    if not os.path.exists(place):
        running = subprocess.Popen([program, place])
        atexit.register(running.kill)
        wait("the filter listens", lambda: os.path.exists(place))
    return front


def send_to(box, *recipients):
    """Subject, code and text of the last reply."""
    subject = token()
    with verdict_filter(box).client("by_verdicts") as client:
        client.mail("someone@elsewhere.test")
        for recipient in recipients:
            check(client.rcpt(recipient)[0] == 250, f"{recipient} is refused")
        code, text = client.data(message(subject).as_string())
    return subject, code, text.decode()


def header_of(box, subject, account):
    box.await_subjects([subject], account, 40)
    client = box.imap(account)
    try:
        rows = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER])")[1]
        return next(row[1].decode() for row in rows if isinstance(row, tuple) and subject in row[1].decode())
    finally:
        client.logout()


def verdicts_for_all(box):
    for word, code, status in (("refuse", 550, "5.7.1 named so"), ("temp-fail", 451, "4.7.1 named so"), ("discard", 250, "")):
        subject, got, text = send_to(box, f"bob+{word}@example.com")
        check(got == code and text.startswith(status), f"{word}: {got} {text}")
        check(subject not in box.subjects(), f"{word}, and it is in the mailbox")


def verdict_for_one_of_two(box):
    subject, code, _ = send_to(box, "alice@example.com", "bob+discard@example.com")
    check(code == 250, f"answered {code}")
    header = header_of(box, subject, "alice@example.com")
    check("X-Mdmail-Verdict" not in header, "a message that nobody tags is tagged")
    check(subject not in box.subjects(), "the recipient that discards has it")
    subject, _, _ = send_to(box, "alice+tag@example.com")
    header = header_of(box, subject, "alice@example.com")
    check("X-Mdmail-Verdict: tag\r\n" in header and "X-Mdmail-Score: 1.25\r\n" in header, f"not tagged: {header}")


def verdict_that_holds(box):
    """One recipient quarantines or refuses: Postfix holds the message for a person to look at."""
    front = verdict_filter(box)
    for number, word in enumerate(("quarantine", "refuse"), 1):
        subject, code, _ = send_to(box, "alice@example.com", f"bob+{word}@example.com")
        check(code == 250, f"{word}: answered {code}")
        held = front.folder + "/spool/hold"
        wait(f"{word}: Postfix holds it", lambda n=number: sum(len(names) for _, _, names in os.walk(held)) == n)
        check(subject not in box.subjects("alice@example.com"), f"{word}: held, and delivered")


def filter_away(box):
    """Without the filter Postfix tells strangers to come again, and serves them when it is back."""
    front = postfix(box)
    os.kill(box.parent("mdfilterd"), signal.SIGTERM)
    wait("mdfilterd ends", lambda: not box.processes("mdfilterd"))
    with front.client() as client:
        code, text = rcpt(client)
        check(400 <= code < 500, f"without a filter: {code} {text}")
    box.ctl("start")

    def served():
        with front.client() as client:
            return rcpt(client)[0] == 250
    wait("served again", served, 30)


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, taken_by_both_doors, black_sender, black_address, many_recipients_one_refused_sender, large_message,
            session_over_a_reload, verdicts_for_all, verdict_for_one_of_two, verdict_that_holds, filter_away)
