"""Links to a card: signed, for minutes, for one account, one viewer and one site; good for nothing else.

A link holds ids only and gives nobody a permission: whoever it was made for is asked anew, when it is opened, whether they may
still see the account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from feedback.access import queries as access
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound

VALID = timedelta(minutes=10)
_SALT = "standing card"


@dataclass(frozen=True)
class CardLink:
    """What a link says."""

    account_id: int
    kind: str  # "user" or "token"
    viewer_id: int
    origin: str
    language: str
    expires: int  # seconds since 1970

    def is_current(self, now: datetime) -> bool:
        """Whether its minutes are not over."""
        return now.timestamp() < self.expires


def origins() -> list[str]:
    """The sites that may show cards."""
    found: list[str] = current_app.extensions["closedloop_settings"].card_origins
    return found


def reader_of(email: str | None, *, viewer: Viewer) -> Viewer:
    """Who will read the card: whoever asks, or the person that a system names.

    Raises:
        InvalidInput: nobody is called so, or a person asks for another one.
    """
    if email is None:
        return viewer
    user = access.find_user_by_email(email) if viewer.kind == "token" else None
    if user is None or not user.active:
        raise InvalidInput({"for_email": [_("Nobody with this address can log in here.")]})
    return access.get_viewer(user.id)


def make_link(account_id: int, origin: str, language: str, *, viewer: Viewer) -> tuple[str, datetime]:
    """The address of the card, and when it ends.

    Raises:
        NotFound: the account is missing or somebody else's.
        InvalidInput: this site may not show cards.
    """
    access_account(account_id, viewer=viewer)
    if origin not in origins():
        raise InvalidInput({"origin": [_("This site may not show cards; CLOSEDLOOP_CARD_ORIGINS does not name it.")]})
    until = clock.now() + VALID
    viewer_id = viewer.user_id if viewer.kind == "user" else viewer.token_id
    said = [account_id, viewer.kind, viewer_id, origin, language, int(until.timestamp())]
    base = current_app.extensions["closedloop_settings"].base_url
    return f"{base}/embed/standing/{_signer().dumps(said)}", until.replace(microsecond=0)


def read_link(text: str) -> CardLink | None:
    """What a link says; None for one that we did not sign, or whose site may show cards no more."""
    try:
        link = CardLink(*_signer().loads(text))
    except (BadData, TypeError, ValueError):
        return None
    return link if link.origin in origins() else None


def viewer_of(link: CardLink) -> Viewer:
    """Whom the link was made for, with the permissions of today.

    Raises:
        NotFound: the person left, or the token was revoked.
    """
    if link.kind == "user":
        return access.get_viewer(link.viewer_id)
    found = access.find_viewer_of_token(link.viewer_id, clock.now())
    if found is None:
        raise NotFound
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_SALT)
