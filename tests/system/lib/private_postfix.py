"""A private Postfix on loopback: configuration, queue and log in a scratch folder; the system's own is not touched. It wants root."""
import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness import Skipped, check, need, wait

# What every one of them needs; the caller adds its doors, its domains and where mail goes.
MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = all
mynetworks = 127.0.0.0/8
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}/log
"""
MASTER_CF = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class PrivatePostfix:
    """Made, it is a folder with ports for `doors`; start() runs it with the caller's lines ({folder} and {DOOR} are filled in)."""

    def __init__(self, doors):
        need("postfix")
        if os.geteuid() != 0:
            raise Skipped("a private Postfix wants root")
        self.folder = tempfile.mkdtemp(prefix="mdpostfix.")
        atexit.register(self.remove)
        os.chmod(self.folder, 0o755)
        self.ports = {name: free_port() for name in doors}
        for name in ("etc", "spool", "data", "log"):
            os.mkdir(f"{self.folder}/{name}", 0o755)
        shutil.chown(self.folder + "/data", "postfix")

    def start(self, main_cf, master_cf, **more):
        for name, text in (("main.cf", MAIN_CF + main_cf), ("master.cf", master_cf + MASTER_CF)):
            with open(f"{self.folder}/etc/{name}", "w", encoding="utf-8") as file:
                file.write(text.format(folder=self.folder, **self.ports, **more))
        self.call("postfix", "check")
        self.call(self.call("postconf", "-h", "daemon_directory").strip() + "/master", "-w")
        for door in self.ports:
            if "{" + door + "}" in master_cf:
                wait(f"Postfix listens ({self.log()[-300:]})", lambda d=door: self.listens(d))

    def call(self, program, *words):
        done = subprocess.run([program, "-c", self.folder + "/etc", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        check(done.returncode == 0, f"{program} {' '.join(words)}: exit {done.returncode}: {done.stdout.strip()[-300:]}")
        return done.stdout

    def listens(self, door):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.ports[door])) == 0

    def log(self):
        try:
            with open(self.folder + "/log/postfix.log", encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def queue(self):
        """What postqueue shows of each message."""
        text = self.call("postqueue", "-j").strip()
        return text.splitlines()

    def remove(self):
        try:
            with open(f"{self.folder}/spool/pid/master.pid", encoding="ascii") as file:
                pid = int(file.read())
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                os.kill(pid, 0)
                time.sleep(0.05)
        except (OSError, ValueError):
            pass
        if os.environ.get("MDMAIL_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
