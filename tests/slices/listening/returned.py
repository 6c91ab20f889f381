"""Mails that came back, as servers really write them. `{id}` is the Message-ID of our mail, `{to}` its recipient."""

HEAD = "From: {sender}\r\nTo: bounces@company.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
COPY = "From: feedback@company.example\r\nTo: {to}\r\nSubject: How are we doing?\r\nMessage-ID: {id}\r\n"


def _standard(sender: str, subject: str, status: str, copy: str = "text/rfc822-headers", body: str = COPY, more: str = "") -> str:
    return (
        HEAD.replace("{sender}", sender).replace("{subject}", subject)
        + more
        + 'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        + "--B\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n\r\n"
        + f"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n{status}\r\n\r\n"
        + (f"--B\r\nContent-Type: {copy}\r\n\r\n{body}\r\n\r\n" if body else "")
        + "--B--\r\n"
    )


def _recipient(action: str, status: str, said: str) -> str:
    return f"Final-Recipient: rfc822; {{to}}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}"


POSTFIX = _standard(
    "MAILER-DAEMON@mx.customer.example (Mail Delivery System)",
    "Undelivered Mail Returned to Sender",
    _recipient("failed", "5.1.1", "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table"),
    copy="message/rfc822",
    body=COPY + "\r\nBody",
)
EXCHANGE = _standard(
    "postmaster@customer.example",
    "Undeliverable: How are we doing?",
    _recipient("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    body="",
    more="In-Reply-To: {id}\r\nReferences: {id}\r\n",
)
GMAIL = _standard(
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "Delivery Status Notification (Failure)",
    _recipient("failed", "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist."),
    copy="message/rfc822",
    more="X-Failed-Recipients: {to}\r\nAuto-Submitted: auto-replied\r\n",
)
EXIM = (
    HEAD.replace("{sender}", "Mail Delivery System <Mailer-Daemon@mx.example>").replace("{subject}", "Mail delivery failed")
    + "X-Failed-Recipients: {to}\r\nAuto-Submitted: auto-replied\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    "This message was created automatically by mail delivery software.\r\n\r\n"
    "A message that you sent could not be delivered to one or more of its\r\nrecipients. This is a permanent error.\r\n\r\n"
    "  {to}\r\n    host mx.customer.example [192.0.2.1]\r\n    SMTP error from remote mail server after RCPT TO:<{to}>:\r\n"
    "    550 No such user here\r\n\r\n------ This is a copy of the message, including all the headers. ------\r\n\r\n" + COPY
)
QMAIL = (
    HEAD.replace("{sender}", "MAILER-DAEMON@customer.example").replace("{subject}", "failure notice")
    + "\r\nHi. This is the qmail-send program at customer.example.\r\n"
    "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
    "<{to}>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n" + COPY
)
DOMINO = _standard(
    "postmaster@customer.example",
    "DELIVERY FAILURE: User not listed in Directory",
    _recipient("failed", "5.0.0", "550 {to}... No such user"),
    copy="message/rfc822",
)
FULL = _standard("MAILER-DAEMON@mx.example", "Returned mail", _recipient("failed", "5.2.2", "552 5.2.2 mailbox full, over quota"))
POLICY = _standard(
    "postmaster@customer.example", "Undeliverable", _recipient("failed", "5.7.1", "550 5.7.1 message rejected by DMARC policy")
)
GAVE_UP = _standard("MAILER-DAEMON@mx.example", "Returned mail", _recipient("failed", "4.4.7", "421 connection timed out"))
DELAYED = _standard("MAILER-DAEMON@mx.example", "Warning", _recipient("delayed", "4.4.1", "connect: connection timed out"))
DELIVERED = _standard("MAILER-DAEMON@mx.example", "Delivered", _recipient("delivered", "2.0.0", "250 ok"))
SPAM = (
    HEAD.replace("{sender}", "complaints@isp.example").replace("{subject}", "complaint about message")
    + 'Content-Type: multipart/report; report-type=feedback-report; boundary="B"\r\n\r\n'
    "--B\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n\r\n"
    "--B\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: X/1\r\nVersion: 1\r\n\r\n"
    "--B\r\nContent-Type: message/rfc822\r\n\r\n" + COPY + "\r\nBody\r\n\r\n--B--\r\n"
)
NOT_SPAM = SPAM.replace("abuse\r\nUser", "not-spam\r\nUser")
HOLIDAY = (
    "From: {to}\r\nTo: feedback@company.example\r\nSubject: Automatic reply: How are we doing?\r\nIn-Reply-To: {id}\r\n"
    "Auto-Submitted: auto-replied\r\n\r\nI am away until Monday; mail could not be delivered to me before. 550 things to do.\r\n"
)
REPLY = (
    "From: {to}\r\nTo: feedback@company.example\r\nSubject: Re: How are we doing?\r\nIn-Reply-To: {id}\r\n\r\n"
    "Your parcel was not delivered. 550 euros lost.\r\n> Message-ID: {id}\r\n"
)
RECEIPT = SPAM.replace("report-type=feedback-report", "report-type=disposition-notification").replace(
    "message/feedback-report", "message/disposition-notification"
)
DEAD = {
    "postfix": POSTFIX,
    "exchange": EXCHANGE,
    "gmail": GMAIL,
    "exim": EXIM,
    "qmail": QMAIL,
    "domino": DOMINO,
}
REFUSED = {"full": FULL, "policy": POLICY, "gave up": GAVE_UP}
NO_REPORT = {"holiday": HOLIDAY, "reply": REPLY, "delivered": DELIVERED, "not spam": NOT_SPAM, "receipt": RECEIPT}


def filled(shape: str, message_id: str, to: str = "ana@customer.example") -> bytes:
    """The mail as it comes."""
    return shape.replace("{id}", message_id).replace("{to}", to).encode()
