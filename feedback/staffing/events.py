"""News of staffing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomChanged:
    """Somebody may have room now who had none: a limit was raised, an absence ended or was taken back, a skill was added."""

    user_id: int
