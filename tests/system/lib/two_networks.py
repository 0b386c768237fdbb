"""Two network namespaces, joined by a veth pair, and the DNS in them: a root of its own and a name server (nsd) on each side.

A has 192.0.2.1 and 2001:db8::1, B has 192.0.2.2 and 2001:db8::2, beside it 192.0.2.3 and 2001:db8::3, where nobody listens. The addresses
of the root servers are A's, so that a resolver without settings recurses from there. It all goes with the process that made it.
"""
import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile

from harness import Failed, Instance, Skipped, need, wait

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
# As libunbound has them.
ROOT_SERVERS = ("198.41.0.4", "199.9.14.201", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241", "192.112.36.4",
                "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33")
ADDRESSES = {"a": (("192.0.2.1/24", "2001:db8::1/64"), ROOT_SERVERS), "b": (("192.0.2.2/24", "192.0.2.3/24", "2001:db8::2/64",
                                                                           "2001:db8::3/64"), ())}
HEAD = "$ORIGIN {origin}\n$TTL {ttl}\n@ SOA ns.{name}. hostmaster.{name}. 1 3600 900 604800 {ttl}\n"


def run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise Skipped(f"{' '.join(words)}: {done.stderr.strip()}")


class TwoNetworks:
    """Skips where it may not be made."""

    def __init__(self):
        for program in ("ip", "nsd"):
            need(program)
        if os.geteuid() != 0:
            raise Skipped("network namespaces want root")
        self.folder = tempfile.mkdtemp(prefix="mdnetworks.")
        os.chmod(self.folder, 0o755)
        self.names = {side: f"mdtest{os.getpid()}{side}" for side in ADDRESSES}
        self.servers = {}
        atexit.register(self.remove)
        for name in self.names.values():
            run("ip", "netns", "add", name)
        run("ip", "-n", self.names["a"], "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", self.names["b"])
        for side, (addresses, own) in ADDRESSES.items():
            name = self.names[side]
            run("ip", "-n", name, "link", "set", "lo", "up")
            for address in addresses:
                run("ip", "-n", name, "addr", "add", address, "dev", "veth0", *(["nodad"] if ":" in address else []))
            for address in own:
                run("ip", "-n", name, "addr", "add", address + "/32", "dev", "lo")
            run("ip", "-n", name, "link", "set", "veth0", "up")
        run("ip", "-n", self.names["b"], "route", "add", "default", "via", "192.0.2.1")

    @contextlib.contextmanager
    def inside(self, side):
        """What this thread opens and starts meanwhile is in that namespace."""
        with open("/proc/thread-self/ns/net", "rb") as here, open(f"/run/netns/{self.names[side]}", "rb") as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if LIBC.setns(here.fileno(), CLONE_NEWNET):
                    os._exit(70)  # nothing can be relied on any more

    def zone(self, name, text, ttl=1):
        with open(f"{self.folder}/zone.{name}", "w", encoding="ascii") as file:
            file.write(HEAD.format(origin=name.rstrip(".") + ".", name=name.rstrip(".") or "root", ttl=ttl) + text)

    def serve(self, server, side, addresses, zones):
        """Starts a name server, `zones` of which were written; it answers nothing on others."""
        prefix, conf = f"{self.folder}/{server}", f"{self.folder}/{server}.conf"
        with open(conf, "w", encoding="ascii") as file:
            file.write("server:\n" + "".join(f" ip-address: {address}\n" for address in addresses))
            file.write(f' server-count: 1\n username: ""\n chroot: ""\n database: ""\n rrl-ratelimit: 0\n zonesdir: "{self.folder}"\n'
                       f' xfrdir: "{self.folder}"\n')
            file.write("".join(f' {word}: "{prefix}.{word}"\n' for word in ("pidfile", "xfrdfile", "zonelistfile", "logfile",
                                                                          "cookie-secret-file")))
            file.write("remote-control:\n control-enable: no\n")
            file.write("".join(f"zone:\n name: {zone}\n zonefile: zone.{zone}\n" for zone in zones))
        with self.inside(side):
            # Its own process group: its children stop and end with it.
            process = subprocess.Popen([shutil.which("nsd"), "-d", "-c", conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        self.servers[server] = (process, (server, side, addresses, zones))

        def ready():
            if process.poll() is not None:
                raise Failed(f"nsd ended: {open(f'{prefix}.logfile', encoding='utf-8').read()[-500:]}")
            with open(f"{prefix}.logfile", encoding="utf-8") as log:
                return "nsd started" in log.read()

        wait(f"name server {server}", lambda: os.path.exists(f"{prefix}.logfile") and ready())

    def signal(self, server, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.servers[server][0].pid, number)

    def stop(self, server):
        """What served where, for start again: serve(*stop(...))."""
        process, how = self.servers.pop(server)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        os.unlink(f"{self.folder}/{server}.logfile")
        return how

    def remove(self):
        for server in list(self.servers):
            self.signal(server, signal.SIGCONT)
            self.signal(server, signal.SIGKILL)
            self.servers[server][0].wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Site(Instance):
    """An instance inside one of them, on the usual ports; it asks the DNS by itself, from the root."""

    def __init__(self, networks, side, hostname):
        self.networks, self.side = networks, side
        with networks.inside(side):
            super().__init__(hostname, base=0)
        self.ctl("config", "set", "dns.servers", "[]")
        with open(self.conf, "a", encoding="utf-8") as file:
            for address, _ in (one.split("/") for one in ADDRESSES[side][0]):
                if not address.endswith("3"):
                    file.write(f'[[listener]]\nprotocol = "smtp"\naddress = "{address}"\nport = 25\n')

    def try_ctl(self, *words, **how):
        with self.networks.inside(self.side):
            return super().try_ctl(*words, **how)

    def submission(self, *words, **how):
        with self.networks.inside(self.side):
            return super().submission(*words, **how)

    def imap(self, *words, **how):
        with self.networks.inside(self.side):
            return super().imap(*words, **how)
