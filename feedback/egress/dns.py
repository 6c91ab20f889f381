"""What the world can look up about our mails. Asked only when somebody wants to know."""

from dataclasses import dataclass

from config import Settings
from feedback.egress.letters import domain_of
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.egress.sources import signer_of

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fine` is None when it cannot be known."""

    about: str
    fine: bool | None
    text: str


def look_around(settings: Settings) -> list[Finding]:
    """The mail server, and the records of the sender's domain that receivers ask for."""
    sender, path = domain_of(settings.mail_from), domain_of(settings.bounce_address) or domain_of(settings.mail_from)
    findings = [_server(settings), _spf(path), _dmarc(sender)]
    if settings.dkim_domain:
        findings.append(_dkim(settings))
    else:
        findings.append(Finding("DKIM", None, "this installation does not sign; see to it that the mail server does"))
    if not settings.bounce_mailbox:
        findings.append(Finding("bounces", None, "no mailbox is read (CLOSEDLOOP_BOUNCE_MAILBOX); a webhook may report them"))
    return findings


def _server(settings: Settings) -> Finding:
    if not settings.smtp_url:
        return Finding("mail server", False, "none is set (CLOSEDLOOP_SMTP_URL)")
    try:
        with Mailer(settings.smtp_url) as mailer:
            mailer.connect()
    except (ServerUnavailable, ValueError) as error:
        return Finding("mail server", False, str(error))
    return Finding("mail server", True, "it answers and lets us in")


def _spf(domain: str) -> Finding:
    texts, trouble = _texts(domain)
    if trouble:
        return Finding("SPF", None, trouble)
    found = [text for text in texts if text.lower().startswith("v=spf1")]
    if len(found) != 1:
        return Finding("SPF", False, f"{domain} needs exactly one TXT record that begins with v=spf1; it has {len(found)}")
    return Finding("SPF", True, f"{domain}: {found[0]}")


def _dmarc(domain: str) -> Finding:
    texts, trouble = _texts(f"_dmarc.{domain}")
    if trouble:
        return Finding("DMARC", None, trouble)
    found = [text for text in texts if text.lower().startswith("v=dmarc1")]
    return Finding("DMARC", bool(found), found[0] if found else f"_dmarc.{domain} has no record; large receivers ask for one")


def _dkim(settings: Settings) -> Finding:
    name = f"{settings.dkim_selector}._domainkey.{settings.dkim_domain}"
    texts, trouble = _texts(name)
    if trouble:
        return Finding("DKIM", None, trouble)
    if not texts:
        return Finding("DKIM", False, f"{name} has no TXT record")
    record = "".join(texts)
    signer = signer_of(settings)
    fits = signer is not None and _verifies(signer.sign(b"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n"), record)
    return Finding(
        "DKIM", fits, f"{name} holds our public key" if fits else f"{name} does not fit our private key: {record[:120]}"
    )


def _verifies(raw: bytes, record: str) -> bool:
    import dkim

    return bool(dkim.verify(raw, dnsfunc=lambda *_names, **_more: record.encode()))


def _texts(name: str) -> tuple[list[str], str]:
    """TXT records of a name, or why they cannot be known."""
    from dns import exception, resolver

    try:
        asker = resolver.Resolver()
        asker.lifetime = _PATIENCE
        answer = asker.resolve(name, "TXT")
    except (resolver.NXDOMAIN, resolver.NoAnswer) as error:
        if isinstance(error, resolver.NXDOMAIN) and not name.startswith("_") and "._domainkey." not in name:
            return [], f"DNS knows no domain {name}: there is none, or this machine has no way to the internet's DNS"
        return [], ""
    except (exception.DNSException, OSError) as error:
        return [], f"DNS cannot be asked about {name} from here ({type(error).__name__}): try again where the internet is"
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer], ""
