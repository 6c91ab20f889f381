"""Fields that several forms of the issue page share."""

from typing import Any

import dash_mantine_components as dmc
from flask_babel import gettext as _

from dashboards.components import words

Component = Any
CHANNELS = ("phone", "email", "visit", "sms", "portal")


def channel_field(identity: Any) -> Component:
    """Phone, e-mail, visit …"""
    known = words.channels()
    options = [{"value": name, "label": known[name]} for name in CHANNELS]
    return dmc.Select(id=identity, label=_("Channel"), data=options, value="phone", allowDeselect=False, size="sm", w=200)
