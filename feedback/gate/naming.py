"""The names that sentences of the gate need; evidence holds ids only, because names may have to be erased."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask_babel import gettext as _

Evidence = Mapping[str, Any]


class Names(NamedTuple):
    """Contact id → name, issue id → name of its owner (None without one), disruption id → title, user id → name."""

    people: Mapping[int, str]
    owners: Mapping[int, str | None]
    disruptions: Mapping[int, str] = MappingProxyType({})
    staff: Mapping[int, str] = MappingProxyType({})

    def person(self, contact_id: int | None) -> str:
        """The contact's name; erased people have none."""
        return self.people.get(contact_id or 0) or _("a former contact")

    def owner(self, issue_id: int) -> str:
        """Who is on the issue."""
        return self.owners.get(issue_id) or _("nobody yet")

    def colleague(self, user_id: int | None) -> str:
        """Somebody who works here."""
        return self.staff.get(user_id or 0) or _("somebody else here")
