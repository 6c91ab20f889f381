"""GET /embed/standing/{link}: the card itself. No cookie is read and no script needed; nothing is kept by browsers."""

from flask import Blueprint, abort, current_app, g, render_template
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from feedback.access.auth import public
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.partners.cards.content import card_of
from feedback.partners.cards.links import read_link, viewer_of

blueprint = Blueprint("cards_shown", __name__)


class StandingCard(MethodView):
    """One card."""

    @public
    def get(self, link: str) -> ResponseReturnValue:
        """Show it, or say what to do instead."""
        said = read_link(link)
        if said is None:
            abort(404)
        g.frame_origins, g.locale = [said.origin], said.language
        now = clock.now()
        if not said.is_current(now):
            return render_template("partners/card_over.html"), 410
        try:
            card = card_of(said.account_id, now, viewer=viewer_of(said))
        except NotFound:
            return render_template("partners/card_missing.html"), 404
        base = current_app.extensions["closedloop_settings"].base_url
        return render_template("partners/card.html", card=card, base=base)


blueprint.add_url_rule("/embed/standing/<link>", view_func=StandingCard.as_view("card"))
