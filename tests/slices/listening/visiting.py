"""People and machines who open survey links, and what they leave behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.extensions import db
from feedback.kernel import clock
from jobs import release_held_answers
from tests.slices.test_survey_page import Page

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"


class Visitor:
    """One browser at one link. `at` is in seconds after the start."""

    def __init__(self, client: FlaskClient, link: str, agent: str = BROWSER) -> None:
        self.client, self.link, self.headers = client, link, {"User-Agent": agent}
        self.page: Page | None = None

    def open(self, at: float, query: str = "", **headers: str) -> TestResponse:
        with clock.frozen(START + timedelta(seconds=at)):
            response = self.client.get(self.link + query, headers=self.headers | headers)
        if response.status_code == 200:
            self.page = Page(response)
        return response

    def send(self, at: float, score: int, comment: str = "", **more: str) -> TestResponse:
        assert self.page is not None
        data = self.page.hidden | {"score": str(score), "comment": comment} | more
        with clock.frozen(START + timedelta(seconds=at)):
            response = self.client.post(self.link, data=data, headers=self.headers)
        if response.status_code == 422:
            self.page = Page(response)
        return response

    def touch(self, at: float, trap: str = "/note") -> TestResponse:
        """Send a form, or follow a link, that nobody sees."""
        shown = self.page.hidden if self.page else {}
        with clock.frozen(START + timedelta(seconds=at)):
            if trap == "/note":
                return self.client.post(self.link + trap, data=shown, headers=self.headers)
            return self.client.get(self.link + trap, headers=self.headers)


def rows(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context():
        found = [tuple(row) for row in db.session.execute(sa.select(*columns))]
    return [row[0] for row in found] if len(columns) == 1 else found


def release(app: Flask, at: float) -> str | None:
    with app.app_context(), clock.frozen(START + timedelta(seconds=at)):
        return release_held_answers.run()


# --- marks
