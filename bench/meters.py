"""What a run costs: processes of a server, their CPU time and memory, and the flushes of the disk below a folder."""
import os
import re
import subprocess
import time


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def processes(word):
    """Ids of all processes whose command line holds the word, and of their descendants; never this one or its parents."""
    parents, matched, own, at = {}, set(), set(), os.getpid()
    for name in filter(str.isdigit, os.listdir("/proc")):
        status = re.search(r"^PPid:\s*(\d+)", read(f"/proc/{name}/status"), re.MULTILINE)
        if status:
            parents[int(name)] = int(status[1])
            if word in read(f"/proc/{name}/cmdline"):
                matched.add(int(name))
    while at:
        own.add(at)
        at = parents.get(at, 0)

    def belongs(pid):
        while pid:
            if pid in matched and pid not in own:
                return True
            pid = parents.get(pid, 0)
        return False
    return {pid for pid in parents if pid not in own and belongs(pid)}


def cpu_seconds(word):
    """User and system time of the server, children that it has reaped included."""
    ticks = 0
    for pid in processes(word):
        fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15])) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_kib(word):
    """The largest VmHWM of one process of the server, in KiB."""
    found = [re.search(r"^VmHWM:\s*(\d+)", read(f"/proc/{pid}/status"), re.MULTILINE) for pid in processes(word)]
    return max((int(match[1]) for match in found if match), default=0)


def blocks(folder):
    """Octets on disk of all files below a folder; one with several names counts once."""
    seen = {}
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                info = os.lstat(os.path.join(place, name))
            except OSError:
                continue
            seen[info.st_ino] = info.st_blocks * 512
    return sum(seen.values())


class Flushes:
    """Flushes of the block device under a path since construction; whatever else syncs on the machine is in them."""

    def __init__(self, path):
        device = os.stat(path).st_dev
        node = os.path.realpath(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
        if os.path.exists(f"{node}/partition"):
            node = os.path.dirname(node)
        self.path = f"{node}/stat"
        self.start = self._count()

    def _count(self):
        fields = read(self.path).split()
        return int(fields[15]) if len(fields) > 15 else 0

    def count(self):
        return self._count() - self.start


class SyncCalls:
    """System calls that sync, of a server's processes and those that they start, counted by strace; slows the server down."""

    CALLS = "fsync,fdatasync,syncfs,sync_file_range,msync,sync"

    def __init__(self, word, log):
        self.log = log
        self.strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-e", f"trace={self.CALLS}", "-o", log,
             *(word for pid in sorted(processes(word)) for word in ("-p", str(pid)))], stdin=subprocess.DEVNULL)
        time.sleep(2)

    def stop(self):
        self.strace.terminate()
        self.strace.wait()
        return len(re.findall(rf"^\d+\s+(?:{self.CALLS.replace(',', '|')})\(", read(self.log), re.MULTILINE))
