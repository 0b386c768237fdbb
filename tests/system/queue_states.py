#!/usr/bin/env python3
"""What mdqueue cannot deliver: mail for a site that cannot be found now waits in retry, mail for nobody goes back as a report (RFC 3464), and what has no
sender to go back to lies in bad."""
import email
import email.policy
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import harness
from harness import PASSWORD, check, message, token, wait


def waiting(box, queue):
    return [one for one in box.json("queue", "list") if one["queue"] == queue]


def unreachable_waits(box):
    subject = token()
    with box.submission() as client:
        client.send_message(message(subject, "alice@example.com", "friend@elsewhere.test"))
    wait("the message in retry", lambda: waiting(box, "retry"))
    (one,) = waiting(box, "retry")
    check(one["sender"] == "alice@example.com", f"another sender: {one}")
    check([r["address"] for r in one["recipients"]] == ["friend@elsewhere.test"], f"other recipients: {one}")
    (recipient,) = one["recipients"]
    check(recipient["attempts"] == 1 and recipient["next_attempt"] and "MX elsewhere.test" in recipient["last_reply"], f"{recipient}")
    check(one["id"] in box.ctl("queue", "show", one["id"]).stdout, "queue show does not name the message")
    box.ctl("queue", "show", "0000000000000", code=66)


def for_nobody(box, sender):
    """A message that was taken for an account that is gone when mdqueue comes to it."""
    box.ctl("account", "add", "carol@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    os.kill(box.parent("mdqueue"), signal.SIGKILL)
    wait("the end of mdqueue", lambda: not box.processes("mdqueue"))
    subject = token()
    with box.smtp() as client:
        client.send_message(message(subject, sender or "nobody@elsewhere.test", "carol@example.com"), sender, ["carol@example.com"])
    box.ctl("account", "remove", "carol@example.com", "--yes")
    box.ctl("start")
    return subject


def report_goes_back(box):
    subject = for_nobody(box, "alice@example.com")

    def reports():
        client = box.imap("alice@example.com")
        try:
            rows = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            found = [email.message_from_bytes(row[1], policy=email.policy.default) for row in rows if isinstance(row, tuple)]
            return [one for one in found if one.get_content_type() == "multipart/report"]
        finally:
            client.logout()

    wait("a report", reports)
    (report,) = reports()
    check(report.get_param("report-type") == "delivery-status", "no delivery-status")
    check(report["Return-Path"] == "<>", f"the report could be answered by another: {report['Return-Path']}")
    text, status, original = report.iter_parts()
    check("carol@example.com" in text.get_content(), "the text does not name who was not reached")
    fields = status.get_payload()
    check(fields[0]["Reporting-MTA"] is not None, "no Reporting-MTA")
    check(fields[1]["Action"] == "failed" and fields[1]["Status"].startswith("5.1."), f"status: {fields[1].as_string()}")
    check("carol@example.com" in fields[1]["Final-Recipient"], "no Final-Recipient")
    check(subject in original.as_string(), "the report does not show the message")


def nobody_to_tell(box):
    for_nobody(box, "")
    wait("the message in bad", lambda: waiting(box, "bad"))
    (one,) = waiting(box, "bad")
    check(one["sender"] == "" and one["recipients"][0]["address"] == "carol@example.com", f"another message: {one}")


INSTANCE = harness.Instance().start().domain()
harness.run(INSTANCE, unreachable_waits, report_goes_back, nobody_to_tell)
