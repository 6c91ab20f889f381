"""Which accounts cited which defect in one span: a bitmap per defect, or entries, whichever is smaller.

Months are always entries (with counts, so that a deletion knows whether it took the last citation away).
"""

import struct

import numpy as np
from numpy.typing import NDArray

from feedback.defects.packing.counts import Ints
from feedback.defects.packing.entries import Entries, pack_entries, unpack_entries

Bits = NDArray[np.uint8]  # one line per defect, bit (account % 8) of byte (account // 8)

_BITMAP, _ENTRIES = b"B", b"E"
_SHAPE = struct.Struct("<II")  # defects, bytes per defect
_ALIGN = 64


def line_bytes(accounts: int) -> int:
    """Bytes of a line for account ids below `accounts`, with room to grow."""
    return -(-accounts // (8 * _ALIGN)) * _ALIGN


def no_bits(defects: int, accounts: int) -> Bits:
    """A bitmap for so many ordinals and for account ids below `accounts`."""
    return np.zeros((defects, line_bytes(accounts)), np.uint8)


def set_bits(bits: Bits, ordinal: Ints, account: Ints) -> None:
    """Mark that accounts cited defects; the bitmap must be large enough."""
    place = ordinal * bits.shape[1] + (account >> 3)
    np.bitwise_or.at(bits.reshape(-1), place, (1 << (account & 7)).astype(np.uint8))


def pack_month(entries: Entries) -> bytes:
    """Encode the citations of a month: (ordinal, account) → how often."""
    return _ENTRIES + pack_entries(entries)


def pack_span(bits: Bits) -> bytes:
    """Encode the accounts of a longer span."""
    marked = int(np.bitwise_count(bits).sum())
    if 4 * marked < bits.size:
        line, byte = np.nonzero(bits)
        inside = np.unpackbits(bits[line, byte][:, None], axis=1, bitorder="little")
        entry, bit = np.nonzero(inside)
        key = line[entry].astype(np.int64) << 32 | (byte[entry].astype(np.int64) << 3 | bit)
        return _ENTRIES + pack_entries(Entries(key, np.ones(len(key), np.int64)))
    return _BITMAP + _SHAPE.pack(*bits.shape) + bits.tobytes()


def unpack_month(packed: bytes) -> Entries:
    """Decode the citations of a month."""
    return unpack_entries(packed[1:])


def extent(packed: bytes) -> tuple[int, int]:
    """How many ordinals and how many account ids `add_bits` needs room for."""
    if packed[:1] == _BITMAP:
        defects, width = _SHAPE.unpack_from(packed, 1)
        return defects, 8 * width
    entries = unpack_entries(packed[1:])
    if not len(entries.key):
        return 0, 0
    return int(entries.key[-1] >> 32) + 1, int(entries.item.max()) + 1


def add_bits(bits: Bits, packed: bytes) -> None:
    """Mark everything that an encoded span marks; lines and accounts beyond the bitmap are left out."""
    if packed[:1] == _BITMAP:
        stored = np.frombuffer(packed, np.uint8, offset=1 + _SHAPE.size).reshape(_SHAPE.unpack_from(packed, 1))
        lines, width = min(len(bits), len(stored)), min(bits.shape[1], stored.shape[1])
        bits[:lines, :width] |= stored[:lines, :width]
        return
    entries = unpack_entries(packed[1:])
    ordinal, account = entries.owner, entries.item
    inside = (ordinal < len(bits)) & (account < 8 * bits.shape[1])
    set_bits(bits, ordinal[inside], account[inside])


def grown(bits: Bits, defects: int, accounts: int) -> Bits:
    """The bitmap with room for more."""
    wanted = (max(len(bits), defects), max(bits.shape[1], line_bytes(accounts)))
    if wanted == bits.shape:
        return bits
    larger = np.zeros(wanted, np.uint8)
    larger[: len(bits), : bits.shape[1]] = bits
    return larger
