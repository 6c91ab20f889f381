"""People, teams, grants and tokens; and who is asking."""

from typing import Any

from flask.views import MethodView

from feedback.access import queries, service
from feedback.access.auth import current_viewer, requires
from feedback.access.models import ApiToken, Team, User
from feedback.access.rules import Role, Scope, Viewer
from feedback.access.schemas import (
    GrantIn,
    MeIn,
    MeOut,
    NewTokenOut,
    TeamChangesIn,
    TeamIn,
    TeamOut,
    TokenIn,
    TokenOut,
    UserChangesIn,
    UserIn,
    UserOut,
)
from feedback.kernel.paging import Page
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.idempotency import keep_out_of_store
from feedback.web.schemas import PageArgs, page_of

blueprint = Blueprint("access_api", __name__, url_prefix="/api/v1", description="People, teams, grants and tokens")


@blueprint.route("/me")
class Me(MethodView):
    """Who is asking, and own settings."""

    @requires("self")
    @blueprint.response(200, MeOut)
    def get(self) -> Viewer:
        """Say who is asking"""
        return current_viewer()

    @requires("self")
    @blueprint.arguments(MeIn)
    @blueprint.response(200, MeOut)
    def patch(self, body: dict[str, str]) -> Viewer:
        """Change own language, time zone or theme"""
        viewer = current_viewer()
        user_id = int(viewer.user_id or 0)
        now = {"locale": viewer.locale, "time_zone": viewer.time_zone, "theme": viewer.theme}
        with transaction():
            service.change_preferences(user_id, **now | body)
        return queries.get_viewer(user_id)


@blueprint.route("/users")
class Users(MethodView):
    """People who log in."""

    @requires("user.write")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(UserOut))
    def get(self, args: dict[str, Any]) -> Page[dict[str, Any]]:
        """List people"""
        page = queries.list_by_id(User, **args)
        return Page(_present(page.items), page.next_cursor)

    @requires("user.write")
    @blueprint.arguments(UserIn)
    @blueprint.response(201, UserOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Let a person log in"""
        password, role = body.pop("password", None), Role(body.pop("role"))
        hashed = service.new_password_hash(password, email=body["email"]) if password is not None else None
        with transaction():
            user = service.create_user(body.pop("email"), role=role, actor=current_viewer().actor, password_hash=hashed, **body)
            return _present([user])[0]


@blueprint.route("/users/<int:user_id>")
class OneUser(MethodView):
    """One person."""

    @requires("user.write")
    @blueprint.response(200, UserOut)
    def get(self, user_id: int) -> dict[str, Any]:
        """Show a person"""
        return _present([queries.get_user(user_id)])[0]

    @requires("user.write")
    @blueprint.arguments(UserChangesIn)
    @blueprint.response(200, UserOut)
    def patch(self, body: dict[str, Any], user_id: int) -> dict[str, Any]:
        """Change a person; a new role or a deactivation ends the person's sessions"""
        if "role" in body:
            body["role"] = Role(body["role"])
        with transaction():
            return _present([service.change_user(user_id, actor=current_viewer().actor, **body)])[0]


@blueprint.route("/users/<int:user_id>/grants/<string(maxlength=60):permission>")
class OneGrant(MethodView):
    """A permission beyond the role."""

    @requires("user.write")
    @blueprint.arguments(GrantIn)
    @blueprint.response(200, UserOut)
    def put(self, body: dict[str, str], user_id: int, permission: str) -> dict[str, Any]:
        """Give a person more of a permission, or take it back"""
        with transaction():
            service.grant(user_id, permission, Scope(body["scope"]), actor=current_viewer().actor)
            return _present([queries.get_user(user_id)])[0]


@blueprint.route("/teams")
class Teams(MethodView):
    """Teams that issues are routed to."""

    @requires("user.write")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(TeamOut))
    def get(self, args: dict[str, Any]) -> Page[Any]:
        """List teams"""
        return queries.list_by_id(Team, **args)

    @requires("user.write")
    @blueprint.arguments(TeamIn)
    @blueprint.response(201, TeamOut)
    def post(self, body: dict[str, Any]) -> Team:
        """Make a team"""
        with transaction():
            return service.create_team(body.pop("code"), actor=current_viewer().actor, **body)


@blueprint.route("/teams/<int:team_id>")
class OneTeam(MethodView):
    """One team."""

    @requires("user.write")
    @blueprint.arguments(TeamChangesIn)
    @blueprint.response(200, TeamOut)
    def patch(self, body: dict[str, Any], team_id: int) -> Team:
        """Rename a team or move it to another region"""
        with transaction():
            return service.change_team(team_id, actor=current_viewer().actor, **body)


@blueprint.route("/tokens")
class Tokens(MethodView):
    """Tokens of other systems."""

    @requires("user.write")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(TokenOut))
    def get(self, args: dict[str, Any]) -> Page[Any]:
        """List tokens, revoked ones too"""
        return queries.list_by_id(ApiToken, **args)

    @requires("user.write")
    @blueprint.arguments(TokenIn)
    @blueprint.response(201, NewTokenOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a token; its secret is in this answer and nowhere else"""
        with transaction():
            token, secret = service.create_token(body.pop("name"), body.pop("scopes"), actor=current_viewer().actor, **body)
        keep_out_of_store("token")
        return {**{name: getattr(token, name) for name in TokenOut().fields}, "token": secret}


@blueprint.route("/tokens/<int:token_id>")
class OneToken(MethodView):
    """One token."""

    @requires("user.write")
    @blueprint.response(204)
    def delete(self, token_id: int) -> None:
        """Make a token useless at once"""
        with transaction():
            service.revoke_token(token_id, actor=current_viewer().actor)


def _present(users: list[User]) -> list[dict[str, Any]]:
    grants = queries.list_grants([user.id for user in users])
    names = [name for name in UserOut().fields if name != "grants"]
    return [{**{name: getattr(user, name) for name in names}, "grants": grants[user.id]} for user in users]
