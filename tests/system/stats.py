#!/usr/bin/env python3
"""mdctl stats: what mail in and out has counted, to the one; nothing is lost with a worker; --since, --watch, --reset; daemons that are down."""
import base64
import concurrent.futures
import json
import os
import signal
import smtplib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, message, token, wait

MESSAGES = 5


def grown(before, after):
    """The counters that are otherwise than before, by how much."""
    return {name: after[name] - before[name] for name in after
            if not name.endswith((".since", "_now")) and after[name] != before[name]}


def expect(box, before, wanted):
    """So much more has been counted of each, soon, and of none of them more than that."""
    def differing():
        more = grown(before, box.json("stats"))
        return {name: (more.get(name, 0), number) for name, number in wanted.items() if more.get(name, 0) != number}
    try:
        wait("the counters", lambda: not differing(), 20)
    except harness.Failed:
        raise harness.Failed(f"counted, and wanted: {differing()}") from None


def mail_in_is_counted(box):
    before = box.json("stats")
    subjects = [token() for _ in range(MESSAGES)]
    letters = [message(subject) for subject in subjects]
    with box.submission() as client:
        for letter in letters:
            client.send_message(letter, to_addrs=["bob@example.com", "alice@example.com"])
        check(client.docmd("MAIL", "FROM:<alice@example.com>")[0] == 250, "MAIL")
        check(client.docmd("RCPT", "TO:<nobody@example.com>")[0] == 550, "an unknown recipient")
        check(client.docmd("RCPT", "TO:<bob@example.com>")[0] == 250, "a known recipient")
    box.await_subjects(subjects)
    box.await_subjects(subjects, "alice@example.com")
    expect(box, before, {
        "smtp.connections": 1, "smtp.logins": 1, "smtp.logins_failed": 0, "smtp.messages_accepted": MESSAGES, "smtp.messages_refused": 0,
        "smtp.recipients_accepted": 2 * MESSAGES + 1, "smtp.recipients_refused": 1, "smtp.children_crashed": 0,
        "filter.judged_accepted": MESSAGES, "queue.messages_taken_over": MESSAGES, "queue.delivered": 2 * MESSAGES, "queue.deferred": 0,
        "queue.failed": 0, "queue.messages_bad": 0})
    after = box.json("stats")
    octets = grown(before, after)["smtp.message_octets"]
    check(octets == sum(len(letter.as_bytes()) for letter in letters), f"octets of messages: {octets}")
    check(grown(before, after)["smtp.octets_in"] > octets, f"octets of clients: {grown(before, after)}")
    check(grown(before, after)["queue.store_syncs"] >= 1, "what was delivered was brought to disk")


def logins_are_counted(box):
    before = box.json("stats")
    box.imap().logout()
    pop3 = box.pop3()
    number = len(pop3.list()[1])
    for one in range(1, number + 1):
        pop3.retr(one)
    pop3.dele(1)
    pop3.quit()
    with smtplib.SMTP("127.0.0.1", box.port(587), timeout=20) as client:
        client.starttls(context=harness.tls())
        client.ehlo("client.test")
        wrong = base64.b64encode(f"\0alice@example.com\0{PASSWORD}x".encode()).decode()
        check(client.docmd("AUTH", "PLAIN " + wrong)[0] == 535, "a wrong password logs in")
    expect(box, before, {"imap.connections": 1, "imap.logins": 1, "imap.logins_failed": 0, "pop3.connections": 1, "pop3.logins": 1,
                         "pop3.messages_retrieved": number, "pop3.messages_removed": 1, "smtp.logins": 0, "smtp.logins_failed": 1})
    imap = box.imap()
    imap.append("INBOX", None, None, b"Subject: x\r\n\r\n")
    check(box.json("stats", "--daemon", "mdimapd")["imap.sessions_now"] == 1, "a session")
    imap.logout()
    expect(box, before, {"imap.messages_appended": 1, "imap.connections": 2})
    wait("no session", lambda: box.json("stats")["imap.sessions_now"] == 0)


def bans_and_lists_are_counted(box):
    before = box.json("stats")
    box.ctl("blacklist", "add", "sender", "bad@elsewhere.test")
    with box.smtp() as client:
        client.ehlo("client.test")
        client.docmd("MAIL", "FROM:<bad@elsewhere.test>")
        check(client.docmd("RCPT", "TO:<bob@example.com>")[0] == 550, "a sender on the black list is taken")
    box.ctl("blacklist", "remove", "sender", "bad@elsewhere.test")
    box.ctl("ban", "add", "ip", "127.0.0.1", "--yes")
    try:
        box.smtp()
        raise harness.Failed("a banned client is greeted")
    except smtplib.SMTPException:
        pass
    box.ctl("ban", "remove", "ip", "127.0.0.1")
    expect(box, before, {"smtp.connections": 2, "smtp.connections_banned": 1, "smtp.connections_refused": 0,
                         "smtp.recipients_refused": 1, "filter.recipients_refused": 1, "filter.list_hits": 1})


