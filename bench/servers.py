"""The two sides of a benchmark: a private instance of mdmail, and a private Postfix with Dovecot (LMTP, Maildir).

Both listen on loopback, write below one folder each on the same file system, and are as durable as in production: a message is on
disk before its 250. Users u0 .. uN-1@bench.test, password "bench-Pa55".
"""
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

USERS = 40
RECIPIENTS = 10000  # of one message
PASSWORD = "bench-Pa55"
SINKS = {f"d{number}.sink.test": f"127.0.1.{number}" for number in range(20)} | {"down.sink.test": "127.0.1.99"}  # at port base + 26


def await_port(port, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing listens on port {port}")


def run(*command, stdin=""):
    """What the command prints; a daemon that it leaves behind may keep the output open, so that is a file."""
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, input=stdin, stdout=output, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        output.seek(0)
        text = output.read()
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {text.strip()[-500:]}")
    return text


class Server:
    """A folder, a port base, and Maildirs below the folder, which belong to the user `owner` (None: to who runs this)."""

    owner = None

    def __init__(self, folder, base):
        self.folder, self.base, self.users = folder, base, USERS

    def maildir(self, user):
        return self.maildirs.replace("*", user)

    def imap(self, user, tls=False):
        return wire.Imap(self.base + (993 if tls else 143), f"{user}@bench.test", PASSWORD, tls)

    def pop3(self, user):
        return wire.Pop3(self.base + 110, f"{user}@bench.test", PASSWORD)

    def delivered(self):
        return sum(len(os.listdir(place)) for maildir in glob.glob(self.maildirs)
                   for place in (maildir + "/new", maildir + "/cur") if os.path.isdir(place))

    def changes(self):
        """A function that tells in how many Maildirs something has arrived since."""
        before = {place: os.stat(place).st_mtime_ns for place in glob.glob(self.maildirs + "/new")}
        return lambda: sum(os.stat(place).st_mtime_ns != modified for place, modified in before.items())


class Mdmail(Server):
    name = "mdmail"

    def __init__(self, folder, base, programs):
        super().__init__(folder, base)
        self.maildirs = folder + "/store/bench.test/*/Maildir"
        self.mdctl = os.path.join(programs, "src/mdctl/mdctl")
        self.conf = folder + "/etc/mdmail.conf"

    def ctl(self, *words, stdin=""):
        return run(self.mdctl, "-c", self.conf, *words, stdin=stdin)

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        run(self.mdctl, "init", "--root", self.folder, "--hostname", "mx.bench.test", "--port-base", str(self.base))
        # No server on that port: look-ups fail at once instead of going out to the Internet.
        self.ctl("config", "set", "dns.servers", '["127.0.0.1:9"]')
        # Both sides take passwords without TLS here, and count connections of one address alike.
        self.ctl("config", "set", "auth.cleartext_networks", '["127.0.0.0/8"]')
        self.ctl("config", "set", "smtp.max_recipients", str(RECIPIENTS))
        with open(self.conf, "a", encoding="utf-8") as file:
            file.write('[[relay]]\nnetwork = "127.0.0.0/8"\n')
            file.writelines(f'[[route]]\ndomain = "{domain}"\nto = "smtp:[{host}]:{self.base + 26}"\n' for domain, host in SINKS.items())
        self.ctl("start")
        self.ctl("domain", "add", "bench.test")
        for number in range(min(self.users, USERS)):
            self.ctl("account", "add", f"u{number}@bench.test", "--password-stdin", stdin=PASSWORD + "\n")
        if self.users > USERS:  # nobody logs in to these
            rows = "".join(f"u{number}@bench.test\n" for number in range(USERS, self.users))
            self.ctl("account", "import", "-", stdin="address\n" + rows)
        await_port(self.base + 25)

    def stop(self):
        subprocess.run([self.mdctl, "-c", self.conf, "stop"], capture_output=True, timeout=60, check=False)

    def restart(self):
        """Seconds until it takes mail again."""
        self.stop()
        start = time.monotonic()
        self.ctl("start")
        await_port(self.base + 25)
        return time.monotonic() - start

    restart_sending = restart

    def count_queue(self):
        """Lists all of it; how many messages."""
        return self.ctl("--json-lines", "queue", "list").count("\n")

    def flush(self):
        """Tries all of it now."""
        self.ctl("queue", "run")


MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
myhostname = mx.bench.test
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
message_size_limit = 50000000
smtpd_recipient_limit = {recipients}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
virtual_mailbox_domains = bench.test
virtual_mailbox_maps = hash:{folder}/postfix/mailboxes
virtual_transport = lmtp:unix:{folder}/run/lmtp
transport_maps = hash:{folder}/postfix/transport
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}/log
# All of the load comes from one address, and goes to one next hop: no brake made for strangers.
default_process_limit = 300
in_flow_delay = 0
lmtp_initial_destination_concurrency = 20
lmtp_destination_concurrency_limit = 20
"""

MASTER_CF = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
flush unix n - n 1000? 0 flush
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

# mail_fsync stays at its default: LMTP syncs what it saves.
DOVECOT_CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n allow_all_users=yes
}}
first_valid_uid = 8
mail_location = maildir:~/Maildir
maildir_very_dirty_syncs = yes
mail_max_userip_connections = 2000
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
  service_count = 0
  process_min_avail = 2
  client_limit = 5000
  vsz_limit = 1G
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
  service_count = 0
  process_min_avail = 2
}}
service imap {{
  process_limit = 2500
  process_min_avail = 2
}}
service lmtp {{
  process_min_avail = 2
  unix_listener lmtp {{
    mode = 0600
    user = postfix
  }}
}}
"""


