"""What happens beside IMAP: deliveries by LMTP and SMTP, POP3, and a program that touches the Maildir."""
import asyncio
import os
import poplib
import signal
import smtplib
import ssl

from .support import ranges
from .truth import Arrival, Broken

KILLED = ("mdimapd", "mdqueue", "mdpop3d")
LETTERS = {"S": "\\Seen", "R": "\\Answered", "F": "\\Flagged", "T": "\\Deleted", "D": "\\Draft"}


async def act(world):
    """One act of the world around."""
    account = world.random.choice(world.accounts)
    kinds = ["lmtp"] * bool(world.settings.lmtp) + ["smtp"] * bool(world.settings.smtp) + ["file", "rename", "remove"] * bool(world.settings.meddles)
    if world.settings.box and world.random.random() < 0.2:
        kinds = ["kill"]
    if kinds:
        kind = world.random.choice(kinds)
        world.counts[kind] = world.counts.get(kind, 0) + 1
        await {"lmtp": deliver, "smtp": deliver, "file": new_file, "rename": rename, "remove": remove, "kill": kill}[kind](world, account, kind)


async def kill(world, account, kind):
    """kill -9 of a worker: what was acknowledged stays, and the daemon goes on."""
    daemon = world.random.choice(KILLED)
    pids = world.settings.box.children(daemon)
    if pids:
        if daemon == "mdimapd":
            world.excused |= {client for client in world.clients if client.writer}
            for account in world.accounts:              # an operation under way may have happened or not
                for box in account.mailboxes.values():
                    if box.touched == world.step:
                        box.linger(world.step)
        os.kill(world.random.choice(pids), signal.SIGKILL)
        world.aborted = True
        await asyncio.sleep(0.5)


async def deliver(world, account, kind):
    box = account.mailboxes["INBOX"]
    made = world.maker.message()
    while not made.octets.endswith(b"\r\n"):             # SMTP sends whole lines
        made = world.maker.message()
    made.exact = False
    arrival = Arrival(made, {}, world.step, False)
    box.touch(world.step)
    box.arrivals.append(arrival)
    await asyncio.to_thread(send, world.settings, kind, account.name, made.octets)
    arrival.sure = True


def send(settings, kind, name, octets):
    port = settings.lmtp if kind == "lmtp" else settings.smtp
    with (smtplib.LMTP if kind == "lmtp" else smtplib.SMTP)(settings.host, port, local_hostname="client.test", timeout=30) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("someone@elsewhere.test", ["BODY=8BITMIME"])
        client.rcpt(name)
        code, text = client.data(octets)
        if code != 250:
            raise Broken("RFC 5321 §4.2", f"{kind}: {code} {text!r}")


# POP3

async def pop3(world, account):
    if world.settings.pop3:
        await asyncio.to_thread(read_pop3, world, account)


def read_pop3(world, account):
    """UIDL and LIST name the messages of INBOX in order, with their sizes; an id never changes (RFC 1939 §7)."""
    box, settings = account.mailboxes["INBOX"], world.settings
    if settings.pop3_tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = poplib.POP3_SSL(settings.host, settings.pop3, context=context, timeout=30)
    else:
        client = poplib.POP3(settings.host, settings.pop3, timeout=30)
    try:
        client.user(account.name)
        client.pass_(settings.password)
        sizes = [int(row.split()[1]) for row in client.list()[1]]
        names = [row.split()[1] for row in client.uidl()[1]]
        here = box.present()
        if len(sizes) != len(here) or len(names) != len(here) or len(set(names)) != len(names):
            raise Broken("RFC 1939 §5", f"POP3 of {account.name}: LIST {len(sizes)}, UIDL {len(names)} ({len(set(names))} different), there are {ranges(m.uid for m in here)}")
        for known, size, name in zip(here, sizes, names):
            if known.seen.setdefault("UIDL", name) != name:
                raise Broken("RFC 1939 §7", f"UIDL of UID {known.uid} is {name!r}, was {known.seen['UIDL']!r}")
            wanted = len(known.content.octets) if known.content.exact else known.seen.get("RFC822.SIZE", size)
            if size != wanted:
                raise Broken("RFC 1939 §11", f"LIST gives {size} octets for UID {known.uid}, it has {wanted}")
        client.quit()
    finally:
        client.close()


# The Maildir

def folder(world, account, box):
    root = world.settings.maildir.format(user=account.name, local=account.name.partition("@")[0])
    return root if box.name == "INBOX" else os.path.join(root, "." + box.name.replace(account.separator, "."))


