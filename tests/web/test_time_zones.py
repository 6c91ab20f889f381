"""Time zones to choose from: places by region, no second spellings, and whatever is stored."""

from zoneinfo import ZoneInfo

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.web.time_zones import zone_groups
from tests.factories import make_user
from tests.logins import as_user


def test_each_place_is_offered_once_under_its_region(app):
    with app.test_request_context():
        groups = dict(zone_groups("UTC"))
    names = [name for places in groups.values() for name, _shown in places]
    assert ("Europe/Madrid", "Madrid") in groups["Europe"]
    assert len(names) == len(set(names)) > 400
    assert all(ZoneInfo(name) for name in names)
    assert not {"Asia/Calcutta", "US/Eastern", "GB", "Europe/Kiev", "Zulu"} & set(names)


def test_places_are_written_in_the_language_of_the_reader(app):
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        groups = dict(zone_groups("UTC"))
    assert ("Europe/Madrid", "Мадрид") in groups["Европа"]


def test_a_stored_second_spelling_is_shown_and_kept(app, client):
    with app.app_context():
        user = make_user(Role.ADMIN, time_zone="Asia/Calcutta")
    as_user(client, user)
    assert '<option value="Asia/Calcutta" selected>' in client.get("/settings").text
    assert client.post("/settings", data={"locale": "es", "time_zone": "Asia/Calcutta", "theme": "dark"}).status_code < 400
    with app.app_context():
        assert db.session.get(User, user).time_zone == "Asia/Calcutta"
