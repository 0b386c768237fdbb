#!/usr/bin/env python3
"""mdfilterd: black and white lists act at once, and neither a killed child nor a reload lets a stranger by."""
import contextlib
import fcntl
import os
import signal
import smtplib
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, programs, token, wait

STRANGER = "someone@elsewhere.test"


def rcpt(box, sender=STRANGER, client=None):
    """What the first RCPT of a new message is answered with: code and text."""
    with contextlib.ExitStack() as stack:
        client = client or stack.enter_context(box.smtp())
        client.ehlo_or_helo_if_needed()
        client.rset()
        code, text = client.mail(sender)
        if code == 250:
            code, text = client.rcpt("bob@example.com")
        return code, text.decode()


def children(box, role):
    """Process ids of mdfilterd's children of one role."""
    rows = next(row for row in box.json("status")["daemons"] if row["name"] == "mdfilterd")["children"]
    return [row["pid"] for row in rows if row["role"] == role and row["pid"]]


def address_acts_at_once(box):
    with box.smtp() as stays:
        check(rcpt(box, client=stays)[0] == 250, "a stranger is refused without a reason")
        box.ctl("blacklist", "add", "ip", "127.0.0.0/8", "--comment", "a case")
        for client in (stays, None):
            code, text = rcpt(box, client=client)
            check(code == 550 and text.startswith("5.7.1") and "127.0.0.0/8" in text, f"black, and answered {code} {text}")
        box.ctl("blacklist", "add", "ip", "127.0.0.0/8", code=73)
        box.ctl("whitelist", "add", "ip", "127.0.0.1")
        check(rcpt(box)[0] == 250, "a white address in a black network is refused")
        box.ctl("whitelist", "remove", "ip", "127.0.0.1")
        check(rcpt(box)[0] == 550, "the address was taken off the white list, and passes")
        box.ctl("blacklist", "remove", "ip", "127.0.0.0/8")
        check(rcpt(box, client=stays)[0] == 250, "the network was taken off the black list, and is refused")


def sender_acts_at_once(box):
    box.ctl("blacklist", "add", "sender", "*@elsewhere.test")
    check(rcpt(box)[0] == 550, "a black sender passes")
    box.ctl("whitelist", "add", "sender", STRANGER)
    check(rcpt(box)[0] == 250, "a white address of a black domain is refused")
    check(rcpt(box, "other@elsewhere.test")[0] == 550, "another address of the black domain passes")
    box.ctl("whitelist", "remove", "sender", STRANGER)
    box.ctl("blacklist", "remove", "sender", "*@elsewhere.test")


def entry_ends_by_itself(box):
    box.ctl("blacklist", "add", "sender", STRANGER, "--for", "2s")
    check(rcpt(box)[0] == 550, "an entry with an end does not count")
    wait("it counts no more when its time is over", lambda: rcpt(box)[0] == 250, 10)
    box.ctl("blacklist", "check", "sender", STRANGER, code=1)


def people_who_logged_in_are_not_refused(box):
    box.ctl("blacklist", "add", "ip", "127.0.0.1")
    box.ctl("blacklist", "add", "sender", "alice@example.com")
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject))
    box.await_subjects([subject])
    box.ctl("blacklist", "remove", "ip", "127.0.0.1")
    box.ctl("blacklist", "remove", "sender", "alice@example.com")


def lists_go_out_and_come_in_as_text(box):
    box.ctl("blacklist", "import", "-", stdin="ip 192.0.2.0/24\nsender *@spam.test # sold\n")
    check(rcpt(box, "x@spam.test")[0] == 550, "an imported sender passes")
    box.ctl("blacklist", "check", "ip", "192.0.2.9")
    box.ctl("blacklist", "check", "ip", "198.51.100.1", code=1)
    text = box.ctl("blacklist", "export").stdout
    check("ip 192.0.2.0/24" in text and "sender *@spam.test # sold" in text, f"export gives {text!r}")
    box.ctl("blacklist", "remove", "sender", "*@spam.test")
    box.ctl("blacklist", "remove", "ip", "192.0.2.0/24")


def each_kind_acts(box):
    with box.smtp() as client:
        client.helo("ylmf-pc")
        for kind, value in (("helo", "ylmf-*"), ("host", "[127.0.0.1]"), ("recipient", "bob@example.com"), ("sender", "*@*.test")):
            box.ctl("blacklist", "add", kind, value)
            check(rcpt(box, client=client)[0] == 550, f"a black {kind} passes")
            box.ctl("blacklist", "remove", kind, value)
            check(rcpt(box, client=client)[0] == 250, f"the {kind} was taken off the black list, and is refused")
    box.ctl("blacklist", "add", "account", "bob@example.com", code=64)


