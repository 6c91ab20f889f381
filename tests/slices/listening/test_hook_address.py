"""Where mail services report: the command says what the address begins with."""

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from feedback.cli import main


def test_the_address_says_which_setting_it_begins_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "base_url", "https://feedback.acme.example")
    done = CliRunner().invoke(main, ["mail", "hook"], obj=ScriptInfo(create_app=lambda: app))
    assert done.stdout.startswith("https://feedback.acme.example/m/")
    assert "CLOSEDLOOP_BASE_URL (https://feedback.acme.example)" in done.stderr
