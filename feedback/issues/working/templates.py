"""Mails about progress that owners start from. The experience manager keeps them; what leaves is what the owner made of one."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.issues.rules.letters import MOST_SUBJECT
from feedback.issues.working.letters import checked
from feedback.issues.working.models import ProgressTemplate
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.web.languages import LANGUAGES

PLACES = ("name", "account", "number", "problem", "promise", "owner", "company")


def built_in() -> dict[str, dict[str, str]]:
    """What an owner starts from where nobody has written anything else, in each language of the product."""
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = {
                "subject": _("How far we are with your problem ({number})"),
                "text": _(
                    "Good day {name},\n\nyou told us about this: {problem}.\n\n"
                    "Since we last spoke, this has happened: …\n\nNext we will: …\n\n{promise}\n\n"
                    "If anything is different on your side, answer this mail. It reaches me.\n\n{owner}\n{company}"
                ),
            }
    return found


def list_templates(*, retired: bool = False) -> Sequence[ProgressTemplate]:
    """By name."""
    query = sa.select(ProgressTemplate).order_by(ProgressTemplate.name, ProgressTemplate.id)
    return db.session.scalars(query if retired else query.where(ProgressTemplate.retired_at.is_(None))).all()


def get_template(template_id: int) -> ProgressTemplate:
    """One of them.

    Raises:
        NotFound: there is none with this id.
    """
    found = db.session.get(ProgressTemplate, template_id)
    if found is None:
        raise NotFound
    return found


def add_template(name: str, letters: Mapping[str, Mapping[str, Any]], *, viewer: Viewer) -> ProgressTemplate:
    """Write one. Call inside `transaction()`.

    Raises:
        InvalidInput: it has no name, or a letter is half empty, too long, or has a place that nobody can fill.
    """
    made = ProgressTemplate(name=_checked_name(name), letters=checked(letters, PLACES), created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    audit.record(viewer.actor, "progress_template.added", "progress_template", made.id, name=made.name)
    return made


def change_template(template_id: int, changes: Mapping[str, Any], *, viewer: Viewer) -> ProgressTemplate:
    """Change its name or letters, retire it or take it back. Call inside `transaction()`.

    Raises:
        NotFound: there is none with this id.
        InvalidInput: as above.
    """
    found = get_template(template_id)
    if "name" in changes:
        found.name = _checked_name(changes["name"])
    if "letters" in changes:
        found.letters = checked(changes["letters"], PLACES)
    if "retired" in changes:
        found.retired_at = (found.retired_at or clock.now()) if changes["retired"] else None
    db.session.flush()
    audit.record(viewer.actor, "progress_template.changed", "progress_template", found.id, fields=sorted(changes))
    return found


def _checked_name(name: str) -> str:
    line = " ".join(name.split())
    if not line or len(line) > MOST_SUBJECT:
        raise InvalidInput({"name": [_("Give it a name of up to %(limit)s characters.", limit=MOST_SUBJECT)]})
    return line
