"""The cost of model calls, and the error of a run whose budget is used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic_ai.messages import ModelResponse

from papers.errors import ReasonedError


class BudgetExhausted(ReasonedError):
    """The run's budget is used up, so the call was not made."""


@dataclass
class Spending:
    """The cost of calls so far: tokens, US dollars (None when a price is unknown), number of answered calls."""

    input_tokens: int = 0
    cached_tokens: int = 0  # of the input tokens
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    calls: int = 0

    def add(self, response: ModelResponse) -> None:
        """Add the cost of a response."""
        self.input_tokens += response.usage.input_tokens
        self.cached_tokens += response.usage.cache_read_tokens
        self.output_tokens += response.usage.output_tokens
        self.calls += 1
        price = response_cost(response)
        self.cost_usd = None if price is None or self.cost_usd is None else self.cost_usd + price

    def columns(self) -> dict[str, Any]:
        """The fields of an analysis that hold its cost."""
        return {
            "input_tokens": self.input_tokens,
            "cached_tokens": self.cached_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
        }


def response_cost(response: ModelResponse) -> float | None:
    """The cost in US dollars, from the provider or from genai-prices; None when the price is unknown."""
    if "implausible" in response.usage.details:  # see `sanitizing`
        return None
    if response.usage.cost is not None:
        return float(response.usage.cost)
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None
