#!/usr/bin/env python3
"""An installed instance from a scratch prefix, started by root: each child is its own user, and mail goes its whole way with that.

The users of contrib/systemd/mdmail.sysusers exist in a mount namespace of this case alone, where /etc/passwd and /etc/group are files
of ours; the machine's own stay as they are. The folders have the owners and modes of contrib/systemd/mdmail.tmpfiles.
"""
import grp
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import harness
from harness import Skipped, check, message, token

INSIDE = "MDMAIL_OWN_USERS"
SYSTEMD = os.path.join(HERE, "..", "..", "contrib", "systemd")
FIRST_ID = 64100  # above those of packages and people


def rows(name):
    with open(os.path.join(SYSTEMD, name), encoding="utf-8") as file:
        return [shlex.split(line) for line in file if line.strip() and not line.startswith("#")]


def write_users(folder):
    """passwd and group as they are here, with the rows of mdmail.sysusers."""
    passwd = open("/etc/passwd", encoding="utf-8").read()
    groups, members, number = {}, {}, FIRST_ID
    for kind, name, *more in rows("mdmail.sysusers"):
        if kind == "m":
            members.setdefault(more[0], []).append(name)
            continue
        number += 1
        groups[name] = number
        if kind == "u":
            passwd += f"{name}:x:{number}:{number}:mdmail:/nonexistent:/usr/sbin/nologin\n"
    group = open("/etc/group", encoding="utf-8").read()
    for name, gid in groups.items():
        group += f"{name}:x:{gid}:{','.join(members.get(name, []))}\n"
    for name, text in (("passwd", passwd), ("group", group)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o644)


def enter():
    """Starts this program again where the users are; its exit code."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or not unshare:
        return None
    with tempfile.TemporaryDirectory(prefix="mdusers.") as folder:
        write_users(folder)
        os.makedirs(os.path.join(folder, "empty"))
        # An init that runs here knows nothing of this instance: mdctl is not to ask it.
        script = ('mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group || exit 90; '
                  'if [ -d /run/systemd/system ]; then mount --bind "$1/empty" /run/systemd && rmdir /run/systemd/system 2>/dev/null; fi; '
                  'shift; exec "$@"')
        done = subprocess.run([unshare, "--mount", "sh", "-c", script, "sh", folder, sys.executable, *sys.argv],
                              env={**os.environ, INSIDE: "1"}, check=False)
    return None if done.returncode == 90 else done.returncode


class Installed(harness.Instance):
    """As a package would have laid it, but below a scratch folder and on high ports."""

    def __init__(self):
        super().__init__()
        os.chmod(self.root, 0o755)
        self.ctl("config", "set", "daemon.private", "false")
        for kind, path, mode, owner, group in rows("mdmail.tmpfiles"):
            check(kind == "d", f"mdmail.tmpfiles: {kind} is not understood here")
            own = self.place(path)
            if own is None:
                continue
            os.makedirs(own, exist_ok=True)
            for folder, folders, files in os.walk(own):
                for name in folders + files:
                    shutil.chown(os.path.join(folder, name), owner, group)
            shutil.chown(own, owner, group)
            os.chmod(own, int(mode, 8))
        for folder in ("etc", "var", "var/lib", "run"):
            if os.path.isdir(os.path.join(self.root, folder)):
                os.chmod(os.path.join(self.root, folder), 0o755)

    def place(self, path):
        """Where this instance has what an installed one has at `path`; None: it has it nowhere."""
        key = os.path.basename(path)
        done = self.try_ctl("config", "get", f"paths.{key}")
        if done.returncode == 0:
            return done.stdout.strip().strip('"')
        if path == "/run/mdmail":
            return self.ctl("config", "get", "paths.run").stdout.strip().strip('"')
        return None


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return {line.split(":")[0]: line.split()[1:] for line in file if ":" in line}


WANTED = {
    "mdsmtpd": {"mdauth", "mdsmtpd"},
    "mdimapd": {"mdauth", "mdmail"},
    "mdpop3d": {"mdauth", "mdmail"},
    "mdqueue": {"mdqueue", "mdmail", "mdrelay"},
    "mdfilterd": {"mdfilterd"},
}


def each_child_is_its_own_user(box):
    for daemon, users in WANTED.items():
        check(status_of(box.parent(daemon))["Uid"] == ["0"] * 4, f"the parent of {daemon} is not root")
        found = set()
        for pid in box.children(daemon):
            ids = status_of(pid)
            check(len(set(ids["Uid"])) == 1 and len(set(ids["Gid"])) == 1, f"{daemon} {pid}: a way back: {ids['Uid']} {ids['Gid']}")
            user = pwd.getpwuid(int(ids["Uid"][0]))
            check(int(ids["Gid"][0]) == user.pw_gid, f"{daemon} {pid} is {user.pw_name} with the group {ids['Gid'][0]}")
            wanted = {user.pw_gid} | {g.gr_gid for g in grp.getgrall() if user.pw_name in g.gr_mem}
            check({int(g) for g in ids["Groups"]} | {user.pw_gid} == wanted, f"{daemon} {pid} has the groups {ids['Groups']}, wanted {wanted}")
            check(int(ids["CapEff"][0], 16) == 0, f"{daemon} {pid} kept capabilities: {ids['CapEff']}")
            found.add(user.pw_name)
        check(found == users, f"the children of {daemon} are {sorted(found)}, wanted {sorted(users)}")


def mail_goes_its_whole_way(box):
    subject = token()
    box.send(subject)
    box.await_subjects([subject])
    own = token()
    with box.submission() as client:
        client.send_message(message(own), from_addr="alice@example.com", to_addrs=["bob@example.com"])
    box.await_subjects([own])
    check(box.pop3().stat()[0] == 2, "POP3 does not show both messages")


def may_list(user, path):
    """Tried as that user, groups included."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.initgroups(user.pw_name, user.pw_gid)
            os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
            os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
            os.listdir(path)
            code = 0
        except PermissionError:
            code = 2
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    check(code in (0, 2), f"{path} could not be tried as {user.pw_name}")
    return code == 0


