"""Stored formats of the statistics: the live tail, count arrays, per-account entries, reach bitmaps. numpy only."""

from feedback.defects.packing.tail import Answers, ScoredAnswers, pack_answers, unpack_answers

__all__ = ["Answers", "ScoredAnswers", "pack_answers", "unpack_answers"]
