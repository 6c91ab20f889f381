"""Values in an address that name nothing: a page says so and shows something else, a file with other rows is refused."""

from collections.abc import Collection, Mapping

from flask_babel import gettext as _

from feedback.kernel.errors import InvalidInput

_SHOWN = 40


def refuse_unknown(params: Mapping[str, str], known: Mapping[str, Collection[str]]) -> None:
    """Check the parameters that take one of a few values; an empty one asks for nothing.

    Args:
        known: parameter → the values it may have.

    Raises:
        InvalidInput: one or more have another value; the message names each with what it may be.
    """
    errors = {}
    for name, values in known.items():
        value = params.get(name)
        if value and value not in values:
            said = {"value": value[:_SHOWN], "name": name, "known": ", ".join(values)}
            errors[name] = [_("“%(value)s” is not a value of %(name)s. Choose from: %(known)s.", **said)]
    if errors:
        raise InvalidInput(errors, " ".join(message for messages in errors.values() for message in messages))
