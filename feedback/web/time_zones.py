"""The time zones one may choose from: one name for each place, by region, in the reader's language."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

from babel.dates import get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _

UTC_NAME = "UTC"
Group = tuple[str, list[tuple[str, str]]]  # the region, then name and what is shown


def zone_groups(stored: str) -> list[Group]:
    """Regions with their places, each sorted as it is read; before them UTC, and a stored name that is none of theirs.

    Names such as Asia/Calcutta or US/Eastern are other spellings that stay valid where they are stored, but are not offered.
    """
    regions: dict[str, list[tuple[str, str]]] = {name: [] for name in _region_names()}
    for name in _places():
        regions[name.partition("/")[0]].append((name, _shown(name)))
    named = [(label, sorted(regions[name], key=lambda place: place[1])) for name, label in _region_names().items()]
    alone = [(name, name) for name in dict.fromkeys((UTC_NAME, stored)) if name not in _places()]
    return [("", alone), *sorted((group for group in named if group[1]), key=lambda group: group[0])]


def _shown(name: str) -> str:
    return str(get_timezone_location(name, locale=get_locale() or "en", return_city=True))


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    """The names in the tz database's own table of places, as far as this machine knows them."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    names = (line.split("\t")[2].strip() for line in table.splitlines() if line and not line.startswith("#"))
    return frozenset(names) & available_timezones()


def _region_names() -> dict[str, str]:
    return {
        "Africa": _("Africa"),
        "America": _("America"),
        "Antarctica": _("Antarctica"),
        "Arctic": _("Arctic"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic Ocean"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific Ocean"),
    }
