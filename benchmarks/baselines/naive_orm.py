"""What most would write: Flask, marshmallow and the ORM, one commit per request.

Fair: the same durability (SQLite, WAL, synchronous=FULL), the same indexes on what is looked up, no log-in, no statistics, no
routing, no clocks, no audit. It does what the request is about: account, contact, answer, tags, and an issue for a detractor.
"""

import os
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Base of the tables."""


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite://")
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 24, "max_overflow": 8}
db = SQLAlchemy(app, model_class=Base)

response_tag = sa.Table(
    "response_tag",
    Base.metadata,
    sa.Column("response_id", sa.ForeignKey("response.id"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True, index=True),
)


class Account(Base):
    """A customer."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Contact(Base):
    """A person at a customer."""

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)


class Tag(Base):
    """Something that went wrong."""

    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)


class Response(Base):
    """An answer."""

    __tablename__ = "response"
    __table_args__ = (sa.UniqueConstraint("source", "external_id"), sa.Index(None, "account_id", "responded_at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    score: Mapped[int]
    comment: Mapped[str | None]
    language: Mapped[str | None]
    responded_at: Mapped[datetime] = mapped_column(index=True)
    tags: Mapped[list[Tag]] = relationship(secondary=response_tag)


class Issue(Base):
    """A detractor to call back."""

    __tablename__ = "issue"
    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    state: Mapped[str]


class AnswerIn(Schema):
    """The body."""

    source = fields.String(load_default="default")
    external_id = fields.String(required=True)
    account_external_id = fields.String(required=True)
    contact_external_id = fields.String(required=True)
    score = fields.Integer(required=True, strict=True, validate=validate.Range(0, 10))
    comment = fields.String(load_default=None)
    language = fields.String(load_default=None)
    defects = fields.List(fields.String(), load_default=list)


schema = AnswerIn()


def _pragmas(connection, _record):
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


with app.app_context():
    if db.engine.dialect.name == "sqlite":
        sa.event.listen(db.engine, "connect", _pragmas)
    db.create_all()
    if db.session.scalar(sa.select(Tag.id).limit(1)) is None:
        db.session.add_all([Tag(code=f"d{number}") for number in range(30)])
        db.session.commit()
    db.engine.dispose()


@app.post("/api/v1/responses")
def answer():
    """Store an answer."""
    try:
        body = schema.load(request.get_json())
    except ValidationError as error:
        return {"errors": error.messages}, 422
    found = db.session.scalar(sa.select(Response).filter_by(source=body["source"], external_id=body["external_id"]))
    if found is not None:
        return {"id": found.id}, 200 if found.score == body["score"] and found.comment == body["comment"] else 409
    account = db.session.scalar(sa.select(Account).filter_by(external_id=body["account_external_id"]))
    if account is None:
        account = Account(external_id=body["account_external_id"], name=body["account_external_id"])
        db.session.add(account)
        db.session.flush()
    contact = db.session.scalar(sa.select(Contact).filter_by(external_id=body["contact_external_id"]))
    if contact is None:
        contact = Contact(external_id=body["contact_external_id"], account_id=account.id)
        db.session.add(contact)
        db.session.flush()
    tags = list(db.session.scalars(sa.select(Tag).where(Tag.code.in_(body["defects"])))) if body["defects"] else []
    response = Response(
        source=body["source"],
        external_id=body["external_id"],
        account_id=account.id,
        contact_id=contact.id,
        score=body["score"],
        comment=body["comment"],
        language=body["language"],
        responded_at=datetime.now(UTC),
        tags=tags,
    )
    db.session.add(response)
    db.session.flush()
    issue = None
    if response.score <= 6:
        issue = Issue(response_id=response.id, account_id=account.id, state="new")
        db.session.add(issue)
    db.session.commit()
    return {"id": response.id, "issue_id": issue.id if issue else None}, 201