def queues_are_measured(box):
    before = box.json("stats")
    check(all(before[f"queue.{queue}_now"] == 0 for queue in ("incoming", "remote", "retry", "holding", "quarantine", "bad")), f"{before}")
    box.ctl("queue", "freeze", "incoming")
    box.send(token())
    expect(box, before, {"queue.messages_queued": 1, "queue.delivered": 0})
    check(box.json("stats")["queue.incoming_now"] == 1, "one waits")
    box.ctl("queue", "thaw", "incoming")
    wait("none waits", lambda: box.json("stats")["queue.incoming_now"] == 0)
    expect(box, before, {"queue.messages_queued": 1, "queue.delivered": 1})


def a_killed_worker_takes_nothing_away(box):
    clients = [box.smtp() for _ in range(4)]
    before = box.json("stats", "--daemon", "mdsmtpd")
    victims = {box.peer_of(client.sock, "mdsmtpd") for client in clients}
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    wait("their end is counted", lambda: box.json("stats")["smtp.children_crashed"] == before["smtp.children_crashed"] + len(victims))
    check(grown(before, box.json("stats", "--daemon", "mdsmtpd")) == {"smtp.children_crashed": len(victims)}, "the others are otherwise")
    box.ctl("reload")
    box.smtp().quit()
    after = box.json("stats", "--daemon", "mdsmtpd")
    check(after["smtp.connections"] == before["smtp.connections"] + 1, f"behind a reload: {grown(before, after)}")
    check(after["smtp.since"] == before["smtp.since"], "a reload is another beginning")


def concurrent_clients_are_all_counted(box):
    before = box.json("stats")

    def send(_):
        box.send(token())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(100)))
    expect(box, before, {"smtp.connections": 100, "smtp.messages_accepted": 100, "queue.delivered": 100, "queue.messages_taken_over": 100})


def a_line_is_for_scripts(box):
    lines = box.ctl("stats").stdout.splitlines()
    check(lines == sorted(lines) and all(len(line.split(" ")) == 2 for line in lines), f"the lines are {lines}")
    prefixes = {line.split(".")[0] for line in lines}
    check(prefixes == {"smtp", "imap", "pop3", "queue", "filter"}, f"daemons: {prefixes}")
    page = box.ctl("manual", "mdmail-stats.7").stdout
    missing = [name for name in (line.split(" ")[0] for line in lines) if not name.endswith((".since", "_now")) and name not in page]
    check(not missing, f"the manual does not have {missing}")


def since_tells_a_part(box):
    box.ctl("stats", "--since", "yesterday", code=64)
    box.ctl("stats", "--watch", "--since", "1h", code=64)
    if not harness.LONG:
        return
    whole = box.json("stats", "--since", "start")
    time.sleep(61)  # a sample
    before = box.json("stats", "--since", "1s")
    check(before["smtp.messages_accepted"] == 0 and before["smtp.since"] > whole["smtp.since"], f"since the last minute: {before}")
    box.send(token())
    check(box.json("stats", "--since", "1s")["smtp.messages_accepted"] == 1, "what came since then")


def reset_begins_anew(box):
    whole = box.json("stats")
    told = box.json("stats", "--reset")
    check(told["smtp.messages_accepted"] == whole["smtp.messages_accepted"] > 0, "what was counted is not told")
    after = box.json("stats")
    check(after["smtp.messages_accepted"] == 0 and after["smtp.since"] > whole["smtp.since"], f"behind --reset: {after}")
    box.send(token())
    expect(box, after, {"smtp.messages_accepted": 1})
    for since in ("start", "1h"):  # the daemons have run for less than that
        told = box.json("stats", "--since", since)
        check(told["smtp.messages_accepted"] == whole["smtp.messages_accepted"] + 1 and told["smtp.since"] == whole["smtp.since"],
              f"--since {since} has lost what was before --reset: {told}")


def watch_shows_changes(box):
    words = [os.path.join(harness.programs(), "src/mdctl/mdctl"), "-c", box.conf, "--json", "stats", "--watch", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as watching:
        try:
            whole = json.loads(watching.stdout.readline())
            check("smtp.messages_accepted" in whole and whole["time"].endswith("Z"), f"at first: {whole}")
            box.send(token())
            seen = {}
            while "smtp.messages_accepted" not in seen:
                seen.update(json.loads(watching.stdout.readline()))
            check(seen["smtp.messages_accepted"] == whole["smtp.messages_accepted"] + 1, f"changes: {seen}")
            check("pop3.logins" not in seen, f"what is as before is told: {seen}")
        finally:
            watching.kill()


def daemons_that_are_down_are_named(box):
    os.kill(box.parent("mdpop3d"), signal.SIGTERM)
    wait("mdpop3d ends", lambda: "pop3.connections" not in json.loads(box.ctl("--json", "stats").stdout))
    done = box.ctl("stats")
    check("mdpop3d" in done.stderr and len(done.stderr.splitlines()) == 1, f"standard error: {done.stderr}")
    check("pop3." not in done.stdout and "smtp.connections " in done.stdout, "the rows of the others")
    box.ctl("stats", "--daemon", "mdpop3d", code=69)
    box.stop()
    box.ctl("stats", code=69)
    box.start()
    check(box.json("stats")["smtp.connections"] == 0, "counters begin at 0")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, mail_in_is_counted, logins_are_counted, bans_and_lists_are_counted, queues_are_measured, a_killed_worker_takes_nothing_away,
            concurrent_clients_are_all_counted, a_line_is_for_scripts, since_tells_a_part, watch_shows_changes, reset_begins_anew,
            daemons_that_are_down_are_named)