def each_recipient_has_its_own(box):
    """Two recipients with opposite lists, in one transaction; and a domain's list, and all's, behind them."""
    box.ctl("blacklist", "add", "sender", STRANGER, "--account", "bob@example.com", "--comment", "a quarrel")
    box.ctl("whitelist", "add", "sender", STRANGER, "--account", "alice@example.com")
    box.ctl("blacklist", "add", "ip", "127.0.0.1", "--domain", "example.com")
    with box.smtp() as client:
        client.ehlo()
        client.mail(STRANGER)
        code, text = client.rcpt("bob@example.com")
        check(code == 550 and b"bob@" not in text.partition(b"refused here")[2], f"bob's black list: {code} {text}")
        code, text = client.rcpt("alice@example.com")
        check(code == 250, f"alice's white list: {code} {text}")
        client.rset()
        client.mail("other@elsewhere.test")
        code, text = client.rcpt("alice@example.com")
        check(code == 550, f"the domain's black list: {code} {text}")
    met = box.json("blacklist", "check", "sender", STRANGER, "--account", "bob@example.com")
    check(met["account"] == "bob@example.com" and met["comment"] == "a quarrel" and met["who"], f"check tells {met}")
    box.ctl("blacklist", "check", "sender", STRANGER, code=1)
    box.ctl("blacklist", "check", "ip", "127.0.0.1", "--account", "bob@example.com")
    box.ctl("blacklist", "add", "ip", "192.0.2.1", "--account", "nobody@example.com", code=66)
    box.ctl("blacklist", "add", "ip", "192.0.2.1", "--domain", "elsewhere.test", code=66)
    text = box.ctl("blacklist", "export", "--account", "bob@example.com").stdout
    check(text == f"sender {STRANGER} for bob@example.com # a quarrel\n", f"export gives {text!r}")
    box.ctl("blacklist", "remove", "sender", STRANGER, "--account", "bob@example.com")
    check(rcpt(box)[0] == 550, "bob's own entry is gone, and his domain's does not count")
    box.ctl("blacklist", "import", "-", stdin=text)
    box.ctl("blacklist", "remove", "sender", STRANGER, "--account", "bob@example.com")
    box.ctl("blacklist", "remove", "ip", "127.0.0.1", "--domain", "example.com")
    box.ctl("whitelist", "remove", "sender", STRANGER, "--account", "alice@example.com")
    check(rcpt(box)[0] == 250, "the lists are empty, and a stranger is refused")


def a_bad_line_takes_nothing_in(box):
    text = "".join(f"ip 10.{i // 256}.{i % 256}.1\n" for i in range(20000)) + "ip 10.0.0.1/8\nhost\n"
    fault = box.ctl("blacklist", "import", "-", stdin=text, code=65).stderr
    check("-:20001: " in fault and "-:20002: " in fault and "nothing was imported" in fault, f"a bad line is told so: {fault}")
    check(not box.json("blacklist", "list"), "good lines of a bad text were taken")


def state_child_killed(box):
    """What it said was done is there when it is back; meanwhile the judges act on what they know."""
    box.ctl("blacklist", "add", "sender", "kept@elsewhere.test")
    before = children(box, "state")
    os.kill(before[0], signal.SIGKILL)
    check(rcpt(box, "kept@elsewhere.test")[0] == 550, "with the state child away a black sender passes")
    wait("another state child", lambda: children(box, "state") not in ([], before))

    def added():
        return box.try_ctl("blacklist", "add", "sender", "new@elsewhere.test").returncode in (0, 73)
    wait("a change is taken again", added)
    check(rcpt(box, "new@elsewhere.test")[0] == 550, "a judge does not act on what the new state child says")
    listed = [row["value"] for row in box.json("blacklist", "list")]
    check("kept@elsewhere.test" in listed, f"the entry is lost: {listed}")
    box.ctl("blacklist", "remove", "sender", "kept@elsewhere.test")
    box.ctl("blacklist", "remove", "sender", "new@elsewhere.test")


