#!/usr/bin/env python3
"""mutt on a screen (a terminal of tmux): INBOX over IMAP under TLS is opened, read, flagged, saved from, searched and cleared while
deliveries arrive. What the screen shows is looked at first, then the server; once plainly, and once with what mutt knows of CONDSTORE,
QRESYNC, DEFLATE and a cache of headers."""
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, Failed, check, message, need
from message_sets import Server

ACCOUNT = "bob@example.com"
WIDTH, HEIGHT = 110, 30
PEOPLE = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Tony")


class Screen:
    """A program in a terminal of its own."""

    def __init__(self, box, folder, *command):
        self.tmux = [need("tmux"), "-u", "-S", os.path.join(folder, "tmux"), "-f", "/dev/null"]
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "screen", "TMPDIR": folder}
        self.call("new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-s", "mail", *command)
        self.box = box

    def call(self, *words):
        done = subprocess.run([*self.tmux, *words], capture_output=True, text=True, timeout=20, check=False, env=self.environment,
                              stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def text(self):
        return self.call("capture-pane", "-p", "-t", "mail")

    def press(self, *keys):
        """Names of keys as tmux has them; other words are typed letter by letter."""
        self.call("send-keys", "-t", "mail", *keys)

    def shows(self, what, seconds=15):
        """Until the screen shows this (a regular expression); returns the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if re.search(what, text, re.MULTILINE):
                return text
            time.sleep(0.05)
        raise Failed(f"the screen does not show {what!r} but\n{text}")

    def ended(self, seconds=15):
        end = time.monotonic() + seconds
        while subprocess.run([*self.tmux, "has-session", "-t", "mail"], capture_output=True, check=False).returncode == 0:
            if time.monotonic() > end:
                raise Failed(f"mutt is still there:\n{self.text()}")
            time.sleep(0.05)

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, check=False)


def mutt(box, folder, more=""):
    os.makedirs(folder, exist_ok=True)
    config = os.path.join(folder, "muttrc")
    with open(config, "w", encoding="ascii") as file:
        file.write(f'set folder="imaps://localhost:{box.port(993)}/" spoolfile="+INBOX" imap_user="{ACCOUNT}" imap_pass="{PASSWORD}"\n'
                   f'set certificate_file="{box.root}/etc/tls/certificate.pem" ssl_ca_certificates_file="" ssl_verify_host=yes ssl_verify_dates=yes\n'
                   'set mail_check=1 imap_idle=yes timeout=2 imap_keepalive=60 sleep_time=0 confirmappend=no delete=yes quit=yes\n'
                   'set sort=threads index_format="%3C %Z %-12.12F %s" wait_key=no save_empty=yes mark_old=no beep=no\n'
                   f'set imap_check_subscribed=no tmpdir="{folder}"\n{more}\n')
    return Screen(box, folder, need("mutt"), "-n", "-F", config)


def row(screen, subject):
    """The flags that the index shows of a message."""
    found = re.search(rf"^ *\d+ (.{{3}}) .*{re.escape(subject)}", screen, re.MULTILINE)
    check(found, f"no row of {subject!r} in\n{screen}")
    return found.group(1).strip()


def fill(server):
    """INBOX with a letter of each; subjects by name."""
    mail = {person: f"letter of {person} {harness.token()[:6]}" for person in PEOPLE}
    client = server.client()
    for person, subject in mail.items():
        text = f"Dear Bob,\nthe word is {person.upper()}-{'needle' if person in ('Grace', 'Tony') else 'straw'}; grüße\n"
        made = message(subject, f"{person} <{person.lower()}@elsewhere.test>", ACCOUNT, text)
        client.append("INBOX", "", None, made.as_bytes().replace(b"\n", b"\r\n"))
    client.create("Kept")
    client.logout()
    return mail


def opens_a_message(screen, mail):
    index = screen.shows(rf"^ *6 N .*{mail['Tony']}")
    for subject in mail.values():
        check(row(index, subject) == "N", f"{subject} is not new in\n{index}")
    screen.press("1", "Enter", "Enter")
    text = screen.shows("the word is ADA-straw; grüße")
    check(re.search(rf"^Subject: {mail['Ada']}$", text, re.MULTILINE) and "From: Ada <ada@elsewhere.test>" in text, f"the pager shows\n{text}")
    screen.press("i")
    index = screen.shows(rf"^ *1 +Ada .*{mail['Ada']}")
    check(row(index, mail["Grace"]) == "N", f"another was read, too:\n{index}")


def flags_deletes_and_saves(screen, server, mail):
    screen.press("2", "Enter", "F")
    screen.shows(rf"^ *2 N? *! .*{mail['Grace']}")
    screen.press("3", "Enter", "d")
    screen.shows(rf"^ *3 .?D .*{mail['Edsger']}")
    screen.press("4", "Enter", "s")
    screen.shows("Save to mailbox")
    screen.press("C-u", "=Kept", "Enter")
    screen.shows(rf"^ *4 .?D .*{mail['Barbara']}")
    check(len(server.state()["INBOX"]) == 6, "mutt is not to expunge before it is asked")
    screen.press("$")
    index = screen.shows(rf"^ *4 .*{mail['Tony']}")
    check(mail["Edsger"] not in index and mail["Barbara"] not in index, f"the deleted are still shown:\n{index}")
    state = server.state()
    flags = {subject: sorted(flags) for subject, (flags, _) in state["INBOX"].items()}
    check(flags == {mail["Ada"]: ["\\Seen"], mail["Grace"]: ["\\Flagged"], mail["Donald"]: [], mail["Tony"]: []}, f"INBOX holds {flags}")
    check(set(state["Kept"]) == {mail["Barbara"]}, f"Kept holds {sorted(state['Kept'])}")


def searches(screen, mail):
    """~b: mutt reads the bodies; =b: the server searches."""
    for pattern in ("~b needle", "=b needle"):
        screen.press("l")
        screen.shows("Limit to messages matching")
        screen.press("C-u", pattern, "Enter")
        screen.shows(f"limit: {pattern}|To view all messages")
        index = screen.shows(rf"^ *\d+ .*{mail['Tony']}")
        check(mail["Grace"] in index and mail["Ada"] not in index and mail["Donald"] not in index, f"limited by {pattern}:\n{index}")
        screen.press("l", "C-u", "all", "Enter")
        screen.shows(rf"^ *1 .*{mail['Ada']}")


def sees_what_others_do(box, screen, server, mail):
    """A delivery appears without a key; what another program removed goes with the next one."""
    came = f"just come {harness.token()[:6]}"
    box.send(came, to=ACCOUNT)
    screen.shows(rf"^ *5 N .*{came}")
    server.remove("INBOX", mail["Donald"])
    screen.press("1", "Enter", "N")
    index = screen.shows(rf"^ *4 N .*{came}")
    check(mail["Donald"] not in index, f"still shown:\n{index}")
    screen.press("q")
    screen.ended()
    flags = {subject: sorted(flags) for subject, (flags, _) in server.state()["INBOX"].items()}
    check(flags == {mail["Ada"]: [], mail["Grace"]: ["\\Flagged"], mail["Tony"]: [], came: []}, f"INBOX holds {flags}")
    return came


def use(box, folder, more):
    server = Server(box, ACCOUNT)
    mail = fill(server)
    screen = mutt(box, folder, more)
    try:
        opens_a_message(screen, mail)
        flags_deletes_and_saves(screen, server, mail)
        searches(screen, mail)
        mail["Someone"] = sees_what_others_do(box, screen, server, mail)
    finally:
        screen.close()
    return server, mail


def clear(server):
    server.remove("INBOX", *server.state()["INBOX"])
    server.command("delete", "Kept")


def plainly(box):
    server, _ = use(box, os.path.join(box.root, "plain"), "set imap_condstore=no imap_qresync=no imap_deflate=no")
    clear(server)


def with_a_cache(box):
    """And opened once more: what it has in its cache, and QRESYNC tells it the rest."""
    folder = os.path.join(box.root, "cached")
    more = f'set imap_condstore=yes imap_qresync=yes imap_deflate=yes header_cache="{folder}/headers" message_cachedir="{folder}/bodies"'
    server, mail = use(box, folder, more)
    server.remove("INBOX", mail["Grace"])
    server.flag("INBOX", mail["Tony"], "+FLAGS", "\\Flagged \\Answered \\Seen")
    came = f"come between {harness.token()[:6]}"
    box.send(came, to=ACCOUNT)
    box.await_subjects([came], ACCOUNT)
    screen = mutt(box, folder, more)
    try:
        index = screen.shows(rf"^ *4 N .*{came}")
        check(mail["Grace"] not in index, f"the index is\n{index}")
        flags = [row(index, subject) for subject in (mail["Ada"], mail["Tony"], mail["Someone"], came)]
        check(flags == ["N", "r !", "N", "N"], f"{flags} of the index\n{index}")
        screen.press("4", "Enter", "Enter")
        screen.shows(rf"^Subject: {came}$")
        screen.press("i", "q")
        screen.ended()
    finally:
        screen.close()
    check("\\Seen" in server.state()["INBOX"][came][0], "what was read is not seen")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, plainly, with_a_cache)
