"""Reasons as data: a code with its parts, which stages make and which is printed in either language."""

from papers.reasons.parts import make_reason
from papers.reasons.printing import digest_end_text, reason_pieces, reason_text

__all__ = ["digest_end_text", "make_reason", "reason_pieces", "reason_text"]
