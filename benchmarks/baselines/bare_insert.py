"""The floor under an import: the file read by `csv`, its rows sent to the product's own tables by `executemany`, nothing else.

Nothing is checked, looked up, counted, classified or remembered, and identities live in dictionaries. The tables with their
indexes, keys and checks, and the settings of the connection are the product's. What an import does on top is what it is for.
"""

import csv
import itertools
import sqlite3
import sys
import time
from datetime import datetime

CHUNK = 20_000
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-65536")
_TABLES = {
    "account": "INSERT INTO account (id, external_id, name, segment, region, value_tier, status, created_at, updated_at) "
    "VALUES (?, ?, ?, ?, ?, 'C', 'active', 0, 0)",
    "contact": "INSERT INTO contact (id, external_id, created_at, updated_at) VALUES (?, ?, 0, 0)",
    "account_contact": "INSERT INTO account_contact (account_id, contact_id, role, role_guessed, since) "
    "VALUES (?, ?, 'user', 1, 0)",
    "defect": "INSERT INTO defect (id, code, name, category, ordinal, active, created_at, names, wording) "
    "VALUES (?, ?, ?, 'service', ?, 1, 0, '{}', '{}')",
    "response": "INSERT INTO response (id, account_id, contact_id, survey_id, source, external_id, content_digest, version, "
    "score, comment, channel, role, segment, region, responded_at, created_at) "
    "VALUES (?, ?, ?, 1, 'bench', ?, ?, 1, ?, ?, 'import', 'user', ?, ?, ?, 0)",
    "citation": "INSERT INTO citation (response_id, defect_id, source) VALUES (?, ?, 'customer')",
}


def import_file(path: str, database: str) -> float:
    """Fill a migrated, empty database; answers the seconds it took."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    ids: dict[str, dict[str, int]] = {"account": {}, "contact": {}, "defect": {}}
    began = time.perf_counter()
    with open(path, newline="", encoding="utf-8") as file:
        numbered = enumerate(csv.DictReader(file), 1)
        while chunk := list(itertools.islice(numbered, CHUNK)):
            rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
            for number, row in chunk:
                _add(number, row, ids, rows)
            connection.execute("BEGIN IMMEDIATE")
            for table, statement in _TABLES.items():
                connection.executemany(statement, rows[table])
            connection.execute("COMMIT")
    return time.perf_counter() - began


def _add(number: int, row: dict[str, str], ids: dict[str, dict[str, int]], rows: dict[str, list[tuple[object, ...]]]) -> None:
    name, segment, region = row["account_external_id"], row["segment"], row["region"]
    account, new_account = _id(ids["account"], name)
    contact, new_contact = _id(ids["contact"], row["contact_external_id"])
    if new_account:
        rows["account"].append((account, name, name, segment, region))
    if new_contact:
        rows["contact"].append((contact, row["contact_external_id"]))
        rows["account_contact"].append((account, contact))
    at = int(datetime.fromisoformat(row["responded_at"]).timestamp() * 1_000_000)
    said = (row["external_id"], f"{number:032x}", int(row["score"]), row["comment"], segment, region, at)
    rows["response"].append((number, account, contact, *said))
    for code in filter(None, row["defects"].split(";")):
        defect, new_defect = _id(ids["defect"], code)
        if new_defect:
            rows["defect"].append((defect, code, code, defect))
        rows["citation"].append((number, defect))


def _id(known: dict[str, int], name: str) -> tuple[int, bool]:
    found = known.get(name)
    if found is not None:
        return found, False
    known[name] = len(known) + 1
    return known[name], True


if __name__ == "__main__":
    print(import_file(sys.argv[1], sys.argv[2]))
