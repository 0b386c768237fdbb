"""Search keys at random, and what they must find: True, False, or None where the state of the message is not certain.

A key is (text, test); test(known, entry, number, view) evaluates it for one message of the view. RFC 3501 §6.4.4, RFC 5032 left out
(it depends on the clock), RFC 7162 §3.1.5 (MODSEQ).
"""
import datetime

from .content import WORDS
from .grammar import MONTHS

FLAGS = (("ANSWERED", "\\Answered"), ("DELETED", "\\Deleted"), ("DRAFT", "\\Draft"), ("FLAGGED", "\\Flagged"), ("SEEN", "\\Seen"))


def flag_is(flag, wanted):
    def test(known, entry, number, view):
        if known is None or known.wild:
            return None
        values = known.allowed(flag, view.synced)
        return None if len(values) > 1 else (True in values) == wanted
    return test


def of_content(test):
    def made(known, entry, number, view):
        return None if known is None or known.content is None or not known.content.exact else test(known)
    return made


def both(left, right):
    def test(*message):
        one, two = left(*message), right(*message)
        return False if one is False or two is False else None if None in (one, two) else True
    return test


def either(left, right):
    def test(*message):
        one, two = left(*message), right(*message)
        return True if one is True or two is True else None if None in (one, two) else False
    return test


def negated(test):
    def made(*message):
        found = test(*message)
        return None if found is None else not found
    return made


def date(day):
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"


def simple_key(random, view, keywords):
    kind = random.choice(("all", "flag", "flag", "unflag", "keyword", "unkeyword", "numbers", "uid", "size", "date", "sent", "subject", "from", "header", "body", "text"))
    compare = random.choice((("LARGER", lambda a, b: a > b), ("SMALLER", lambda a, b: a < b)))
    days = random.choice((("BEFORE", lambda a, b: a < b), ("ON", lambda a, b: a == b), ("SINCE", lambda a, b: a >= b)))
    day = datetime.date(random.randrange(1998, 2025), random.randrange(1, 13), random.randrange(1, 28))
    name, flag = random.choice(FLAGS)
    word = random.choice(WORDS)
    if kind == "flag":
        return name, flag_is(flag, True)
    if kind == "unflag":
        return "UN" + name, flag_is(flag, False)
    if kind in ("keyword", "unkeyword"):
        keyword = random.choice(keywords)
        return f"{kind.upper()} {keyword}", flag_is(keyword.lower(), kind == "keyword")
    if kind == "numbers" and view.entries:
        low, high = sorted(random.choices(range(1, len(view.entries) + 1), k=2))
        if random.random() < 0.3:
            return f"{low}:*", lambda k, e, n, v: n >= low
        return f"{high}:{low}", lambda k, e, n, v: low <= n <= high
    if kind == "uid" and view.uids():
        low, high = sorted(random.choices(view.uids(), k=2))
        return f"UID {low}:{high}", lambda k, e, n, v: None if e.uid is None else low <= e.uid <= high
    if kind == "size":
        size = random.randrange(200, 3000)
        return f"{compare[0]} {size}", of_content(lambda k: compare[1](len(k.content.octets), size))
    if kind == "date":
        return f"{days[0]} {date(day)}", lambda k, e, n, v: None if k is None or k.instant is None else days[1](k.instant.date(), day)
    if kind == "sent":
        return f"SENT{days[0]} {date(day)}", of_content(lambda k: days[1](k.content.sent.date(), day))
    if kind == "subject":
        part = random.choice(("report", "LUNCH", "list] l", "nowhere"))
        return f'SUBJECT "{part}"', of_content(lambda k: part.lower() in k.content.subject.lower())
    if kind == "from":
        who = random.choice(("alice", "CAROL", "list-1", "nobody"))
        return f"FROM {who}", of_content(lambda k: who.lower().encode() in k.content.sender.lower())
    if kind == "header":
        number = random.randrange(1, 30)
        return f"HEADER X-Token -{number}", of_content(lambda k: f"-{number}" in k.content.token)
    if kind == "body":
        return f"BODY {word}", of_content(lambda k: word in k.content.words if "1" in k.content.sections and k.content.structure["type"] == b"TEXT" else None)
    if kind == "text":
        return f'TEXT "{word.upper()}"', of_content(lambda k: True if word in k.content.words else None)
    return "ALL", lambda k, e, n, v: True


def key(random, view, keywords, depth=0):
    shape = random.random()
    text, test = simple_key(random, view, keywords)
    if depth > 2 or shape < 0.55:
        return text, test
    if shape < 0.68:
        text, test = key(random, view, keywords, depth + 1)
        return "NOT " + (f"({text})" if " " in text else text), negated(test)
    other, second = key(random, view, keywords, depth + 1)
    if shape < 0.82:
        return f"OR ({text}) ({other})", either(test, second)
    joined = f"{text} {other}"
    return (f"({joined})" if depth else joined), both(test, second)
