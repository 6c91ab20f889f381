"""What the settings say about mail, as the things that do it."""

from functools import lru_cache
from pathlib import Path

from config import Settings
from feedback.egress.dkim import Signer, are_aligned, read_signer
from feedback.egress.letters import MailRefused, address, domain_of


class Unusable(Exception):
    """The settings of mail contradict themselves; the text says what to change."""


def signer_of(settings: Settings) -> Signer | None:
    """What signs our mails, if we do.

    Raises:
        UnusableKey: the key file is no good.
    """
    if not settings.dkim_domain or settings.dkim_key_file is None:
        return None
    return _read(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file)


@lru_cache(maxsize=4)
def _read(domain: str, selector: str, key_file: Path) -> Signer:
    return read_signer(domain, selector, key_file)


def check_mail_settings(settings: Settings) -> None:
    """What can be known without asking anybody: addresses, and that sender, signature and return path belong together.

    Raises:
        Unusable: something is wrong.
        UnusableKey: the key file is no good.
    """
    for name in ("mail_from", "mail_reply_to", "bounce_address"):
        _check_address(name, getattr(settings, name).replace("*", "x"))
    signing = (settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file)
    if any(signing) and not all(signing):
        raise Unusable(
            "Signing mails needs CLOSEDLOOP_DKIM_DOMAIN, CLOSEDLOOP_DKIM_SELECTOR and CLOSEDLOOP_DKIM_KEY_FILE, all three"
        )
    sender = domain_of(settings.mail_from)
    others = {"CLOSEDLOOP_DKIM_DOMAIN": settings.dkim_domain, "CLOSEDLOOP_BOUNCE_ADDRESS": domain_of(settings.bounce_address)}
    for variable, domain in others.items():
        if domain and not are_aligned(sender, domain):
            raise Unusable(
                f"The sender's domain {sender} (CLOSEDLOOP_MAIL_FROM) and {domain} ({variable}) do not belong together; "
                "receivers would take such mails for forged. Use one domain, or one below the other"
            )
    signer_of(settings)


def _check_address(name: str, text: str) -> None:
    if text:
        try:
            address(text)
        except MailRefused as error:
            raise Unusable(f"CLOSEDLOOP_{name.upper()}: {error}") from error
