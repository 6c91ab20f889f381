"""The composition root: the only module that knows every slice."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from feedback.access import api as access_api
from feedback.access import views as access_views
from feedback.access.auth import public
from feedback.access.authentication import register_authentication
from feedback.accounts import api as contacts_api
from feedback.accounts import contracts_api
from feedback.bare_app import create_bare_app
from feedback.calendars import api as calendars_api
from feedback.closed_loop import api as responses_api
from feedback.closed_loop import (
    changes_api,
    erasure_api,
    inbound_api,
    inbound_views,
    interviews_api,
    mail_actions,
    preview,
    subject_requests_api,
)
from feedback.closed_loop import views as survey_views
from feedback.closed_loop.preferring import views as preference_views
from feedback.closed_loop.verifying import api as verifying_api
from feedback.closed_loop.verifying import views as verdict_views
from feedback.defects import api as defects_api
from feedback.gate import api as gate_api
from feedback.gate.contacts import api as sales_contacts_api
from feedback.gate.governing import api as policies_api
from feedback.gate.overriding import api as overrides_api
from feedback.gate.runs import api as gate_runs_api
from feedback.inlets import connectors_api, embed_api, paper
from feedback.inlets import views as embedded_views
from feedback.issues import api as issues_api
from feedback.issues import opening_api, voices_api
from feedback.issues import routing_api as rules_api
from feedback.issues.working import advocacy_api, causes_api, concessions_api, mistakes_api, progress_api
from feedback.issues.working import api as working_api
from feedback.listening import api as waves_api
from feedback.listening import hook_views, invitations_api, samples_api
from feedback.listening import views as unsubscribe_views
from feedback.outer_loop import api as outer_loop_api
from feedback.partners import webhooks_api
from feedback.partners.cards import api as cards_api
from feedback.partners.cards import views as card_views
from feedback.partners.contract import webhooks_section
from feedback.partners.crm import api as crm_api
from feedback.permission import api as permission_api
from feedback.permission import grounds_api, receipts_api, suppressions_api
from feedback.planning import api as planning_api
from feedback.planning import feed_views
from feedback.reporting import (
    accounts_api,
    call_list_api,
    coverage_api,
    day_list_api,
    exceptions_api,
    export_views,
    health_views,
    log_api,
    loop_speed_api,
    mail_views,
    policy_views,
    recovery_api,
    renewal_api,
    review_views,
    staff_api,
    wave_exports,
)
from feedback.reporting.discipline import api as discipline_api
from feedback.reporting.discipline import files as discipline_files
from feedback.reporting.economics import api as economics_api
from feedback.selling import api as sales_plays_api
from feedback.staffing import api as staffing_api
from feedback.surveys import programs_api
from feedback.telling import admin_api as telling_api
from feedback.telling import notices_api
from feedback.telling import views as telling_views
from feedback.web import openapi
from feedback.web.blueprint import Blueprint, IdConverter
from feedback.web.idempotency import protect_posts
from feedback.web.problems import register_problems
from feedback.web.requests import register_requests

APIS: tuple[Blueprint, ...] = (  # JSON below /api/v1
    access_api.blueprint,
    log_api.blueprint,
    responses_api.blueprint,
    changes_api.blueprint,
    erasure_api.blueprint,
    subject_requests_api.blueprint,
    coverage_api.blueprint,
    recovery_api.blueprint,
    call_list_api.blueprint,
    accounts_api.blueprint,
    contacts_api.blueprint,
    programs_api.blueprint,
    samples_api.blueprint,
    waves_api.blueprint,
    invitations_api.blueprint,
    defects_api.blueprint,
    permission_api.blueprint,
    grounds_api.notices_blueprint,
    grounds_api.blueprint,
    suppressions_api.blueprint,
    receipts_api.blueprint,
    gate_api.blueprint,
    gate_api.standing_blueprint,
    gate_runs_api.blueprint,
    policies_api.blueprint,
    overrides_api.blueprint,
    sales_contacts_api.blueprint,
    sales_plays_api.blueprint,
    issues_api.blueprint,
    issues_api.routing_blueprint,
    rules_api.blueprint,
    working_api.blueprint,
    working_api.promises_blueprint,
    causes_api.blueprint,
    progress_api.blueprint,
    concessions_api.blueprint,
    mistakes_api.blueprint,
    advocacy_api.blueprint,
    staffing_api.blueprint,
    staff_api.blueprint,
    verifying_api.blueprint,
    outer_loop_api.blueprint,
    voices_api.blueprint,
    opening_api.blueprint,
    contracts_api.blueprint,
    renewal_api.blueprint,
    calendars_api.blueprint,
    loop_speed_api.blueprint,
    exceptions_api.blueprint,
    day_list_api.blueprint,
    economics_api.blueprint,
    discipline_api.blueprint,
    notices_api.blueprint,
    telling_api.blueprint,
    connectors_api.blueprint,
    inbound_api.blueprint,
    embed_api.blueprint,
    interviews_api.blueprint,
    planning_api.blueprint,
    webhooks_api.blueprint,
    cards_api.blueprint,
    crm_api.blueprint,
)
PAGES = (  # everything else
    access_views.blueprint,
    telling_views.blueprint,
    feed_views.blueprint,
    survey_views.blueprint,
    verdict_views.blueprint,
    mail_actions.blueprint,
    preview.blueprint,
    unsubscribe_views.blueprint,
    preference_views.blueprint,
    receipts_api.pages,
    inbound_views.blueprint,
    embedded_views.blueprint,
    card_views.blueprint,
    hook_views.blueprint,
    samples_api.pages,
    paper.blueprint,
    export_views.blueprint,
    policy_views.blueprint,
    review_views.blueprint,
    mail_views.blueprint,
    wave_exports.blueprint,
    discipline_files.blueprint,
    health_views.blueprint,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application without the dashboards, which stand above it: `dashboards.app.create_dash(app)` mounts them.

    Args:
        settings: defaults to the environment.

    Raises:
        SystemExit: there is no secret key, or no data directory can be made.
    """
    app = create_bare_app(settings)
    settings = app.extensions["closedloop_settings"]
    app.url_map.converters["int"] = IdConverter
    register_requests(app, secure=settings.secure_cookies)
    register_problems(app)
    register_authentication(app)
    _register_routes(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _register_routes(app: Flask) -> None:
    api = openapi.create_api(app, webhooks=webhooks_section())
    for blueprint in APIS:
        api.register_blueprint(blueprint)
    for page in PAGES:
        app.register_blueprint(page)
    app.add_url_rule(f"{openapi.PREFIX}/openapi.json", view_func=public(openapi.openapi_document))
    app.add_url_rule(f"{openapi.PREFIX}/docs", view_func=public(openapi.docs_page))
    protect_posts(app, openapi.PREFIX)
