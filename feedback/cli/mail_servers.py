"""Whether mails would leave this machine."""

import ipaddress
from urllib.parse import urlsplit


def mail_server_elsewhere(smtp_url: str) -> str:
    """The host of the mail server that is set, without its password; empty where there is none, or it is on this machine."""
    host = (urlsplit(smtp_url).hostname or smtp_url) if smtp_url else ""
    return "" if not host or _is_here(host) else host


def _is_here(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
