"""`daily-papers check`: claims against a text, one verdict a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from papers.models import Block
from papers.numbers.normalization import spell
from papers.numbers.units import literal_unit
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import Source


def check_claims(claims: Iterable[Mapping[str, Any]], blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """For each claim (`text`, and `quote` where it has one) its numbers and what was found of each.

    Yields `{"text", "numbers": [{"text", "value", "unit", "status", "quote", "block_id"}]}`: `value` a canonical
    decimal, `unit` "percent", "percentage_point", "times", "usd", "none" or the literal unit. A claim without a quote
    is held against the sentences that match it best. Names, dates and versions are no numbers and are left out.
    """
    source = Source(blocks)
    for claim in claims:
        text = str(claim.get("text") or "")
        quote = claim.get("quote")
        block_id = claim.get("block_id")
        quotes = [Quote(str(quote), str(block_id) if block_id else None)] if quote else []
        yield {
            "text": text,
            "numbers": [
                {
                    "text": found.text,
                    "value": found.number.canonical,
                    "unit": literal_unit(found.number.unit, spell(found.number.text).text),
                    "status": found.status,
                    "quote": found.quote,
                    "block_id": found.block_id,
                }
                for found in ground(text, quotes, source)
                if found.number is not None
            ],
        }
