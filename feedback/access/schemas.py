"""What the API of people, teams and tokens takes and answers."""

from marshmallow import fields, validate

from feedback.access.rules import THEMES, TOKEN_SCOPES, Role, Scope
from feedback.web.languages import LANGUAGES
from feedback.web.schemas import Id, Instant, Schema, Text, TextByLanguage

_ROLES = validate.OneOf([role.value for role in Role])
_SCOPES = validate.OneOf([scope.value for scope in Scope])
_NAMES = "What pages call it, by the reader's language; what is not there is called `name`."
_LOCALES = validate.OneOf(list(LANGUAGES))


class GrantOut(Schema):
    """More of a permission than the role gives."""

    permission = fields.String(required=True)
    scope = fields.String(required=True, validate=_SCOPES)


class GrantIn(Schema):
    """How far a permission reaches for this person; `none` takes the grant back."""

    scope = fields.String(required=True, validate=_SCOPES)


class UserIn(Schema):
    """A person who may log in. Without a password the person cannot, until one is set."""

    email = Text(required=True, limit=254)
    role = fields.String(required=True, validate=_ROLES)
    name = Text()
    password = fields.String(load_only=True, validate=validate.Length(max=128))
    team_id = Id(allow_none=True)
    region = Text(allow_none=True)
    locale = fields.String(validate=_LOCALES)
    time_zone = Text()


class UserChangesIn(Schema):
    """What an administrator may change; what is left out stays."""

    name = Text()
    role = fields.String(validate=_ROLES)
    active = fields.Boolean(truthy={True}, falsy={False})
    team_id = Id(allow_none=True)
    leads_team = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "Whether this person answers for the own team's queue."}
    )
    region = Text(allow_none=True)


class UserOut(Schema):
    """A person."""

    id = fields.Integer(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=_ROLES)
    team_id = fields.Integer(required=True, allow_none=True)
    leads_team = fields.Boolean(required=True)
    region = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    grants = fields.List(fields.Nested(GrantOut), required=True)


class MeOut(Schema):
    """Who is asking."""

    kind = fields.String(required=True, validate=validate.OneOf(["user", "token"]))
    name = fields.String(required=True)
    user_id = fields.Integer(required=True, allow_none=True)
    role = fields.String(required=True, allow_none=True)
    team_id = fields.Integer(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True)
    theme = fields.String(required=True)


class MeIn(Schema):
    """Own settings; what is left out stays."""

    locale = fields.String(validate=_LOCALES)
    time_zone = Text()
    theme = fields.String(validate=validate.OneOf(THEMES))


class TeamIn(Schema):
    """A team that issues are routed to."""

    code = Text(required=True, limit=60)
    name = Text(required=True)
    names = TextByLanguage(_NAMES, load_default=dict)
    region = Text(allow_none=True, load_default=None)


class TeamChangesIn(Schema):
    """What is left out stays."""

    name = Text()
    names = TextByLanguage(_NAMES + " Sent, it replaces all of them.")
    region = Text(allow_none=True)


class TeamOut(Schema):
    """A team."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    region = fields.String(required=True, allow_none=True)


class TokenIn(Schema):
    """A token for another system."""

    name = Text(required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(TOKEN_SCOPES)),
        required=True,
        validate=validate.Length(min=1, max=len(TOKEN_SCOPES)),
    )
    expires_at = Instant(allow_none=True, load_default=None)


class TokenOut(Schema):
    """A token, without its secret."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class NewTokenOut(TokenOut):
    """A new token with its secret, which is shown this once: a repeated Idempotency-Key answers null here."""

    token = fields.String(required=True, allow_none=True)
