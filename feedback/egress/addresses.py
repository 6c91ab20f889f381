"""Whether an address that somebody enters can be called at all. Where its name leads to is looked at with each call."""

import ipaddress
from collections.abc import Collection
from contextlib import suppress
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST = 1000


class Unfit(StrEnum):
    """Why it cannot."""

    NO_ADDRESS = "no_address"
    INSIDE = "inside"  # our own network, and nobody said that this host may be called


def unfit(address: str, private_hosts: Collection[str]) -> Unfit | None:
    """Why nothing can be sent to this address; None where it can."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return Unfit.NO_ADDRESS
    private = host in private_hosts
    safe = parts.scheme == "https" or (private and parts.scheme == "http")
    written = address.isascii() and address.isprintable() and not any(char.isspace() for char in address)
    if not (safe and host and written) or "@" in parts.netloc or parts.fragment or len(address) > LONGEST:
        return Unfit.NO_ADDRESS
    with suppress(ValueError):
        if not ipaddress.ip_address(host).is_global and not private:
            return Unfit.INSIDE
    return None
