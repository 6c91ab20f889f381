"""How a person is found in texts, and what is left alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from feedback.kernel.erasing import GONE, Person

AT = datetime(2026, 11, 22, tzinfo=UTC)


def person(name: str | None = None, **values: Any) -> Person:
    known: dict[str, Any] = {"email": None, "phone": None, "ids": (), "harmless": set()} | values
    return Person(1, (1,), name, at=AT, **known)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Tom Price", "Spoke to PRICE today"),
        ("Tom Price", "price, tom called"),
        ("tom price", "Price was angry"),
        ("TOM PRICE", "Tom was angry"),
        ("Ana Li", "Li said no"),
        ("José Núñez", "Jose wrote"),
        ("Anne-Marie O’Neill", "ask Anne-Marie"),
        ("Иван Петров", "звонил Ивану Петрову"),
        ("Иван Петров", "договор с Петровым"),
        ("Иван Петров", "ПЕТРОВУ ОТПРАВЛЕНО"),
        ("Мария Лебедева", "говорил с Марией"),
        ("Павел Зайцев", "сказал Павлу"),
        ("Пётр Зайцев", "у Петра"),
        ("李伟", "客户李伟说不"),
        ("김민수", "김민수는 화가 났다"),
    ],
)
def test_a_part_of_the_name_is_found_at_the_persons_accounts(name: str, text: str) -> None:
    assert person(name).is_in(text, near=True)
    assert GONE in person(name).cleared(text, near=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Tom Price", "what price?"),
        ("Tom Price", "Tomorrow"),
        ("Ana Li", "Lima and Anatol"),
        ("Иван Петров", "иванов день"),
        ("Tom Price", "Dr. Tomas"),
        ("Maria de la Cruz", "de la Rosa"),
    ],
)
def test_other_words_are_left_alone_even_there(name: str, text: str) -> None:
    assert not person(name).is_in(text, near=True)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Tom Price", "Tom Price called", True),
        ("tom price", "Price, Tom", True),
        ("Maria Garcia Lopez", "maria garcia lopez", True),
        ("Maria Garcia Lopez", "Maria Garcia", True),
        ("Иван Петров", "звонил Петрову Ивану", True),
        ("Петров Иван Сергеевич", "Иван Петров", True),
        ("李伟", "客户李伟说不", True),
        ("李 伟", "客户李伟说不", True),
        ("Tom Price", "Price called", False),
        ("Madonna", "Madonna", False),
        ("Иван Петров", "Ивану", False),
        ("Tom Price", "Tom Pricey", False),
    ],
)
def test_elsewhere_only_the_whole_name_is(name: str, text: str, found: bool) -> None:
    assert person(name).is_in(text) is found


def test_documents_lose_the_name_only_where_people_write() -> None:
    tom = person("Tom Price", ids=("1234", "C-ana-77", "late"), email="t@x.example")
    row = {"category": "price", "was": "Price", "link": "/app/accounts/1234", "id": "1234", "note": "ask Price, 1234, C-ana-77"}
    assert tom.cleared(row, near=True) == row | {"note": f"ask {GONE}, {GONE}, {GONE}"}
    assert tom.cleared(row) == row | {"note": f"ask Price, 1234, {GONE}"}
    assert tom.cleared({"defect": "late", "note": "late again"}) == {"defect": "late", "note": "late again"}
    nested = {"params": {"person": "Tom Price", "account": "Tom Price Ltd"}, "link": "/app/people?q=T%40x.example"}
    cleared = {"params": {"person": GONE, "account": "Tom Price Ltd"}, "link": f"/app/people?q={GONE}"}
    assert tom.cleared(nested, near=True) == cleared


@pytest.mark.parametrize("text", ["diana@x.example", "ana@x.example.org", "ana@x.example-shop", "x.ana@x.example"])
def test_addresses_of_others_stay(text: str) -> None:
    ana = person(email="ana@x.example", addresses=("old+1@x.example",))
    assert not ana.is_in(text, near=True)
    assert ana.is_in("Mail Ana@X.example.")
    assert ana.is_in("a=old%2B1%40x.example&b=1")


def test_a_telephone_number_is_found_however_it_is_written() -> None:
    ana = person(phone="+34 600 123 987")
    assert ana.is_in("call 34600123987!")
    assert ana.is_in("+34 (600) 123-987")
    assert not ana.is_in("order 134600123987")