class Peers(Server):
    name = "Postfix + Dovecot"
    owner = "mail"

    def __init__(self, folder, base):
        super().__init__(folder, base)
        self.maildirs = folder + "/mail/*/Maildir"

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text.format(folder=self.folder, smtp=self.base + 25, imap=self.base + 143, imaps=self.base + 993, pop3=self.base + 110,
                                   password=PASSWORD, recipients=RECIPIENTS))

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("postfix", "spool", "data", "mail", "run", "state", "log"):
            os.makedirs(f"{self.folder}/{name}", 0o755)
        shutil.chown(self.folder + "/mail", "mail", "mail")
        shutil.chown(self.folder + "/data", "postfix")
        self.write("postfix/main.cf", MAIN_CF)
        self.write("postfix/master.cf", MASTER_CF)
        self.write("dovecot.conf", DOVECOT_CONF)
        self.write("postfix/mailboxes", "".join(f"u{number}@bench.test u{number}\n" for number in range(self.users)))
        self.write("postfix/transport", "".join(f"{domain} smtp:[{host}]:{self.base + 26}\n" for domain, host in SINKS.items()))
        for name in ("mailboxes", "transport"):
            run("postmap", "-c", self.folder + "/postfix", f"hash:{self.folder}/postfix/{name}")
        subprocess.run(["postfix", "-c", self.folder + "/postfix", "check"], capture_output=True, check=False)
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.bench.test",
            "-days", "2", "-keyout", self.folder + "/key.pem", "-out", self.folder + "/cert.pem")
        run("dovecot", "-c", self.folder + "/dovecot.conf")
        self.start_postfix()

    def start_postfix(self):
        where = run("postconf", "-c", self.folder + "/postfix", "-h", "daemon_directory").strip()
        run(where + "/master", "-c", self.folder + "/postfix", "-w")
        await_port(self.base + 25)

    def restart_sending(self):
        with open(f"{self.folder}/spool/pid/master.pid", encoding="ascii") as file:
            master = int(file.read())
        os.kill(master, signal.SIGTERM)
        while os.path.exists(f"/proc/{master}"):
            time.sleep(0.01)
        self.start_postfix()

    def count_queue(self):
        return run("postqueue", "-c", self.folder + "/postfix", "-j").count("\n")

    def flush(self):
        run("postqueue", "-c", self.folder + "/postfix", "-f")

    def stop(self):
        for name in ("spool/pid/master.pid", "run/master.pid"):
            try:
                with open(f"{self.folder}/{name}", encoding="ascii") as file:
                    os.kill(int(file.read()), signal.SIGTERM)
            except (OSError, ValueError):
                pass
        time.sleep(2)
