"""Signing mails, so that the receiving side knows whom they come from (DKIM, RFC 6376)."""

from dataclasses import dataclass
from pathlib import Path

# Signed whether they are there or not: nobody can add one on the way. The two for unsubscribing must be among them (RFC 8058).
SIGNED = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
_RELAXED = (b"relaxed", b"relaxed")
_PROBE = b"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n"


class UnusableKey(Exception):
    """The file holds no key that can sign."""


@dataclass(frozen=True)
class Signer:
    """Signs with one key for one domain; `selector` names the DNS record that holds its public half."""

    domain: str
    selector: str
    key: bytes

    def sign(self, raw: bytes) -> bytes:
        """The mail with its signature above it."""
        import dkim  # with all of DNS behind it: only those who sign pay for that

        arguments = {"canonicalize": _RELAXED, "include_headers": [name.lower().encode() for name in SIGNED]}
        signature: bytes = dkim.sign(raw, self.selector.encode(), self.domain.encode(), self.key, **arguments)
        return signature + raw


def read_signer(domain: str, selector: str, key_file: Path) -> Signer:
    """The signer with the private key (RSA, PEM) in a file.

    Raises:
        UnusableKey: the file cannot be read or holds none.
    """
    from dkim import DKIMException

    try:
        signer = Signer(domain, selector, key_file.read_bytes())
        signer.sign(_PROBE)
    except OSError as error:
        raise UnusableKey(f"{key_file} cannot be read ({error.strerror})") from error
    except (DKIMException, ValueError) as error:
        raise UnusableKey(f"{key_file} holds no RSA private key in PEM form ({error})") from error
    return signer


def are_aligned(one: str, other: str) -> bool:
    """Whether two domains belong together as DMARC has it by default: the same, or one below the other."""
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    return one == other or one.endswith("." + other) or other.endswith("." + one)
