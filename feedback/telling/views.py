"""/settings/notices: what I want to hear, how and when."""

from datetime import time

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback.access.auth import current_viewer, requires
from feedback.access.authentication import csrf_token
from feedback.kernel.errors import InvalidInput
from feedback.telling import words
from feedback.telling.rules.topics import Channel, Mode, Topic, modes_of
from feedback.telling.wishes import Times, change_wishes, sheet_of, times_of, topics_for
from feedback.uow import transaction

blueprint = Blueprint("telling_pages", __name__)
_MAX = 5  # characters of a time


@blueprint.get("/settings/notices")
@requires("self")
def settings() -> ResponseReturnValue:
    """What holds now."""
    return _page(times_of(_own_id()), saved="saved" in request.args)


@blueprint.post("/settings/notices")
@requires("self")
def save_settings() -> ResponseReturnValue:
    """Keep it. Fields that the form did not have stay as they are."""
    user_id = _own_id()
    errors: dict[str, list[str]] = {}
    times = _times(user_id, errors)
    try:
        if errors:
            raise InvalidInput(errors)
        with transaction():
            change_wishes(user_id, times, _modes())
    except InvalidInput as error:
        return _page(times, errors=error.errors), 422
    return redirect(url_for("telling_pages.settings", saved=1))


def _times(user_id: int, errors: dict[str, list[str]]) -> Times:
    held = times_of(user_id)
    return Times(
        _number("digest_hour", held.digest_hour),
        _number("digest_weekday", held.digest_weekday),
        _time("quiet_from", held.quiet_from, errors),
        _time("quiet_until", held.quiet_until, errors),
        "quiet_weekends" in request.form,
        "urgent_passes" in request.form,
    )


def _number(name: str, held: int) -> int:
    text = request.form.get(name, str(held))[:_MAX]
    return int(text) if text.isascii() and text.isdecimal() else -1


def _time(name: str, held: time | None, errors: dict[str, list[str]]) -> time | None:
    if name not in request.form:
        return held
    text = request.form[name].strip()
    try:
        return time.fromisoformat(text[:_MAX]) if text else None
    except ValueError:
        errors[name] = [_("Write a time as 22:00.")]
        return held


def _modes() -> dict[tuple[Topic, Channel], Mode]:
    """What was chosen among what could be chosen; anything else in the form is not ours."""
    said = {
        (topic, channel): request.form.get(f"{topic}.{channel}", "")
        for topic in topics_for(current_viewer().role)
        for channel in Channel
    }
    return {key: Mode(text) for key, text in said.items() if text in set(Mode)}


def _page(times: Times, *, errors: dict[str, list[str]] | None = None, saved: bool = False) -> str:
    viewer = current_viewer()
    sheet = sheet_of(_own_id())
    channels = [one for one in Channel if one is not Channel.CHAT or sheet.hook is not None]
    return render_template(
        "telling/settings.html",
        errors=errors or {},
        saved=saved,
        csrf_token=csrf_token(),
        times=times,
        time_zone=viewer.time_zone,
        topics=topics_for(viewer.role),
        topic_words=words.topic_words(),
        channels=channels,
        channel_words=words.channel_words(),
        mode_words=words.mode_words(),
        modes_of=modes_of,
        mode=sheet.mode,
        weekdays=words.weekday_words(),
    )


def _own_id() -> int:
    user_id = current_viewer().user_id
    assert user_id is not None  # tokens have no permission "self"
    return user_id