def judge_killed_in_mid_message(box):
    """Its own sessions get 4yz for the message, those of the other judges go on, and nothing is taken unjudged."""
    clients = [box.smtp() for _ in range(12)]
    for client in clients:
        check(rcpt(box, client=client)[0] == 250, "a stranger is refused")
    judges = children(box, "judge")
    check(len(judges) > 1, f"one judge alone: {judges}")
    os.kill(judges[0], signal.SIGKILL)
    codes, subjects = [], []
    for client in clients:
        subjects.append(token())
        code, _ = client.docmd("DATA")
        if code == 354:
            client.send(message(subjects[-1], STRANGER).as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n")
            code, _ = client.getreply()
        codes.append(code)
    check(set(codes) <= {250, 451}, f"answers are {codes}")
    check(250 in codes, "no session outlived the judge of another")
    box.await_subjects([subject for subject, code in zip(subjects, codes) if code == 250])
    shown = box.subjects()
    check(not any(s in shown for s, code in zip(subjects, codes) if code != 250), "a message was refused and is there")
    wait("another judge", lambda: len(children(box, "judge")) == len(judges))

    def served(client):
        return rcpt(box, client=client)[0] == 250
    for client in clients:
        wait("each session is served again", lambda c=client: served(c))
        client.quit()


def reload_keeps_sessions(box):
    """A transaction that began before a reload is judged, and the next one by the new judges."""
    with box.smtp() as client:
        check(rcpt(box, client=client)[0] == 250, "a stranger is refused")
        before = children(box, "judge") + children(box, "state")
        box.ctl("reload")
        subject = token()
        code, _ = client.data(message(subject, STRANGER).as_bytes().replace(b"\n", b"\r\n"))
        check(code == 250, f"a message that was under way is answered {code}")
        box.ctl("blacklist", "add", "sender", STRANGER)
        check(rcpt(box, client=client)[0] == 550, "the old judge does not act on a change after the reload")
        check(rcpt(box)[0] == 550, "the new judge does not act on a change after the reload")
        check(not set(children(box, "state")) & set(before), "the state child is the old one")
    box.ctl("blacklist", "remove", "sender", STRANGER)
    box.await_subjects([subject])


def listens(path):
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


def other_users_of_the_milter(box):
    """filter.listen serves whoever reaches it, and only while it is configured."""
    path = os.path.join(box.root, "public.sock")
    box.ctl("config", "set", "filter.listen", f'["unix:{path}"]')
    box.ctl("reload")
    check(listens(path), "nothing listens on filter.listen")
    fault = box.try_ctl("config", "set", "filter.listen", '["inet:mail.example.org:8891"]')
    check(fault.returncode != 0 and "numeric" in fault.stderr, f"a host name in filter.listen: {fault.stderr}")
    box.ctl("config", "unset", "filter.listen")
    box.ctl("reload")
    wait("nobody listens any more", lambda: not listens(path))


def no_lists_no_strangers(box):
    """A start at which the state cannot be had: strangers come again, and nobody passes unjudged."""
    box.ctl("blacklist", "add", "sender", "black@elsewhere.test")
    box.stop()
    lock = next(os.path.join(folder, "owner.lock") for folder, _, names in os.walk(box.root) if "owner.lock" in names)
    with open(lock, "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        starting = subprocess.Popen([os.path.join(programs(), "src/mdctl/mdctl"), "-c", box.conf, "start"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)

        def answered():
            try:
                return rcpt(box)
            except (OSError, smtplib.SMTPException):
                return None
        code, text = wait("mdsmtpd answers", answered)
        check(code == 451, f"without lists a stranger is answered {code} {text}")
        with box.submission() as client:
            client.mail("alice@example.com")
            check(client.rcpt("bob@example.com")[0] == 250, "without lists somebody who logged in is refused")
    wait("strangers are served when the state is back", lambda: rcpt(box)[0] == 250, 30)
    check(rcpt(box, "black@elsewhere.test")[0] == 550, "the lists are not as they were")
    check(starting.wait(30) == 0, "start does not end well")


INSTANCE = harness.Instance()
INSTANCE.ctl("config", "set", "workers", "3")
INSTANCE.start().domain()
harness.run(INSTANCE, address_acts_at_once, sender_acts_at_once, entry_ends_by_itself, people_who_logged_in_are_not_refused, lists_go_out_and_come_in_as_text,
            each_kind_acts, each_recipient_has_its_own, a_bad_line_takes_nothing_in,
            state_child_killed, judge_killed_in_mid_message, reload_keeps_sessions, other_users_of_the_milter, no_lists_no_strangers)
