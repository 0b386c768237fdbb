"""Responses from the RFCs' own examples, which the grammar must take, and ones a server might get wrong, which it must refuse."""
from . import grammar
from .truth import Broken

RIGHT = (
    b"* OK IMAP4rev1 server ready\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=GSSAPI XPIG-LATIN\r\n", b"* 22 EXPUNGE\r\n", b"* 0 EXISTS\r\n",
    b'* LIST (\\Noselect) "/" ~/Mail/foo\r\n', b'* LIST (\\Marked \\NoInferiors) NIL INBOX\r\n', b'* LIST () "/" "a b" ("CHILDINFO" ("SUBSCRIBED"))\r\n',
    b"* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n", b"* STATUS INBOX ()\r\n", b"* SEARCH\r\n", b"* SEARCH 2 3 6\r\n", b"* SEARCH 2 5 (MODSEQ 917162500)\r\n",
    b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n", b"* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] Limited\r\n", b"* OK [UNSEEN 12] first\r\n",
    b"* 23 FETCH (FLAGS (\\Seen) RFC822.SIZE 44827)\r\n", b"* 12 FETCH (BODY[HEADER] {3}\r\na\r\n)\r\n", b"* 1 FETCH (BODY[1.2.MIME]<0> NIL UID 3)\r\n",
    b'* 12 FETCH (INTERNALDATE "17-Jul-1996 02:44:25 -0700" MODSEQ (624140003))\r\n', b'* 12 FETCH (INTERNALDATE " 1-Jul-1996 02:44:25 -0700")\r\n',
    b'* 12 FETCH (BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92))\r\n',
    b'* 1 FETCH (BODYSTRUCTURE (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1152 23 NIL NIL NIL NIL)("APPLICATION" "PDF" NIL NIL NIL "BASE64" 4 NIL ("attachment" ("filename" "a"))) '
    b'"MIXED" ("BOUNDARY" "x") NIL ("en" "de") "http://a" 5 (NIL "z")))\r\n',
    b'* 12 FETCH (ENVELOPE ("d" "s" (("T" NIL "g" "h")) (("T" NIL "g" "h")) (("T" NIL "g" "h")) ((NIL NIL "i" "c")(NIL NIL "m" "M")) NIL NIL NIL "<B@c>"))\r\n',
    b"* 1 FETCH (BINARY[1.1] ~{2}\r\n\0\1 BINARY.SIZE[2] 7)\r\n", b"* VANISHED (EARLIER) 41,43:116,118\r\n", b"* VANISHED 5\r\n", b"* THREAD (2)(3 6 (4 23)(44 7 96))\r\n",
    b"* THREAD ((3)(5))\r\n", b"* THREAD\r\n", b'* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n', b'* ESEARCH (TAG "A285") UID ALL 4:18,21 MODSEQ 1236\r\n', b"* ENABLED\r\n",
    b'* NAMESPACE (("" "/")) NIL (("#shared/" "/")("#public/" "/" "X-P" ("a" "b")))\r\n', b'* ID ("name" "Cyrus" "os" NIL)\r\n', b"* ID NIL\r\n",
    b'* QUOTA "" (STORAGE 10 512)\r\n', b"* QUOTAROOT INBOX\r\n", b"a1 OK [COPYUID 38505 304,319:320 3956:3958] Done\r\n", b"a1 OK [APPENDUID 38505 3955] done\r\n",
    b"a1 NO [BADCHARSET (UTF-8 US-ASCII)] no\r\n", b"a1 OK [MODIFIED 7,9] failed\r\n", b"a1 OK [XNEW some text] x\r\n", b"+ \r\n", b"+ idling\r\n", b'* 1 FETCH (THREADID NIL EMAILID (M-1_a))\r\n',
)
WRONG = (
    b"* OK\r\n", b"* OK \r\n", b"* OK [ALERT]\r\n", b"*  OK x\r\n", b"* 22  EXPUNGE\r\n", b"* 0 EXPUNGE\r\n", b"* 1 EXISTS \r\n", b"* CAPABILITY IMAP4\r\n", b"* SEARCH \r\n", b"* SEARCH 0\r\n",
    b"* THREAD \r\n", b"* THREAD ((3))\r\n", b'* LIST (\\Seen \\Seen) "/" a\r\n', b'* LIST () "/" "gr\xc3\xbc"\r\n', b'* LIST () "//" a\r\n', b"* LIST () / a\r\n", b'* LIST () "/" &AOk\r\n',
    b"* FLAGS (\\Seen  \\Draft)\r\n", b"* FLAGS (\\*)\r\n", b"* FLAGS (\\Recent)\r\n", b"* 1 FETCH ()\r\n", b"* 1 FETCH (UID 0)\r\n", b"* 1 FETCH (UID 3 UID 3)\r\n", b"* 1 FETCH (MODSEQ 5)\r\n",
    b"* 1 FETCH (MODSEQ (0))\r\n", b"* 1 FETCH (FLAGS (\\Seen)RFC822.SIZE 4)\r\n", b'* 1 FETCH (INTERNALDATE "1-Jul-1996 02:44:25 -0700")\r\n',
    b'* 1 FETCH (INTERNALDATE "31-Feb-1996 02:44:25 -0700")\r\n', b'* 1 FETCH (BODY[TEXT] "\xc3\xbc")\r\n', b"* 1 FETCH (BODY[TEXT] {1}\r\n\0)\r\n", b"* 1 FETCH (BODY[0] NIL)\r\n",
    b"* 1 FETCH (BODY[MIME] NIL)\r\n", b'* 1 FETCH (BODY ("TEXT" "PLAIN" () NIL NIL "7BIT" 3028 92))\r\n', b'* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3028))\r\n',
    b'* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3028 92 NIL))\r\n', b'* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL NIL 3028 92))\r\n',
    b'* 1 FETCH (ENVELOPE ("d" "s" () NIL NIL NIL NIL NIL NIL NIL))\r\n', b'* 1 FETCH (ENVELOPE ("d" "s" NIL NIL NIL ((NIL NIL "i" "c") (NIL NIL "m" "M")) NIL NIL NIL NIL))\r\n',
    b"* VANISHED 3:*\r\n", b"* STATUS a (UIDNEXT 0)\r\n", b"* STATUS a (MESSAGES 1 MESSAGES 1)\r\n", b"a1 OK [APPENDUID 1] x\r\n", b"a1 OK [COPYUID 1 2] x\r\n", b"a1 BYE x\r\n", b"a+1 OK x\r\n",
    b'* ESEARCH (TAG "a") ALL *\r\n', b'* ESEARCH (TAG "a") COUNT 1 COUNT 1\r\n', b"* 1 FETCH (BINARY.SIZE[1] NIL)\r\n", b"+idling\r\n", b"* OK [HIGHESTMODSEQ 0] x\r\n", b"* OK [UIDVALIDITY 0] x\r\n",
    b"* OK [UIDNEXT 5 ] x\r\n", b"* 1 FETCH (FLAGS (\\Seen \\seen))\r\n", b"* 4294967296 EXISTS\r\n", b"* 1 FETCH (THREADID (a b))\r\n", b"* ENABLED \r\n",
)


def check():
    for octets in RIGHT:
        try:
            grammar.parse(octets)
        except grammar.Malformed as fault:
            raise Broken("examples of the RFCs", f"refused: {octets!r}: {fault}") from fault
    for octets in WRONG:
        try:
            grammar.parse(octets)
        except grammar.Malformed:
            continue
        raise Broken("formal syntax", f"taken: {octets!r}")
