"""The pages, in one list."""

from functools import lru_cache

from dashboards.page import Page, Query


@lru_cache(maxsize=1)
def all_pages() -> tuple[Page, ...]:
    """Every page; the first that matches an address answers it."""
    from dashboards.pages import (
        account,
        accounts,
        clocks,
        connectors,
        defects,
        inbound,
        interview,
        issues,
        mails,
        permission,
        privacy,
        programs,
        readiness,
        reasons,
        rules,
        team,
        waves,
    )
    from dashboards.pages.waves import mail

    customers = (readiness.PAGE, issues.PAGE, issues.ISSUE, issues.BOARD, defects.PAGE, accounts.PAGE, account.PAGE)
    return (
        *customers,
        *team.PAGES,
        *_work(),
        rules.PAGE,
        *_others(),
        *_reports(),
        *_around_issues(),
        *_governing(),
        *(*privacy.PAGES, *permission.PAGES),
        *clocks.PAGES,
        waves.PAGE,
        waves.NEW,
        waves.WAVE,
        programs.PAGE,
        programs.PROGRAM,
        reasons.PAGE,
        *mails.PAGES,
        *mail.PAGES,
        *(interview.PAGE, interview.CALL),
        *(inbound.PAGE, inbound.EVENT),
        *(connectors.PAGE, connectors.EMBEDDING, connectors.CONNECTOR),
    )


def _others() -> tuple[Page, ...]:
    from dashboards.pages import crm, deliveries, disruptions, follow_ups, initiatives, notifications, webhooks

    told = (notifications.PAGE, *deliveries.PAGES, *webhooks.PAGES, *crm.PAGES)
    return (*initiatives.PAGES, *follow_ups.PAGES, *disruptions.PAGES, *told)


def _reports() -> tuple[Page, ...]:
    from dashboards.pages import coverage, discipline, economics, honesty, loop, recovery, surveys

    return surveys.PAGE, coverage.PAGE, recovery.PAGE, economics.PAGE, honesty.PAGE, loop.PAGE, discipline.PAGE


def _around_issues() -> tuple[Page, ...]:
    """What opens issues, complaints, and what issues mean for renewals."""
    from dashboards.pages import complaint, opening, plan, plans, renewals, sales_plays, today

    customers = (renewals.PAGE, sales_plays.PAGE, complaint.PAGE, opening.PAGE)
    return (*customers, *plan.PAGES, *today.PAGES, *plans.PAGES)


def _governing() -> tuple[Page, ...]:
    from dashboards.pages import gate_policy

    return gate_policy.PAGES


def _work() -> tuple[Page, ...]:
    from dashboards.pages import causes, concessions, exceptions, progress, promises

    return (*promises.PAGES, *causes.PAGES, *concessions.PAGES, *exceptions.PAGES, *progress.PAGES)


def find_page(path: str, search: str | None = "") -> tuple[Page, Query] | None:
    """The page that answers to a path, with its query."""
    for page in all_pages():
        query = page.match(path, search)
        if query is not None:
            return page, query
    return None
