"""What `closedloop mail check` finds out, from a mail server and a name server that are really asked."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask import Flask
from flask.cli import ScriptInfo

from config import Settings
from feedback.cli import main
from feedback.egress.dns import Finding, look_around
from tests.dns_server import name_server
from tests.smtp import mail_server

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
SPF, DMARC = "v=spf1 ip4:192.0.2.1 -all", "v=DMARC1; p=quarantine"
DKIM_NAME = "loop._domainkey.acme.example"


def dkim_record(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def records(**changes: list[str] | None) -> dict[str, list[str]]:
    """What a company's name server should say; None takes a name away."""
    names = {"spf": "acme.example", "dmarc": "_dmarc.acme.example", "dkim": DKIM_NAME}
    right: dict[str, list[str] | None] = {"spf": ["google-site=x", SPF], "dmarc": [DMARC], "dkim": [dkim_record(KEY)]}
    return {names[name]: texts for name, texts in (right | changes).items() if texts is not None}


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """An installation that signs, with a mail server that lets it in."""
    key_file = tmp_path / "dkim.pem"
    key_file.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    names = {"dkim_domain": "acme.example", "dkim_selector": "loop", "dkim_key_file": key_file, "data_dir": tmp_path}
    with mail_server() as box:
        more: Any = {"mail_from": "Acme <feedback@acme.example>", "bounce_mailbox": "maildir:///x", "smtp_url": box.url}
        yield Settings(**names | more)


def found(settings: Settings, said: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Finding]:
    with name_server(said, monkeypatch):
        return {one.about: one for one in look_around(settings)}


def test_all_is_well(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = found(settings, records(), monkeypatch)
    assert {about: one.fine for about, one in findings.items()} == dict.fromkeys(["mail server", "SPF", "DMARC", "DKIM"], True)
    assert (findings["SPF"].text, findings["DMARC"].text) == (f"acme.example: {SPF}", DMARC)
    assert findings["DKIM"].text == f"{DKIM_NAME} holds our public key"


@pytest.mark.parametrize(
    ("changes", "about", "said"),
    [
        ({"spf": ["other"]}, "SPF", "exactly one TXT record that begins with v=spf1; it has 0"),
        ({"spf": [SPF, "v=spf1 a -all"]}, "SPF", "it has 2"),
        ({"dmarc": None}, "DMARC", "_dmarc.acme.example has no record"),
        ({"dmarc": ["v=DKIM1"]}, "DMARC", "_dmarc.acme.example has no record"),
        ({"dkim": None}, "DKIM", f"{DKIM_NAME} has no TXT record"),
        ({"dkim": [dkim_record(OTHER_KEY)]}, "DKIM", "does not fit our private key"),
        ({"dkim": ["v=DKIM1; k=rsa; p="]}, "DKIM", "does not fit our private key"),
        ({"dkim": ["nonsense"]}, "DKIM", "does not fit our private key"),
    ],
)
def test_each_record_that_is_wrong(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, changes: dict[str, list[str] | None], about: str, said: str
) -> None:
    findings = found(settings, records(**changes), monkeypatch)
    assert (findings[about].fine, said in findings[about].text) == (False, True), findings[about]
    assert all(one.fine for name, one in findings.items() if name != about)


def test_a_domain_that_nobody_knows_is_not_called_wrong(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(settings, {}, monkeypatch)["SPF"].fine is None


def test_the_return_path_has_the_spf_record(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.bounce_address = "bounces+*@back.acme.example"
    with name_server(records() | {"back.acme.example": [SPF]}, monkeypatch) as asked:
        findings = {one.about: one for one in look_around(settings)}
    assert (findings["SPF"].text, "back.acme.example" in asked) == (f"back.acme.example: {SPF}", True)


@pytest.mark.parametrize(("changes", "status", "mark"), [({}, 0, "fine    DKIM"), ({"dkim": None}, 1, "WRONG   DKIM")])
def test_the_command(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], status: int, mark: str
) -> None:
    monkeypatch.setitem(app.extensions, "closedloop_settings", settings)
    with name_server(records(**changes), monkeypatch):
        done = CliRunner().invoke(main, ["mail", "check"], obj=ScriptInfo(create_app=lambda: app))
    assert (done.exit_code, mark in done.output) == (status, True), done.output
