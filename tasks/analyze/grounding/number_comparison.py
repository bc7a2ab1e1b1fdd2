"""Whether two numbers are the same value in the same unit, in any way to read them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from papers.models import EvidenceStatus
from papers.numbers.parser import Number
from papers.numbers.units import same_unit


def compare(number: Number, candidates: Sequence[Number]) -> EvidenceStatus | None:
    """ "grounded" if `candidates` contain the value with the unit, "wrong-unit" if only with another, else None."""
    value_matches = False
    for candidate in candidates:
        for value, unit in number.interpretations:
            for candidate_value, candidate_unit in candidate.interpretations:
                if value == candidate_value or (value == -candidate_value and value > 0):
                    if same_unit(unit, candidate_unit):
                        return "grounded"
                    value_matches = True
    return "wrong-unit" if value_matches else None


def significant_digits(number: Number) -> int:
    """How many digits a number has, without leading and trailing zeros."""
    return len(re.sub(r"\D", "", number.text).strip("0"))
