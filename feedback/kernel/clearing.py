"""What erasers do with rows: change, delete, or clear their texts. For a preview they count what they would do."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.kernel.erasing import Person
from feedback.kernel.naming import pairs_of, spellings, whole_name, words_of

STEP = 500  # rows in memory at once
_LAST_DIGITS = 3  # a telephone number is written with anything between; these at least stand in a row of their own seldom
Row = sa.Row[Any]
Where = sa.ColumnElement[bool]


def change(session: Session, person: Person, model: Any, *where: Where, **values: Any) -> int:
    """Set columns; answers how many rows."""
    if person.counting:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
    changed: Any = session.execute(sa.update(model).where(*where).values(**values).execution_options(synchronize_session=False))
    return int(changed.rowcount)


def drop(session: Session, person: Person, model: Any, *where: Where) -> int:
    """Delete rows; answers how many."""
    if person.counting:
        return change(session, person, model, *where)
    gone: Any = session.execute(sa.delete(model).where(*where).execution_options(synchronize_session=False))
    return int(gone.rowcount)


def clear_texts(
    session: Session,
    person: Person,
    columns: Sequence[Any],
    *where: Where,
    near: bool | Callable[[Row], bool] = True,
    beside: Sequence[Any] = (),
) -> int:
    """Clear columns of one table of the person, row by row; answers how many rows named the person.

    Args:
        near: whether a row is about the person's accounts, where parts of the name go too.
        beside: columns that `near` looks at.
    """

    def find(row: Row) -> Mapping[str, Any]:
        close = near if isinstance(near, bool) else near(row)
        after = {column.key: person.cleared(getattr(row, column.key), near=close) for column in columns}
        return {key: value for key, value in after.items() if value != getattr(row, key)}

    return rewrite(session, person, [*columns, *beside], find, *where)


def rewrite(
    session: Session, person: Person, columns: Sequence[Any], find: Callable[[Row], Mapping[str, Any]], *where: Where
) -> int:
    """Read rows in steps by their key and write what `find` answers for each; answers how many there were to write."""
    model = columns[0].class_
    key = sa.inspect(model).primary_key
    after, done = None, 0
    while rows := _step(session, key, columns, where, after):
        for row in rows:
            values = find(row)
            done += bool(values)
            if values and not person.counting:
                same = [column == value for column, value in zip(key, row, strict=False)]
                session.execute(sa.update(model.__table__).where(*same).values(**values))
        after = tuple(rows[-1])[: len(key)]
    return done


def _step(session: Session, key: Any, columns: Sequence[Any], where: Sequence[Where], after: Any) -> Sequence[Row]:
    query = sa.select(*key, *columns).where(*where).order_by(*key).limit(STEP)
    return session.execute(query if after is None else query.where(sa.tuple_(*key) > after)).all()


def may_name(session: Session, person: Person, column: Any, *, near: bool = False) -> Where:
    """Rows whose text may name the person: the database leaves out most, so that few are looked at closely."""
    holds = _Holds(sa.cast(column, sa.Text), session.get_bind().dialect.name == "postgresql")
    name = person.name or ""
    hits = [holds.any((*person.mailed_at, *(one.replace("@", "%40") for one in person.mailed_at), *person.certain_ids))]
    if person.phone_digits:
        hits.append(holds.any([person.phone_digits[-_LAST_DIGITS:]]))
    pairs = {tuple(sorted(pair)) for pair in pairs_of(name)}
    hits += [sa.and_(holds.any(spellings(one)), holds.any(spellings(other))) for one, other in sorted(pairs)]
    if near or (not pairs and whole_name(name)):
        hits += [holds.any(spellings(word)) for word in words_of(name)]
    if near:
        hits.append(holds.any(person.ids))
    return sa.or_(*hits)


@dataclass(frozen=True)
class _Holds:
    """Whether a text holds one of some words, in any case as far as the database knows cases."""

    text: Any
    postgresql: bool

    def any(self, words: Iterable[str]) -> Where:
        """Words in other letters come in the spellings looked for; documents on SQLite write such letters as numbers."""
        forms = dict.fromkeys(form for word in words for one in (word, word.lower()) for form in (one, json.dumps(one)[1:-1]))
        like = self.text.icontains if self.postgresql else self.text.contains  # SQLite's LIKE minds no case
        return sa.or_(sa.false(), *(like(form, autoescape=True) for form in forms))
