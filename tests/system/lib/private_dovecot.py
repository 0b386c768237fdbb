"""A private Dovecot on loopback, for what is compared with it or sent to it: any account of any domain, or those that the caller names,
with the suite's password."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import PASSWORD, Skipped, free_ports, need, wait

CONF = """\
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_username_format = %Lu
{databases}
first_valid_uid = 8
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""
ANYBODY = """\
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={root}/mail/%n allow_all_users=yes
}}
"""
THESE = """\
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = passwd-file
  args = username_format=%Lu {root}/users
  default_fields = uid=mail gid=mail home={root}/mail/%n
}}
"""


class PrivateDovecot:
    """Runs from its construction to stop(); skips where there is none, or no root to change its processes' user.

    `users`: {address: more fields of its userdb}, nobody else is known then. `more`: lines for the configuration, with {root}."""

    def __init__(self, users=None, more=""):
        need("dovecot")
        if os.geteuid() != 0:
            raise Skipped("Dovecot needs root")
        self.root = tempfile.mkdtemp(prefix="mddovecot.")
        os.chmod(self.root, 0o755)
        base = free_ports()
        self.imap, self.pop3, self.lmtp = base + 143, base + 110, base + 24
        for name in ("run", "state", "log", "mail"):
            os.mkdir(os.path.join(self.root, name))
        shutil.chown(os.path.join(self.root, "mail"), "mail", "mail")
        with open(os.path.join(self.root, "dovecot.conf"), "w", encoding="ascii") as file:
            names = {"root": self.root, "password": PASSWORD}
            databases = (ANYBODY if users is None else THESE).format(**names)
            file.write(CONF.format(imap=self.imap, pop3=self.pop3, lmtp=self.lmtp, databases=databases, **names) + more.format(**names))
        if users is not None:
            with open(os.path.join(self.root, "users"), "w", encoding="utf-8") as file:
                file.writelines(f"{address}:::::::{fields}\n" for address, fields in users.items())
        self.begin()

    def begin(self):
        subprocess.run(["dovecot", "-c", os.path.join(self.root, "dovecot.conf")], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        wait("Dovecot", self.answers)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.imap), 5).close()
        except OSError:
            return False
        return True

    def end(self):
        with open(os.path.join(self.root, "run/master.pid"), encoding="ascii") as file:
            master = int(file.read())
        os.kill(master, signal.SIGTERM)
        wait("Dovecot to end", lambda: not os.path.exists(f"/proc/{master}"))

    def stop(self):
        self.end()
        if os.environ.get("MDMAIL_KEEP"):
            print(f"kept: {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)
