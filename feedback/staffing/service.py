"""What people and their leads say about who is there and for what: skills, room, absences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Role, Viewer
from feedback.audit.service import record
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.kernel.events import publish
from feedback.kernel.wall_clock import FARTHEST
from feedback.staffing.events import RoomChanged
from feedback.staffing.models import Absence, Skill, StaffProfile
from feedback.staffing.queries import access_absence, access_person, find_profile, get_skill
from feedback.staffing.rules import MAX_DAYS, Leave, circle_with, span_of, spoken


def create_skill(code: str, *, name: str, names: Mapping[str, str], actor: str) -> Skill:
    """A skill that rules can ask for.

    Raises:
        Conflict: the code is taken.
    """
    if db.session.scalar(sa.select(Skill.id).where(Skill.code == code)) is not None:
        raise Conflict(_("There is a skill with the code %(code)s already.", code=code))
    skill = Skill(code=code, name=name, names=dict(names))
    db.session.add(skill)
    db.session.flush()
    record(actor, "skill.created", "skill", skill.id, code=code)
    return skill


def change_skill(skill_id: int, *, actor: str, **changes: Any) -> Skill:
    """Another name for a skill; its code stays.

    Raises:
        NotFound: there is no such skill.
    """
    skill = get_skill(skill_id)
    for name, value in changes.items():
        setattr(skill, name, value)
    db.session.flush()
    record(actor, "skill.changed", "skill", skill_id, **changes)
    return skill


def rename_skill(skill_id: int, name: str, *, language: str, actor: str) -> Skill:
    """Another name where the reader sees one: in their language if the skill has a name in it, else the one for all.

    Raises:
        NotFound: there is no such skill.
    """
    names = get_skill(skill_id).names
    return change_skill(skill_id, actor=actor, **({"names": {**names, language: name}} if language in names else {"name": name}))


def replace_skill(old: Skill, kept: Skill, *, actor: str) -> None:
    """Whoever has `old` has `kept`, and `old` is gone."""
    for profile in db.session.scalars(sa.select(StaffProfile)):
        if old.code in profile.skills:
            profile.skills = sorted({kept.code if code == old.code else code for code in profile.skills})
    db.session.delete(old)
    db.session.flush()
    record(actor, "skill.merged", "skill", kept.id, code=kept.code, was=old.code)


def delete_skill(skill_id: int, *, asked_for: Sequence[str], actor: str) -> None:
    """Take a skill from the catalogue and from everybody who has it.

    Args:
        asked_for: the skills that routing rules ask for.

    Raises:
        NotFound: there is no such skill.
        Conflict: a rule asks for it.
    """
    skill = get_skill(skill_id)
    if skill.code in asked_for:
        raise Conflict(_("A routing rule asks for this skill. Change the rule first."))
    for profile in db.session.scalars(sa.select(StaffProfile)):
        if skill.code in profile.skills:
            profile.skills = [code for code in profile.skills if code != skill.code]
    db.session.delete(skill)
    db.session.flush()
    record(actor, "skill.deleted", "skill", skill_id, code=skill.code)


def change_profile(user_id: int, *, viewer: Viewer, **changes: Any) -> StaffProfile:
    """What somebody knows (`skills`), speaks (`languages`) and has room for (`capacity`); what is left out stays.

    Raises:
        NotFound: the person is not there or not the viewer's.
        InvalidInput: a skill is not in the catalogue.
    """
    access_person(user_id, viewer=viewer, permission="staff.write")
    profile = find_profile(user_id)
    if profile is None:
        profile = StaffProfile(user_id=user_id, skills=[], languages=[], capacity=None)
        db.session.add(profile)
    if "skills" in changes:
        profile.skills = _known(changes["skills"])
    if "languages" in changes:
        profile.languages = sorted(spoken(changes["languages"]))
    if "capacity" in changes:
        profile.capacity = changes["capacity"]
    db.session.flush()
    record(viewer.actor, "staff.changed", "user", user_id, **changes)
    publish(RoomChanged(user_id))
    return profile


def _known(codes: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(sa.select(Skill.code)))
    unknown = sorted(set(codes) - known)
    if unknown:
        raise InvalidInput({"skills": [_("There is no skill %(code)s; make it first.", code=code) for code in unknown]})
    return sorted(set(codes))


@dataclass(frozen=True)
class AbsenceDraft:
    """Whole days, both included, and who stands in."""

    first_day: date
    last_day: date
    deputy_id: int | None = None
    note: str | None = None


def enter_absence(user_id: int, draft: AbsenceDraft, *, viewer: Viewer) -> Absence:
    """Somebody will not be there. From the first day on they get no new issues; their deputy does.

    Raises:
        NotFound: the person is not there or not the viewer's.
        InvalidInput: the days are no span ahead, or the deputy cannot stand in.
        Conflict: there is an absence on some of these days.
    """
    person = access_person(user_id, viewer=viewer, permission="absence.write")
    absence = Absence(user_id=user_id, entered_by=viewer.actor, created_at=clock.now())
    _write(absence, draft, person)
    db.session.add(absence)
    db.session.flush()
    record(viewer.actor, "absence.entered", "absence", absence.id, **_told(absence))
    publish(RoomChanged(user_id))
    return absence


def change_absence(absence_id: int, draft: AbsenceDraft, *, viewer: Viewer) -> Absence:
    """Other days, another deputy.

    Raises:
        NotFound, InvalidInput, Conflict: as for a new one.
    """
    absence = access_absence(absence_id, viewer=viewer)
    before = _told(absence)
    _write(absence, draft, db.session.get_one(User, absence.user_id))
    if absence.starts_at > clock.now():
        absence.announced_at = None
    db.session.flush()
    record(viewer.actor, "absence.changed", "absence", absence.id, was=before, now=_told(absence))
    publish(RoomChanged(absence.user_id))
    return absence


def delete_absence(absence_id: int, *, viewer: Viewer) -> None:
    """The person is there after all.

    Raises:
        NotFound: missing or not the viewer's.
    """
    absence = access_absence(absence_id, viewer=viewer)
    user_id, told = absence.user_id, _told(absence)
    db.session.delete(absence)
    db.session.flush()
    record(viewer.actor, "absence.deleted", "absence", absence_id, **told)
    publish(RoomChanged(user_id))


def _write(absence: Absence, draft: AbsenceDraft, person: User) -> None:
    if max(draft.first_day, draft.last_day) > (clock.now() + FARTHEST).date():
        raise InvalidInput({"last_day": [_("This lies more than ten years ahead: check the year.")]})
    starts_at, ends_at = span_of(draft.first_day, draft.last_day, person.time_zone)
    errors: dict[str, list[str]] = {}
    if draft.last_day < draft.first_day:
        errors["last_day"] = [_("The last day lies before the first.")]
    elif (draft.last_day - draft.first_day).days >= MAX_DAYS:
        errors["last_day"] = [_("An absence has at most %(days)s days; enter a longer one in parts.", days=MAX_DAYS)]
    elif ends_at <= clock.now():
        errors["last_day"] = [_("These days have passed.")]
    if draft.deputy_id is not None and (why := _why_not(draft.deputy_id, person)):
        errors["deputy_id"] = [why]
    if errors:
        raise InvalidInput(errors)
    other = sa.select(Absence.id).where(Absence.user_id == person.id, Absence.starts_at < ends_at, Absence.ends_at > starts_at)
    with db.session.no_autoflush:
        if db.session.scalar(other.where(Absence.id != (absence.id or 0)).limit(1)) is not None:
            raise Conflict(_("There is an absence on some of these days already. Change that one."))
    _check_circle(absence.id, Leave(person.id, draft.deputy_id, starts_at, ends_at))
    absence.first_day, absence.last_day, absence.deputy_id = draft.first_day, draft.last_day, draft.deputy_id
    absence.starts_at, absence.ends_at, absence.note = starts_at, ends_at, draft.note


def _check_circle(absence_id: int | None, leave: Leave) -> None:
    """Whoever is to stand in must not be away meanwhile with this very person, or somebody further on, standing in for them."""
    query = sa.select(Absence.user_id, Absence.deputy_id, Absence.starts_at, Absence.ends_at).where(
        Absence.id != (absence_id or 0), Absence.starts_at < leave.ends_at, Absence.ends_at > leave.starts_at
    )
    with db.session.no_autoflush:
        circle = circle_with(leave, [Leave(*row) for row in db.session.execute(query)])
        names = [db.session.get_one(User, one.user_id).name for one in circle]
    if circle:
        said = _(
            "On some of these days nobody would be there: %(names)s stand in for each other. Choose somebody else.",
            names=", ".join(names),
        )
        raise InvalidInput({"deputy_id": [said]})


def _why_not(deputy_id: int, person: User) -> str | None:
    if deputy_id == person.id:
        return _("Nobody can stand in for themselves.")
    deputy = db.session.get(User, deputy_id)
    if deputy is None or not deputy.active:
        return _("There is no such active person.")
    if deputy.role is not Role.FRONTLINE:
        return _("%(name)s may not work on issues.", name=deputy.name)
    return None


def _told(absence: Absence) -> dict[str, Any]:
    days = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    return {"user_id": absence.user_id, "deputy_id": absence.deputy_id, **days}
