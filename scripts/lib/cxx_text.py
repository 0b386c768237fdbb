"""C++ sources as text for the checks of this folder.

files(top, folders)  the sources and headers below folders, sorted
strip(text)          the same text with comments, strings and characters blanked; lines and columns stay
tokens(text)         (token, line) of stripped text
includes(text)       (line, name, quoted) of each #include
"""
import os
import re

SUFFIXES = (".cc", ".h", ".def")

BLANKED = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|(?:\b(?:u8|u|U|L))?R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-zA-Z_])'(?:[^'\\\n]|\\.)+'", re.DOTALL)
TOKEN = re.compile(r"[A-Za-z_]\w*|->|::|<=>|[-+*/%&|^!=<>]=|&&|\|\||\d[\w.']*|\"\"|''|\S")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)


def files(top, folders, suffixes=SUFFIXES):
    found = []
    for folder in folders:
        for where, folders_below, names in os.walk(os.path.join(top, folder)):
            folders_below.sort()
            found += [os.path.relpath(os.path.join(where, name), top) for name in sorted(names) if name.endswith(suffixes)]
    return found


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def _blank(match):
    text = match.group(0)
    kept = re.sub(r"[^\n]", " ", text)
    if text.startswith("/"):
        return kept
    quote = "'" if text.startswith("'") else '"'
    return quote * 2 + kept[2:]


def strip(text, directives=False):
    """Blanks what is no code; with directives=True the preprocessor's lines too."""
    text = BLANKED.sub(_blank, text)
    return DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text) if directives else text


def tokens(text):
    line, at, found = 1, 0, []
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.append((match.group(0), line))
    return found


def includes(text):
    without_comments = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.DOTALL)
    return [(without_comments.count("\n", 0, m.start()) + 1, m.group(2), m.group(1) == '"')
            for m in INCLUDE.finditer(without_comments)]


def finish(faults, checked):
    """Prints the faults (path:line: text) and gives the exit code."""
    for fault in faults:
        print(fault)
    print(f"{checked}: {len(faults)} fault{'' if len(faults) == 1 else 's'}")
    return 1 if faults else 0
