"""One accepted list as bytes: fixed records, then the cited ordinals, then the names of segments and regions.

Records are row by row, so that thousands of short lists are decoded by one `frombuffer` over their joined bytes.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

RECORD = np.dtype(
    [
        ("month", "<u4"),
        ("survey", "<u4"),
        ("account", "<u4"),
        ("segment", "<u2"),  # places in the list of names
        ("region", "<u2"),
        ("role", "u1"),
        ("score", "u1"),
        ("sign", "i1"),
        ("cited", "<u2"),  # how many of the ordinals are this answer's
    ]
)
ORDINAL = np.dtype("<u2")
_HEADER = struct.Struct("<BIIII")  # version, answers, citations, bytes of segments, bytes of regions
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ScoredAnswers:
    """Answers by column, as the acceptor knows them; lists or arrays of one length.

    month: 12 * year + month − 1 (UTC); segment, region: '' for none; role: 0 decision maker, 1 influencer, 2 user;
    defects: ordinals, each once per answer; sign: +1 to count an answer, −1 to take back one that was counted.
    """

    month: Sequence[int] | Ints
    survey_id: Sequence[int] | Ints
    segment: Sequence[str]
    region: Sequence[str]
    account_id: Sequence[int] | Ints
    role: Sequence[int] | Ints
    score: Sequence[int] | Ints
    defects: Sequence[Sequence[int]]
    sign: Sequence[int] | Ints


@dataclass(frozen=True, slots=True)
class Answers:
    """Decoded answers by column; `defects` is all cited ordinals in the order of the answers, `cited` how many each has."""

    month: Ints
    survey: Ints
    account: Ints
    segment: Ints
    region: Ints
    role: Ints
    score: Ints
    sign: Ints
    cited: Ints
    defects: Ints
    segments: list[str]
    regions: list[str]

    def __len__(self) -> int:
        return len(self.month)

    def where(self, mask: NDArray[np.bool_]) -> "Answers":
        """Those of the answers that the mask names, with their citations."""
        if mask.all():
            return self
        columns = ("month", "survey", "account", "segment", "region", "role", "score", "sign", "cited")
        kept = {name: getattr(self, name)[mask] for name in columns}
        defects = self.defects[np.repeat(mask, self.cited)]
        return Answers(**kept, defects=defects, segments=self.segments, regions=self.regions)


def pack_answers(answers: ScoredAnswers) -> bytes:
    """Encode a list.

    Raises:
        ValueError: columns of different lengths, a value out of range, or an ordinal cited twice by one answer.
    """
    n = len(answers.month)
    records = np.zeros(n, RECORD)
    segments, regions = _names(answers.segment), _names(answers.region)
    columns = {
        "month": answers.month,
        "survey": answers.survey_id,
        "account": answers.account_id,
        "segment": [segments[name] for name in answers.segment],
        "region": [regions[name] for name in answers.region],
        "role": answers.role,
        "score": answers.score,
        "sign": answers.sign,
        "cited": np.fromiter(map(len, answers.defects), np.int64),
    }
    for name, values in columns.items():
        if len(values) != n:
            raise ValueError(f"{name} has {len(values)} values for {n} answers")
        records[name] = np.asarray(values, np.int64)
    defects = np.fromiter(chain.from_iterable(answers.defects), np.int64)
    _check(records, defects)
    names = [json.dumps(list(found), ensure_ascii=False).encode() for found in (segments, regions)]
    header = _HEADER.pack(_VERSION, n, len(defects), len(names[0]), len(names[1]))
    return b"".join((header, records.tobytes(), defects.astype(ORDINAL).tobytes(), *names))


def unpack_answers(packed: Iterable[bytes]) -> Answers:
    """Decode any number of lists into one."""
    records, ordinals, segments, regions = [], [], _Labels(), _Labels()
    for blob in packed:
        version, n, citations, segment_bytes, region_bytes = _HEADER.unpack_from(blob)
        if version != _VERSION:
            raise ValueError(f"unknown version {version} of packed answers")
        first = _HEADER.size + n * RECORD.itemsize
        second = first + citations * ORDINAL.itemsize
        records.append(blob[_HEADER.size : first])
        ordinals.append(blob[first:second])
        segments.add(blob[second : second + segment_bytes], n)
        regions.add(blob[second + segment_bytes : second + segment_bytes + region_bytes], n)
    table = np.frombuffer(b"".join(records), RECORD)
    columns = {name: table[name].astype(np.int64) for name in ("month", "survey", "account", "role", "score", "sign", "cited")}
    return Answers(
        **columns,
        segment=segments.places(table["segment"]),
        region=regions.places(table["region"]),
        defects=np.frombuffer(b"".join(ordinals), ORDINAL).astype(np.int64),
        segments=list(segments.known),
        regions=list(regions.known),
    )


class _Labels:
    """Gives the same name the same place across lists."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self._same: dict[bytes, list[int]] = {}
        self._maps: list[list[int]] = []
        self._lengths: list[int] = []

    def add(self, packed: bytes, answers: int) -> None:
        if packed not in self._same:
            self._same[packed] = [self.known.setdefault(name, len(self.known)) for name in json.loads(packed)]
        self._maps.append(self._same[packed])
        self._lengths.append(answers)

    def places(self, local: NDArray[np.uint16]) -> Ints:
        """Places in `known`, from the places in each list's own names."""
        flat = np.fromiter(chain.from_iterable(self._maps), np.int64)
        starts = np.cumsum([0, *map(len, self._maps[:-1])]) if self._maps else np.zeros(0, np.int64)
        return flat[np.repeat(starts, self._lengths) + local] if len(local) else np.zeros(0, np.int64)


def _names(values: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(values))}


def _check(records: NDArray[np.void], defects: Ints) -> None:
    if len(records) and not (records["role"] <= 2).all():
        raise ValueError("a role is 0, 1 or 2")
    if len(records) and not (records["score"] <= 10).all():
        raise ValueError("a score is 0 to 10")
    if not np.isin(records["sign"], (-1, 1)).all():
        raise ValueError("a sign is +1 or −1")
    if len(defects) and (defects.min() < 0 or defects.max() > np.iinfo(ORDINAL).max):
        raise ValueError("an ordinal is out of range")
    place = np.repeat(np.arange(len(records)), records["cited"]) << 16 | defects
    if len(np.unique(place)) != len(place):
        raise ValueError("an answer cites the same defect twice")