def files(path):
    """(folder, name) of each message file."""
    found = []
    for place in ("new", "cur"):
        if os.path.isdir(os.path.join(path, place)):
            found += [(os.path.join(path, place), name) for name in sorted(os.listdir(os.path.join(path, place))) if not name.startswith(".")]
    return found


def token(path):
    with open(path, "rb") as file:
        head = file.read(8192).partition(b"X-Token: ")[2]
    return head.partition(b"\n")[0].strip().decode(errors="replace")


def flags_of(name):
    return {LETTERS[c] for c in name.partition(":2,")[2] if c in LETTERS}


async def disk(world, account):
    """The files are the messages, and their names tell the flags, at the latest some seconds later."""
    if not world.settings.maildir:
        return
    for box in account.mailboxes.values():
        path = folder(world, account, box)
        if not os.path.isdir(path):
            if box.present():
                raise Broken("Maildir", f"{path} is not there, {box.name} has {len(box.present())} messages")
            continue
        found = None
        for _ in range(80):
            found = await asyncio.to_thread(compare_disk, path, box)
            if not found:
                break
            await asyncio.sleep(0.1)
        if found:
            raise Broken("Maildir", f"{path}: {found}")


def compare_disk(path, box):
    told = {}
    for place, name in files(path):
        try:
            told.setdefault(token(os.path.join(place, name)), []).append((name, flags_of(name) if place.endswith("cur") else set()))
        except FileNotFoundError:
            return f"{name} is being renamed"
    wanted = {}
    for known in box.present():
        wanted.setdefault(known.content.token, []).append(known)
    if {t: len(n) for t, n in told.items()} != {t: len(n) for t, n in wanted.items()}:
        return f"files {sorted(told)}, messages {sorted(wanted)}"
    for name, rows in wanted.items():
        flags = [m.flags() for m in rows]
        if None in flags:
            continue
        have = sorted(sorted(f) for _, f in told[name])
        want = sorted(sorted(f & set(LETTERS.values())) for f in flags)
        if have != want:
            return f"{[n for n, _ in told[name]]}: flags in the names {have}, they are {want}"
    return None


async def new_file(world, account, kind):
    """Another program delivers: tmp/, then a rename into new/."""
    box = account.mailboxes["INBOX"]
    made = world.maker.message()
    arrival = Arrival(made, {}, world.step, False)
    box.touch(world.step)
    box.arrivals.append(arrival)
    path = folder(world, account, box)
    name = f"{world.step}.{made.token}.outside"
    owner = os.stat(path)
    with open(os.path.join(path, "tmp", name), "wb") as file:
        file.write(made.octets.replace(b"\r\n", b"\n"))
    os.chown(os.path.join(path, "tmp", name), owner.st_uid, owner.st_gid)
    os.rename(os.path.join(path, "tmp", name), os.path.join(path, "new", name))
    arrival.sure = True


def picked(world, account):
    """A file of a mailbox and the message that it certainly is."""
    box = world.random.choice(list(account.mailboxes.values()))
    found = files(folder(world, account, box))
    if not found:
        return None
    place, name = world.random.choice(found)
    try:
        mark = token(os.path.join(place, name))
    except OSError:
        return None
    known = [m for m in box.messages.values() if m.content and m.content.token == mark and m.gone == "no"]
    if len(known) != 1 or sum(m.content is None for m in box.messages.values()) or any(a.content is known[0].content for a in box.arrivals):
        return None
    return box, known[0], place, name


async def rename(world, account, kind):
    """Another program changes a flag, as Maildir readers do: by the name, and out of new/."""
    chosen = picked(world, account)
    if not chosen:
        return
    box, known, place, name = chosen
    letter = world.random.choice("SRFD")
    base, _, letters = name.partition(":2,")
    value = letter not in letters
    letters = "".join(sorted(set(letters) ^ {letter}))
    box.touch(world.step)
    known.begin(LETTERS[letter], value, world.step, lingers=True)
    box.lingering = True
    try:
        os.rename(os.path.join(place, name), os.path.join(os.path.dirname(place), "cur", f"{base}:2,{letters}"))
        world.wishes.append((known, LETTERS[letter], value, world.step))
    except FileNotFoundError:
        pass


async def remove(world, account, kind):
    chosen = picked(world, account)
    if not chosen:
        return
    box, known, place, name = chosen
    box.touch(world.step)
    box.lingering = True
    known.gone, known.gone_at, known.lost = "outside", world.step, True
    try:
        os.unlink(os.path.join(place, name))
    except FileNotFoundError:
        known.gone = "maybe"
