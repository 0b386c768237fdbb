"""A private Dovecot on loopback, for what is compared with it: any account of any domain, with the suite's password."""
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
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={root}/mail/%n allow_all_users=yes
}}
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


class PrivateDovecot:
    """Runs from its construction to stop(); skips where there is none, or no root to change its processes' user."""

    def __init__(self):
        program = need("dovecot")
        if os.geteuid() != 0:
            raise Skipped("Dovecot needs root")
        self.root = tempfile.mkdtemp(prefix="mddovecot.")
        os.chmod(self.root, 0o755)
        base = free_ports()
        self.imap, self.pop3, self.lmtp = base + 143, base + 110, base + 24
        for name in ("run", "state", "log", "mail"):
            os.mkdir(os.path.join(self.root, name))
        shutil.chown(os.path.join(self.root, "mail"), "mail", "mail")
        conf = os.path.join(self.root, "dovecot.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write(CONF.format(root=self.root, password=PASSWORD, imap=self.imap, pop3=self.pop3, lmtp=self.lmtp))
        subprocess.run([program, "-c", conf], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=60)
        wait("Dovecot", self.answers)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.imap), 5).close()
        except OSError:
            return False
        return True

    def stop(self):
        with open(os.path.join(self.root, "run/master.pid"), encoding="ascii") as file:
            master = int(file.read())
        os.kill(master, signal.SIGTERM)
        wait("Dovecot to end", lambda: not os.path.exists(f"/proc/{master}"))
        if os.environ.get("MDMAIL_KEEP"):
            print(f"kept: {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)
