"""Mail that goes on to other sites: how fast, and what a long queue for a dead one costs the mail that can be sent.

The other sites are bench/smtp_sink on 127.0.1.N, port base + 26, for dN.sink.test; for down.sink.test nobody listens. Neither side asks
the DNS. Figures count from the first connection of the load until the last message is at the other site.
"""
import json
import os
import subprocess
import sys
import threading
import time

import idle
import meters

# destinations, milliseconds until each answer, recipients of a message, messages
RELAYS = {"relay": (1, 0, 1, 2000), "relay-twenty": (20, 0, 1, 2000), "relay-far": (1, 50, 1, 1000), "relay-fifty": (1, 0, 50, 500),
          "relay-far-fifty": (1, 50, 50, 300)}
SENDERS = 20


class Sink:
    """The other sites, while it is entered."""

    def __init__(self, options, server, hosts, delay=0):
        self.process = subprocess.Popen([os.path.join(options.programs, "bench/smtp_sink"), "--port", str(server.base + 26), "--hosts",
                                         str(hosts), "--delay-ms", str(delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.counts()  # it listens
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bench/smtp_sink has ended")
        return json.loads(line)

    def wait(self, name, wanted, seconds=600):
        end = time.monotonic() + seconds
        while (missing := wanted - self.counts()[name]) > 0:
            if time.monotonic() > end:
                sys.exit(f"{missing} {name} have not arrived after {seconds} s")
            time.sleep(0.01)


def load(options, server, messages, *more, senders=SENDERS, domain="sink.test", size=10240):
    subprocess.run([os.path.join(options.programs, "bench/smtp_load"), "--port", str(server.base + 25), "--senders", str(senders),
                    "--messages", str(messages), "--size", str(size), "--domain", domain, *map(str, more)], stdout=subprocess.DEVNULL,
                   timeout=1200, check=True)


def figures(options, server, case):
    domains, delay, recipients, messages = RELAYS[case]
    how = ("--domains", domains, "--recipients", recipients, "--users", max(40, recipients))
    with Sink(options, server, domains, delay) as sink:
        warm = 200
        load(options, server, warm, *how)
        sink.wait("recipients", warm * recipients)
        time.sleep(6)  # the connections that are kept have ended
        before, cpu, flushes = sink.counts(), meters.cpu_seconds(server.folder), meters.Flushes(server.folder)
        start = time.monotonic()
        load(options, server, messages, *how)
        accepted = time.monotonic() - start
        sink.wait("recipients", before["recipients"] + messages * recipients)
        relayed = time.monotonic() - start
        after = sink.counts()
        return {"accepted_per_s": messages / accepted, "relayed_per_s": messages / relayed,
                "cpu_ms_per_message": (meters.cpu_seconds(server.folder) - cpu) * 1000 / messages,
                "flushes_per_message": flushes.count() / messages,
                "transactions_per_message": (after["messages"] - before["messages"]) / messages,
                "connections": after["connections"] - before["connections"], "most_open": after["most_open"],
                "sink_cpu_ms_per_message": (after["cpu"] - before["cpu"]) * 1000 / messages}


class Peak:
    """The most that the processes of the queue held while it is entered, in KiB; looked at twice a second."""

    def __init__(self, server):
        self.server, self.kib, self.over = server, 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.over.wait(0.5):
            self.kib = max(self.kib, queue_kib(self.server))

    def __enter__(self):
        self.kib = queue_kib(self.server)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def queue_kib(server):
    """PSS of the daemons that keep the queue: mdqueue with its children, Postfix' qmgr."""
    return sum(idle.pss(pid) for pid in meters.processes(server.folder)
               if meters.read(f"/proc/{pid}/comm").strip().split("/")[0] in ("mdqueue", "qmgr"))


def at_rest(server, limit=240):
    """Until the server takes less than a twentieth of a core for three seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before = meters.cpu_seconds(server.folder)
        time.sleep(3)
        if meters.cpu_seconds(server.folder) - before < 0.15:
            return


def fresh(options, server, sink, messages=1000):
    """A second, how many of them arrive at a site that lives."""
    wanted, start = sink.counts()["messages"] + messages, time.monotonic()
    load(options, server, messages, "--domains", 1)
    sink.wait("messages", wanted)
    return messages / (time.monotonic() - start)


def restart(options, server, sink):
    """Seconds from the command until it has been stopped, started and has brought a new message away."""
    wanted, start = sink.counts()["messages"] + 1, time.monotonic()
    server.restart_sending()
    taken = time.monotonic() - start
    load(options, server, 1, "--domains", 1, senders=1)
    sink.wait("messages", wanted)
    return taken, time.monotonic() - start


def queue(options, server):
    with Sink(options, server, 1) as sink:
        fresh(options, server, sink, 200)
        out = {"fresh_with_an_empty_queue_per_s": fresh(options, server, sink)}
        with Peak(server) as peak:
            start = time.monotonic()
            load(options, server, options.queued, domain="down.sink.test", size=1024, senders=50)
            out["queued_per_s"] = options.queued / (time.monotonic() - start)
            at_rest(server)
        out["queue_kib_while_filling"] = peak.kib
        out["queue_kib_at_rest"] = queue_kib(server)
        start = time.monotonic()
        shown = server.count_queue()
        out["list_s"] = time.monotonic() - start
        if shown < options.queued:
            sys.exit(f"{server.name}: {shown} messages of {options.queued} are shown")
        out["fresh_per_s"] = fresh(options, server, sink)
        with Peak(server) as peak:
            server.flush()
            time.sleep(1)
            out["fresh_while_all_is_tried_per_s"] = fresh(options, server, sink)
        out["queue_kib_while_all_is_tried"] = peak.kib
        out["restart_s"], out["restart_sends_s"] = restart(options, server, sink)
        return out
