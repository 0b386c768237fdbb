#!/usr/bin/env python3
"""Perl's Mail::IMAPClient by its own test suite, which comes with Debian's source package: under implicit TLS, by STARTTLS, and compressed.
The suite is fetched by apt-get with a configuration of its own, which leaves the machine's as it is."""
import glob
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, Skipped, check, need

PACKAGE = "libmail-imapclient-perl"
ACCOUNT = "bob@example.com"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The programs of the suite that speak to a server, and their counts of tests.
LIVE = {"basic.t": 111, "quota.t": 7}
# What it takes for granted of a server. A folder that nobody made, and that is there for the one below it, goes with that one, so that
# there is none to delete. Quota roots have the names that the server gives (RFC 9208 section 3.2); it asks for Dovecot's, ours is "".
OTHERWISE = {"basic.t": {"delete parent folder"}, "quota.t": {"getquota"}}


def run(*command, folder, **more):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **more})


def fetch(folder):
    """The folder of the unpacked source, or the case is skipped."""
    apt = need("apt-get")
    where = run(apt, "indextargets", "--format", "$(SITE) $(CODENAME)", "Created-By: Packages", "Label: Debian", "Component: main",
                folder=folder).stdout.split("\n")[0]
    if not where or not os.path.exists(KEYRING):
        raise Skipped("no Debian archive is configured")
    for path in ("lists/partial", "archives/partial", "source"):
        os.makedirs(os.path.join(folder, path))
    with open(os.path.join(folder, "sources"), "w", encoding="ascii") as file:
        file.write(f"deb-src [signed-by={KEYRING}] {where} main\n")
    own = [word for setting in (f"Dir::Etc::SourceList={folder}/sources", "Dir::Etc::SourceParts=-", f"Dir::State::Lists={folder}/lists",
                                f"Dir::Cache={folder}", "Acquire::Retries=1", "Acquire::http::Timeout=10", "APT::Sandbox::User=root")
           for word in ("-o", setting)]
    for words in (("update",), ("source", "--tar-only", "--download-only", PACKAGE)):
        done = run(apt, "-q", *own, *words, folder=os.path.join(folder, "source"))
        if done.returncode:
            raise Skipped(f"the source of {PACKAGE} cannot be had: {(done.stderr or done.stdout).strip()[-200:]}")
    packed = glob.glob(os.path.join(folder, "source", "*.tar.*"))
    check(len(packed) == 1 and run("tar", "-xf", packed[0], "--strip-components=1", folder=os.path.join(folder, "source")).returncode == 0,
          f"unpacking {packed}")
    return os.path.join(folder, "source")


def suite(box):
    if run("perl", "-MMail::IMAPClient", "-MIO::Socket::SSL", "-e1", folder="/").returncode:
        raise Skipped(f"{PACKAGE} or libio-socket-ssl-perl is not installed")
    folder = os.path.join(box.root, "imapclient")
    if not os.path.isdir(folder):
        os.makedirs(folder)
        fetch(folder)
    return os.path.join(folder, "source")


def try_suite(box, port, programs=tuple(LIVE), **settings):
    folder = suite(box)
    values = {"server": "127.0.0.1", "port": box.port(port), "user": ACCOUNT, "passed": PASSWORD, **settings}
    with open(os.path.join(folder, "test.txt"), "w", encoding="ascii") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    for program in programs:
        done = run("perl", f"t/{program}", folder=folder, SSL_CERT_FILE=f"{box.root}/etc/tls/certificate.pem")
        passed = re.findall(r"^ok \d+(?!.*# skip)", done.stdout, re.MULTILINE)
        failed = re.findall(r"^not ok \d+ *-? *(.*)", done.stdout, re.MULTILINE)
        check(set(failed) == OTHERWISE.get(program, set()), f"{program}: failed: {failed}: {(done.stderr or done.stdout)[-800:]}")
        check(len(passed) == LIVE[program] - len(failed), f"{program}: {len(passed)} of {LIVE[program]} passed, others were skipped: {done.stdout[-800:]}")


def by_starttls(box):
    try_suite(box, 143, starttls=1)


def under_implicit_tls(box):
    """The suite ends with STARTTLS on the same port, where no greeting comes in clear: a short time limit, and it does not count that."""
    try_suite(box, 993, ssl=1, timeout=3)


def compressed(box):
    """Not with basic.t: append_file of the module sends the message past its own compression."""
    try_suite(box, 143, ("quota.t",), starttls=1, compress=1)


INSTANCE = harness.Instance().start().domain(accounts=())
INSTANCE.ctl("account", "add", ACCOUNT, "--quota", "100M", "--password-stdin", stdin=PASSWORD + "\n")
harness.run(INSTANCE, by_starttls, under_implicit_tls, compressed)
