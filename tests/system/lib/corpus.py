"""Mail from the world: $MDMAIL_CORPUS names a folder of archives (*.tar.xz) of messages, and of messages (*.eml)."""
import glob
import os
import tarfile

from harness import Skipped


def members(archive, each):
    """Pairs of name and octets; at most `each` of them, if it is given."""
    with tarfile.open(archive) as files:
        names = sorted(member.name for member in files.getmembers() if member.isfile())
        start = os.path.basename(archive).split(".")[0]
        return [(f"{start}/{name}", files.extractfile(name).read()) for name in names[:each]]


def messages(each=None):
    """Pairs of name and octets, as they lie in a Maildir: at most `each` of an archive."""
    folder = os.environ.get("MDMAIL_CORPUS", "")
    if not os.path.isdir(folder):
        raise Skipped("MDMAIL_CORPUS names no folder of mail")
    found = []
    for archive in sorted(glob.glob(os.path.join(folder, "*.tar.xz"))):
        found += members(archive, each)
    for name in sorted(glob.glob(os.path.join(folder, "**", "*.eml"), recursive=True)):
        with open(name, "rb") as file:
            found.append((os.path.relpath(name, folder), file.read()))
    if not found:
        raise Skipped("there is no mail in MDMAIL_CORPUS")
    return found
