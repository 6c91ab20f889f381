"""Importing answers as most would write it: the ORM, a look-up for each duplicate, a commit each 1,000 rows.

The tables, indexes and unique keys are those that the rows need in our product too; statistics, issues and audit are left out,
which is in favour of this side.
"""

import csv
import sys
import time
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    segment: Mapped[str | None]
    region: Mapped[str | None]


class Contact(Base):
    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    account: Mapped[Account] = relationship()


class Defect(Base):
    __tablename__ = "defect"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)


citation = sa.Table(
    "citation",
    Base.metadata,
    sa.Column("response_id", sa.ForeignKey("response.id"), primary_key=True),
    sa.Column("defect_id", sa.ForeignKey("defect.id"), primary_key=True, index=True),
)


class Response(Base):
    __tablename__ = "response"
    __table_args__ = (sa.UniqueConstraint("source", "external_id"), sa.Index(None, "contact_id", "responded_at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"))
    score: Mapped[int]
    comment: Mapped[str | None]
    responded_at: Mapped[datetime] = mapped_column(index=True)
    contact: Mapped[Contact] = relationship()
    defects: Mapped[list[Defect]] = relationship(secondary=citation)


def import_file(path: str, database: str, limit: int) -> float:
    """Import up to `limit` rows; answers the seconds it took."""
    engine = sa.create_engine(f"sqlite:///{database}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
    Base.metadata.create_all(engine)
    began = time.perf_counter()
    with Session(engine) as session, open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            _import_row(session, row)
            if number % 1000 == 0:
                session.commit()
            if number == limit:
                break
        session.commit()
    return time.perf_counter() - began


def _import_row(session: Session, row: dict[str, str]) -> None:
    same = {"source": "bench", "external_id": row["external_id"]}
    if session.scalar(sa.select(Response).filter_by(**same)) is not None:
        return
    account = _get_or_add(session, Account, row["account_external_id"], segment=row["segment"], region=row["region"])
    contact = _get_or_add(session, Contact, row["contact_external_id"], account=account)
    response = Response(**same, contact=contact, score=int(row["score"]), comment=row["comment"] or None)
    response.responded_at = datetime.fromisoformat(row["responded_at"])
    for code in filter(None, row["defects"].split(";")):
        defect = session.scalar(sa.select(Defect).filter_by(code=code)) or Defect(code=code)
        response.defects.append(defect)
    session.add(response)


def _get_or_add(session: Session, model: type, external_id: str, **values: object) -> object:
    found = session.scalar(sa.select(model).filter_by(external_id=external_id))
    if found is None:
        found = model(external_id=external_id, **values)
        session.add(found)
    return found


if __name__ == "__main__":
    print(import_file(sys.argv[1], sys.argv[2], int(sys.argv[3])))
