#!/usr/bin/env python3
"""A child of each kind is killed in mid-session: its own sessions end, the others go on, the parent says so and starts another."""
import concurrent.futures
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import check, message, token, wait


def alive(client):
    """Whether a session of any protocol still answers."""
    try:
        said = client.noop()
    except Exception:  # each library has its own word for a closed connection
        return False
    return said.startswith(b"+OK") if isinstance(said, bytes) else said[0] in (250, "OK")


def session_workers(box, daemon, connect):
    """Sessions until two workers hold one each; one of the workers is killed."""
    clients, workers = [], []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        while len(set(workers)) < 2 and len(clients) < 120:
            clients += pool.map(lambda _: connect(), range(12))
            workers = [box.peer_of(client.sock, daemon) for client in clients]
    victim = workers[0]
    check(len(set(workers)) > 1, f"all {len(workers)} sessions of {daemon} are with one worker")
    before = box.restarts(daemon)
    os.kill(victim, signal.SIGKILL)
    wait(f"{daemon} says that a child was started again", lambda: box.restarts(daemon) > before)
    for client, worker in zip(clients, workers):
        check(alive(client) == (worker != victim), f"a session of {daemon} with worker {worker}: alive is {alive(client)}, killed {victim}")
    check(box.logged(str(victim)), f"the log does not name the killed process {victim}")
    check(alive(connect()), f"{daemon} takes no new session")


def smtp_session(box):
    session_workers(box, "mdsmtpd", box.smtp)


def imap_session(box):
    session_workers(box, "mdimapd", box.imap)


def pop3_session(box):
    session_workers(box, "mdpop3d", lambda: box.pop3("alice@example.com"))


def others(box):
    """Children that hold no client's session: auth, manager, deliver, state, judge. Mail goes on after each."""
    for daemon in ("mdqueue", "mdfilterd", "mdsmtpd"):
        for victim in box.children(daemon):
            before = box.restarts(daemon)
            os.kill(victim, signal.SIGKILL)
            wait(f"{daemon} starts another child after {victim}", lambda d=daemon, b=before: box.restarts(d) > b)
            subject = token()

            def sent(subject=subject):
                try:
                    with box.submission() as client:
                        client.send_message(message(subject))
                    return True
                except Exception:  # 4yz while a child is away is an answer; the client comes again
                    return False
            wait(f"mail is taken after a child of {daemon} was killed", sent, 20)
            wait(f"{subject} arrives", lambda s=subject: s in box.subjects(), 20)


INSTANCE = harness.Instance()
INSTANCE.ctl("config", "set", "workers", "3")
INSTANCE.start().domain()
harness.run(INSTANCE, smtp_session, imap_session, pop3_session, others)
