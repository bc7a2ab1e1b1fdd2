"""`daily-papers check`: checks claims against a text, with one verdict for each number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from papers.models import Block
from papers.numbers.normalization import normalize
from papers.numbers.units import literal_unit
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText


def check_claims(claims: Iterable[Mapping[str, Any]], blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """Yield for each claim (`text`, optionally `quote` and `block_id`) its numbers and the finding for each.

    The form is `{"text", "numbers": [{"text", "value", "unit", "status", "quote", "block_id", "note"}]}`: `value` is a
    canonical decimal, `unit` is "percent", "percentage_point", "times", "usd", "none" or the literal unit. A claim
    without a quotation is compared with the sentences that match it best. Names, dates and versions are left out,
    since they are not numbers.
    """
    paper_text = PaperText(blocks)
    for claim in claims:
        text = str(claim.get("text") or "")
        quote = claim.get("quote")
        block_id = claim.get("block_id")
        quotes = [Quote(str(quote), str(block_id) if block_id else None)] if quote else []
        yield {
            "text": text,
            "numbers": [
                {
                    "text": finding.text,
                    "value": finding.number.canonical,
                    "unit": literal_unit(finding.number.unit, normalize(finding.number.text).text),
                    "status": finding.status,
                    "quote": finding.quote,
                    "block_id": finding.block_id,
                    "note": finding.note,
                }
                for finding in ground(text, quotes, paper_text)
                if finding.number is not None
            ],
        }
