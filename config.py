"""Every setting, typed, from the environment (`CLOSEDLOOP_…`) or the data directory. No secret has a default."""

import json
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from feedback.listening.rules.hours import WorkingHours, read_days, read_hours, read_times

SECRET_FILE = "secret.key"  # noqa: S105  the name of a file
MIN_SECRET_BYTES = 32
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d+)?\Z|http://(localhost|127\.0\.0\.1)(:\d+)?\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


class Settings(BaseSettings):
    """Installation settings; `docs/reference/settings.md` lists them."""

    model_config = SettingsConfigDict(env_prefix="CLOSEDLOOP_", extra="ignore")

    data_dir: Path = Field(default=Path("instance"), description="Where the database, secrets and rejects files live.")
    database_url: str = Field(
        default="", validation_alias="DATABASE_URL", description="SQLAlchemy URL; empty means SQLite in the data directory."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="At least 32 bytes; `make run` generates one into the data directory."
    )
    log_level: str = Field(default="INFO", description="WARNING hides one line per request.")
    base_url: str = Field(default="http://127.0.0.1:8000", description="Public address, used in personal links.")
    secure_cookies: bool = Field(default=False, description="Set when the site is served over HTTPS.")
    trusted_proxies: int = Field(default=0, description="Number of reverse proxies whose X-Forwarded headers are believed.")
    installation_time_zone: str = Field(default="UTC", description="Used where neither contact, account nor region names one.")
    currency: str = Field(default="EUR", description="Currency of amounts that name none.")
    exchange_rates: Annotated[dict[str, float], NoDecode] = Field(
        default={},
        description='What one unit of other currencies is worth in it, such as {"USD": 0.92, "JPY": 0.0061}. An amount '
        "in a currency without a rate counts in no sum, and the pages say so.",
    )
    smtp_url: str = Field(default="", description="smtp://user:password@host:port; empty means notices stay in the app.")
    private_hosts: Annotated[list[str], NoDecode] = Field(
        default=[], description="Hosts inside your own network that connectors may fetch answers from, separated by commas."
    )
    card_origins: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="Sites that may show the card of a customer's standing in a frame, such as https://crm.company.example, "
        "separated by commas.",
    )
    inbound_body_days: int = Field(
        default=30,
        ge=1,
        description="How long the bodies that connectors received are kept; those in quarantine three times as long.",
    )
    inbound_receipt_days: int = Field(
        default=730,
        ge=90,
        description="How long what came from connectors and led to no answer stays listed; the receipt of an answer stays as "
        "long as the answer, because it tells an older event from a newer one.",
    )
    mail_receipt_days: int = Field(
        default=730,
        ge=180,
        description="How long it is kept when each survey mail left, and what came back. Who was asked stays.",
    )
    exclusion_note_days: int = Field(
        default=1095,
        ge=30,
        description="How long the words are kept with which somebody was taken off a wave. Who, by whom and why stays.",
    )
    mail_from: str = Field(
        default="closedloop@localhost",
        description='Sender of survey mails and of notices to staff, such as "Acme feedback <feedback@acme.example>".',
    )
    company_name: str = Field(
        default="",
        description='Who asks, such as "Acme Insurance Ltd, Berlin": stands below survey mails and the survey page, and before '
        "the address of mails where CLOSEDLOOP_MAIL_FROM names nobody.",
    )
    mail_reply_to: str = Field(
        default="",
        description="Where answers to mails to customers go. Empty: to whoever works on the issue or follow-up that a mail is "
        "about; of other survey mails to the sender.",
    )
    mail_days: str = Field(
        default="mon-fri",
        description="Days on which survey mails leave, in the zone of each person: mon-fri, sun-thu, or mon,wed,fri. "
        "Public holidays are not known.",
    )
    mail_hours: str = Field(
        default="9-17",
        description="Between which times of the person's zone survey mails leave: 9-17, 08:30-18:00, or 0-24 at any time.",
    )
    mails_per_second: float = Field(default=20, gt=0, le=1000, description="So many survey mails leave a second at most.")
    mail_connections: int = Field(default=4, ge=1, le=50, description="Connections to the mail server that carry them.")
    dkim_domain: str = Field(default="", description="Sign mails for this domain (DKIM); empty: the mail server does it.")
    dkim_selector: str = Field(default="", description="Name of the DNS record that holds the public key.")
    dkim_key_file: Path | None = Field(default=None, description="File with the private key (RSA, PEM).")
    bounce_address: str = Field(
        default="",
        description="Where survey mails go that cannot be delivered (return path); empty means to the sender. A * in it stands "
        "for what names the mail, such as bounces+*@acme.example.",
    )
    bounce_mailbox: str = Field(
        default="",
        description="Where such mails are read: imaps://user:password@host/INBOX, pop3s://user:password@host or "
        "maildir:///var/mail/bounces.",
    )
    sendgrid_public_key: str = Field(
        default="", description="Verification key of SendGrid's signed event webhook; then unsigned reports are refused."
    )
    mailgun_signing_key: SecretStr = Field(
        default=SecretStr(""), description="Mailgun's HTTP webhook signing key; then unsigned reports are refused."
    )
    caught_mail_dir: Path | None = Field(
        default=None, description="Set by `closedloop up` without a mail server: mails are kept here and shown at /app/mails."
    )

    gross_margin: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="What is left of a unit of revenue after the cost to serve, such as 0.4. Without it the economics are those "
        "of revenue, and the pages say so.",
    )
    discount_rate: float = Field(default=0.1, gt=0, le=1, description="Yearly rate at which later money counts less.")
    assumed_retention: float = Field(
        default=0.8,
        gt=0,
        lt=1,
        description="Share of customers who stay a year, reckoned with as long as too few of your own have left to know it.",
    )
    share_of_wallet_cut: float = Field(default=0.5, description="Share from which the share of wallet is high.")
    wallet_max_age_days: int = Field(default=548, description="A wallet estimate older than this is unknown.")
    wallet_min_confidence: float = Field(default=0.4, description="A wallet estimate less certain than this is unknown.")
    spend_materiality: float = Field(
        default=500,
        ge=0,
        description="A fall of monthly spend by less than this (in the installation's currency) is no sales play.",
    )
    spend_closing_days: int = Field(
        default=5,
        ge=0,
        le=27,
        description="So many days after its end the spend of a month is booked, and the spend monitor judges it.",
    )
    relationship_valid_days: int = Field(default=365, description="How long a relationship answer speaks for its contact.")
    transactional_valid_days: int = Field(default=90, description="How long a transactional answer does.")
    invitation_valid_days: int = Field(default=60, description="How long a personal survey link can be answered.")
    relationship_quarantine_days: int = Field(
        default=180, ge=0, description="So long nobody is asked again in a relationship program."
    )
    transactional_quarantine_days: int = Field(
        default=90, ge=0, description="So long nobody is asked in a transactional program after any request."
    )
    silence_alert_days: int = Field(
        default=5,
        ge=1,
        description="So long after the last mail a silent decision maker of a tier A customer is told to the account manager.",
    )
    feedback_consent_required: bool = Field(
        default=True,
        description="Ask only those whose consent to feedback by e-mail is recorded; false: all who did not refuse.",
    )
    old_answer_days: int = Field(default=30, description="An answer older than this on arrival opens no issue.")
    decision_maker_major: bool = Field(default=True, description="A decision maker's detractor answer opens a major issue.")
    major_score_max: int = Field(default=3, description="Scores up to this open a major issue.")
    decision_valid_hours: int = Field(default=24, description="How long a gate decision may be acted on.")
    selling_days: str = Field(
        default="mon-fri", description="Days on which we call, text and visit to sell, where the contact is: mon-fri, or sun-thu."
    )
    selling_hours: str = Field(
        default="9-19", description="Between which times there: 9-19, or 0-24 for no quiet hours. E-mail and post have none."
    )
    selling_holidays: bool = Field(
        default=False, description="Whether public holidays of the account's country count as any day."
    )
    region_time_zones: Annotated[dict[str, str], NoDecode] = Field(
        default={}, description='Where regions are, such as {"south": "Europe/Madrid"}, for customers who name no time zone.'
    )
    guess_time_zone: bool = Field(
        default=True,
        description="Take the installation's time zone for customers without a known one; false: we approach none of them.",
    )
    contact_cap: int = Field(default=2, ge=0, description="So often one person is approached to sell at most; 0: no limit.")
    contact_cap_days: int = Field(default=30, ge=1, description="Within so many days.")
    account_cap: int = Field(default=6, ge=0, description="So often an account, by all colleagues together; 0: no limit.")
    account_cap_days: int = Field(default=30, ge=1, description="Within so many days.")
    colleague_distance_days: int = Field(
        default=2, ge=0, description="So long after one colleague approached an account no other one does; 0: at once."
    )
    decline_cooldown_days: int = Field(
        default=30, ge=0, description="So long nobody who declined is approached again; 0: at once."
    )
    unrouted_alert_minutes: int = Field(default=15, description="An issue without owner for longer goes to the catch-all.")

    effect_check_days: Annotated[list[int], NoDecode] = Field(
        default=[60, 120],
        description="So many days after the delivery of an initiative its effect is looked at, separated by commas.",
    )
    follow_up_days: int = Field(
        default=10,
        ge=1,
        le=260,
        description="So many working days after it was made everybody in a follow-up is told, by the calendar of its team.",
    )
    unverified_attempts: int = Field(
        default=3, description="After so many contacts without the customer's word a fixed issue may be closed unverified."
    )
    close_verified_days: int = Field(
        default=14,
        ge=0,
        description="So long after the customer confirmed the fix an issue closes by itself, if nothing is left to do; 0: never.",
    )
    unverified_days: int = Field(default=30, description="After so many days it is closed so by itself, if anybody was asked.")
    recovery_pulse_days: int = Field(
        default=14, ge=1, le=180, description="So long after a fix was verified the same person is asked for a score."
    )
    job_lease_seconds: int = Field(default=30, ge=1, description="A job that gives no sign of life for so long is taken over.")
    outbox_lease_seconds: int = Field(default=120, ge=1, description="So long one process has to deliver a claimed message.")
    mail_lease_seconds: int = Field(
        default=600,
        ge=1,
        description="So long one connection has to hand over a survey mail before another one tries. Shorter than a slow mail "
        "server takes (about seven minutes at worst), and people get the mail twice.",
    )

    @field_validator("mail_days", "selling_days")
    @classmethod
    def _check_days(cls, days: str) -> str:
        read_days(days)
        return days.strip()

    @field_validator("mail_hours", "selling_hours")
    @classmethod
    def _check_hours(cls, hours: str) -> str:
        read_times(hours)
        return hours.strip()

    @field_validator("base_url")
    @classmethod
    def _end_without_slash(cls, url: str) -> str:
        return url.strip().rstrip("/")  # paths are put behind it

    @field_validator("private_hosts", mode="before")
    @classmethod
    def _read_hosts(cls, hosts: Any) -> Any:
        return [host.strip().lower() for host in hosts.split(",") if host.strip()] if isinstance(hosts, str) else hosts

    @field_validator("card_origins", mode="before")
    @classmethod
    def _read_origins(cls, origins: Any) -> Any:
        return [one.strip().lower() for one in origins.split(",") if one.strip()] if isinstance(origins, str) else origins

    @field_validator("card_origins")
    @classmethod
    def _check_origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not _ORIGIN.match(origin):
                raise ValueError(f"Write a site as https://host, without a path, not {origin!r}.")
        return origins

    @field_validator("effect_check_days", mode="before")
    @classmethod
    def _read_check_days(cls, days: Any) -> Any:
        return [day.strip() for day in days.split(",") if day.strip()] if isinstance(days, str) else days

    @field_validator("effect_check_days")
    @classmethod
    def _check_check_days(cls, days: list[int]) -> list[int]:
        if not days or not all(14 <= day <= 365 for day in days):
            raise ValueError("Name days from 14 to 365, such as 60,120.")
        return sorted(set(days))

    @field_validator("currency")
    @classmethod
    def _check_currency(cls, code: str) -> str:
        code = code.strip().upper()
        if not _CURRENCY.match(code):
            raise ValueError("Name the currency by its three letters, such as EUR.")
        return code

    @field_validator("region_time_zones", mode="before")
    @classmethod
    def _read_regions(cls, zones: Any) -> Any:
        if not isinstance(zones, str):
            return zones
        try:
            return json.loads(zones or "{}")
        except ValueError as error:
            raise ValueError('Write the regions as JSON, such as {"south": "Europe/Madrid"}.') from error

    @field_validator("region_time_zones")
    @classmethod
    def _check_regions(cls, zones: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(zones.values()) - available_timezones())
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no time zone; write it as Europe/Madrid.")
        return zones

    @field_validator("exchange_rates", mode="before")
    @classmethod
    def _read_rates(cls, rates: Any) -> Any:
        if not isinstance(rates, str):
            return rates
        try:
            return json.loads(rates or "{}")
        except ValueError as error:
            raise ValueError('Write the rates as JSON, such as {"USD": 0.92, "JPY": 0.0061}.') from error

    @field_validator("exchange_rates")
    @classmethod
    def _check_rates(cls, rates: dict[str, float]) -> dict[str, float]:
        found = {code.strip().upper(): rate for code, rate in rates.items()}
        for code, rate in found.items():
            if not _CURRENCY.match(code):
                raise ValueError(f"Name the currency by its three letters, such as USD, not {code!r}.")
            if not (math.isfinite(rate) and rate > 0):
                raise ValueError(f"The rate of {code} must be a number above 0: what one {code} is worth in our currency.")
        return found

    @model_validator(mode="after")
    def _fill(self) -> Self:
        self.data_dir = self.data_dir.resolve()
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'closedloop.db'}"
        secret_file = self.data_dir / SECRET_FILE
        if not self.secret_key.get_secret_value() and secret_file.exists():
            self.secret_key = SecretStr(secret_file.read_text().strip())
        return self

    @property
    def working_hours(self) -> WorkingHours:
        """When survey mails leave."""
        return read_hours(self.mail_days, self.mail_hours)

    @property
    def selling_week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """When we sell where somebody is: per weekday, Monday first, the spans in minutes after midnight."""
        hours = read_hours(self.selling_days, self.selling_hours)
        return tuple(((hours.opens, hours.closes),) if day in hours.days else () for day in range(7))

    def make_data_dir(self) -> None:
        """Make the data directory, for its owner's eyes only, if it is not there.

        Raises:
            SystemExit: it cannot be made.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SystemExit(
                f"The data directory {self.data_dir} cannot be made ({error.strerror}). "
                "Name another one with CLOSEDLOOP_DATA_DIR."
            ) from error

    def check_secret(self) -> None:
        """Refuse to start without a secret of our own.

        Raises:
            SystemExit: no secret, or one that is too short.
        """
        if len(self.secret_key.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise SystemExit(
                "No usable secret key. Set CLOSEDLOOP_SECRET_KEY to at least 32 random bytes "
                f"or write them to {self.data_dir / SECRET_FILE}; `make run` does this for you."
            )


def load_settings() -> Settings:
    """The settings of the environment.

    Raises:
        SystemExit: one of them cannot be used; it says which, and what to write instead.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_variable(found['loc'])}: {found['msg'].removeprefix('Value error, ')}" for found in error.errors()]
        raise SystemExit("These settings cannot be used.\n" + "\n".join(f"  {line}" for line in wrong)) from error


def _variable(place: tuple[int | str, ...]) -> str:
    name = str(place[0]) if place else "settings"
    return f"CLOSEDLOOP_{name.upper()}" if name in Settings.model_fields else name


def serve_at(host: str, port: int) -> None:
    """Let personal links lead to where this server answers, unless the installation says what it is called from outside."""
    name = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  compared, not bound
    os.environ.setdefault("CLOSEDLOOP_BASE_URL", f"http://{name}:{port}")  # its processes inherit it