MAY_LIST = {
    "accounts": {"mdauth", "mdsmtpd", "mdqueue", "mdmail"},
    "secrets": {"mdauth"},
    "store": {"mdmail"},
    "spool": {"mdqueue"},
    "intake": {"mdqueue", "mdsmtpd"},
    "filter": {"mdfilterd"},
}


def nobody_opens_what_another_role_owns(box):
    users = {name for kind, name, *_ in rows("mdmail.sysusers") if kind == "u"} | {"nobody"}
    for key, allowed in MAY_LIST.items():
        path = box.place(f"/var/lib/mdmail/{key}")
        for name in sorted(users):
            check(may_list(pwd.getpwnam(name), path) == (name in allowed), f"{key}: wrong for {name}")
        for folder, _, files in os.walk(path):
            for file in files:
                check(not os.lstat(os.path.join(folder, file)).st_mode & 0o007, f"{folder}/{file} is open to everybody")
    for folder, _, files in os.walk(box.place("/var/lib/mdmail/store")):
        for file in files:
            owner = pwd.getpwuid(os.stat(os.path.join(folder, file)).st_uid).pw_name
            check(owner == "mdmail", f"{folder}/{file} is {owner}'s")


def the_secret_of_srs_is_read_by_those_who_need_it(box):
    box.ctl("config", "set", "queue.srs", "true")
    box.ctl("reload")
    secret = os.path.join(os.path.dirname(box.conf), "srs.secret")
    found = os.stat(secret)
    check((pwd.getpwuid(found.st_uid).pw_name, grp.getgrgid(found.st_gid).gr_name, found.st_mode & 0o7777) == ("root", "mdread", 0o640),
          f"{secret}: {found}")
    check(not box.logged("srs-unusable"), f"the log: {box.logged('srs-unusable')[:3]}")
    with box.smtp() as client:
        client.ehlo()
        client.mail("")
        code, text = client.rcpt("SRS0=abcdef=AB=third.test=zoe@example.com")
        check((code, text[:5]) == (550, b"5.1.1"), f"a session answers {code} {text}")


def no_child_lacks_a_right(box):
    for words in ("Permission denied", "Operation not permitted", "refused"):
        check(not box.logged(words), f"the log: {box.logged(words)[:3]}")


def nothing_is_left(box):
    box.stop()
    check(not box.processes(), f"after stop there are {box.processes()}")


def cannot(box):
    raise Skipped("needs root, unshare(1) and a system that lets it make a mount namespace")


if __name__ == "__main__":
    if not os.environ.get(INSIDE):
        code = enter()
        if code is not None:
            sys.exit(code)
        harness.run(None, cannot)
    harness.run(Installed().domain().start(), each_child_is_its_own_user, mail_goes_its_whole_way,
                nobody_opens_what_another_role_owns, the_secret_of_srs_is_read_by_those_who_need_it, no_child_lacks_a_right, nothing_is_left)
