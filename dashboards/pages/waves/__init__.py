"""Whom will we ask next? The waves, and one wave: its rehearsal before the start, its people afterwards."""

from dashboards.page import Page
from dashboards.pages.waves import planner, view
from dashboards.pages.waves.callbacks import register

PAGE = Page("/app/waves", "survey.read", view.title, view.body, register=register)
WAVE = Page("/app/waves/<wave>", "survey.read", view.wave_title, view.wave_body, view.wave_filters)
NEW = Page("/app/waves/new", "survey.write", planner.title, planner.body)
