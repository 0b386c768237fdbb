#!/usr/bin/env python3
"""rspamd as a milter of mdsmtpd, beside mdfilterd: what it refuses is refused, its fields are there, and without it nobody passes."""
import atexit
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import Skipped, check, need, token, wait

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
CONFIG = """
options {{ pidfile = "{folder}/pid"; url_tld = "{folder}/tld"; tempdir = "{folder}"; hs_cache_dir = "{folder}"; gtube_patterns = "reject";
  control_socket = "{folder}/control.sock mode=0600"; dns {{ nameserver = ["127.0.0.1:{dns}"]; timeout = 1s; retransmits = 1; }} }}
logging {{ type = "file"; filename = "{folder}/log"; level = "info"; }}
actions {{ reject = 15; "add header" = 6; }}
worker "rspamd_proxy" {{ bind_socket = "{folder}/milter.sock mode=0600"; milter = yes; timeout = 20s; count = 1;
  upstream "local" {{ default = yes; self_scan = yes; }} }}
lua = "{folder}/rules.lua";
"""
RULES = """
rspamd_config.CASE_JUNK = { callback = function(task) return (task:get_subject() or ''):find('like%-junk') ~= nil end, score = 7.0 }
rspamd_config.CASE_ENVELOPE = { score = 0.0, callback = function(task)
  local from, to, ip = task:get_from('smtp'), task:get_recipients('smtp'), task:get_from_ip()
  task:set_milter_reply({ add_headers = { ['X-Case-Seen'] = from[1].addr .. ' ' .. to[1].addr .. ' ' .. tostring(ip) .. ' ' .. task:get_helo() } })
  return false end }
"""


def end(running):
    """By the signal on which it ends its workers, too."""
    running.terminate()
    running.wait(20)


def start_rspamd(box):
    folder = os.path.join(box.root, "rspamd")
    os.makedirs(folder)
    for name, text in (("rspamd.conf", CONFIG.format(folder=folder, dns=harness.private_dns({}))), ("rules.lua", RULES), ("tld", "com\ntest\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    words = [need("rspamd"), "-f", "-c", os.path.join(folder, "rspamd.conf")]
    if os.geteuid() == 0:
        words += ["-u", "root", "-g", "root"]
    with open(os.path.join(folder, "out"), "w", encoding="utf-8") as out:
        running = subprocess.Popen(words, stdout=out, stderr=out)
    atexit.register(end, running)
    place = os.path.join(folder, "milter.sock")
    wait("rspamd listens", lambda: os.path.exists(place), 60)
    box.ctl("config", "set", "filter.milters", f'["mdfilterd", "unix:{place}"]')
    box.start().domain()
    return running


RUNNING = []


def rspamd(box):
    if not RUNNING:
        try:
            RUNNING.append(start_rspamd(box))
        except Skipped as why:
            RUNNING.append(why)
    if isinstance(RUNNING[0], Skipped):
        raise RUNNING[0]
    return RUNNING[0]


def send(box, body, subject=None):
    """The subject, and the last reply to DATA."""
    rspamd(box)
    subject = subject or token()
    with box.smtp() as client:
        client.ehlo("client.test")
        client.mail("someone@elsewhere.test")
        client.rcpt("bob@example.com")
        code, text = client.data(f"From: someone@elsewhere.test\r\nTo: bob@example.com\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode())
    return subject, code, text.decode()


def header_of(box, subject):
    def found():
        client = box.imap()
        try:
            rows = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER])")[1]
        finally:
            client.logout()
        texts = [row[1].decode() for row in rows if isinstance(row, tuple)]
        return [text for text in texts if subject in text]
    return wait(f"{subject} arrives", found, 30)[0].split("\r\n")


def good_mail_passes(box):
    subject, code, text = send(box, "a line")
    check(code == 250, f"good mail is answered {code} {text}")
    lines = header_of(box, subject)
    check("X-Case-Seen: someone@elsewhere.test bob@example.com 127.0.0.1 client.test" in lines, f"what rspamd saw: {lines}")
    check(not any(line.lower().startswith("x-spam: ") for line in lines), "good mail is marked")


def refused_mail_is_refused(box):
    subject, code, text = send(box, GTUBE)
    check(code in (550, 554), f"what rspamd refuses is answered {code} {text}")
    check(subject not in box.subjects(), "what was refused is there")


def marked_mail_is_marked(box):
    subject, code, _ = send(box, "a line", "like-junk " + token())
    check(code == 250, f"mail to be marked is answered {code}")
    check(any(line.lower().startswith("x-spam: yes") for line in header_of(box, subject)), "rspamd's mark is not there")


def without_it_strangers_come_again(box):
    end(rspamd(box))
    with box.smtp() as client:
        client.ehlo("client.test")
        answers = [client.mail("someone@elsewhere.test")[0]]
        if answers[0] == 250:
            answers.append(client.rcpt("bob@example.com")[0])
    check(answers[-1] == 451, f"without rspamd a stranger is answered {answers}")


INSTANCE = harness.Instance()
harness.run(INSTANCE, good_mail_passes, refused_mail_is_refused, marked_mail_is_marked, without_it_strangers_come_again)
