"""What can go wrong in the domain. `web.problems` turns these into problem+json, once."""

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


class DomainError(Exception):
    """A request that the rules refuse; the message is shown to the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or the viewer may not know that it does: both look the same."""

    def __init__(self, message: str = "There is nothing here, or it is not yours to see.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The viewer's role does not allow this kind of action at all."""


class Unauthenticated(DomainError):
    """Nobody is logged in, or the token is unknown, revoked or expired."""


class Conflict(DomainError):
    """It contradicts what is stored (same identity, other content; somebody was faster)."""


class RuleViolation(DomainError):
    """A rule says no; `missing` names what would make it a yes."""

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class InvalidInput(DomainError):
    """The input breaks the contract; `errors` maps a field to its messages."""

    def __init__(self, errors: FieldErrors, message: str = "The input is not valid.") -> None:
        super().__init__(message)
        self.errors = {field: list(messages) for field, messages in errors.items()}
