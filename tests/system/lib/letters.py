"""What lies in a mailbox and tells of a message, and what a report says (RFC 3464)."""
import email
import email.policy

from harness import check


def letters(box, word, account="alice@example.com"):
    """All messages of the account's INBOX that hold the word anywhere, in the order in which they came."""
    client = box.imap(account)
    try:
        data = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
    finally:
        client.logout()
    return [email.message_from_bytes(row[1], policy=email.policy.default) for row in data
            if isinstance(row, tuple) and word.encode() in row[1]]


def parts_of(report):
    """(fields on the message, {recipient: fields on it}) of a report, which has a text and brings the message back, too."""
    check(report.get_content_type() == "multipart/report" and report.get_param("report-type") == "delivery-status",
          f"no report: {report.as_string()[:2000]}")
    parts = list(report.iter_parts())
    check(len(parts) == 3 and parts[1].get_content_type() == "message/delivery-status", f"parts: {[one.get_content_type() for one in parts]}")
    head, *rest = parts[1].get_payload()
    return head, {fields["Final-Recipient"].split(";", 1)[1].strip(): fields for fields in rest}


def fields_of(report):
    return parts_of(report)[1]
