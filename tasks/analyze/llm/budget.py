"""What model calls cost, and the error of a run whose budget is used up."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic_ai.messages import ModelResponse


class BudgetExhausted(Exception):
    """No call was made: the run's budget is used up."""


@dataclass
class Spending:
    """What calls have cost: tokens, US dollars (None once a price is not known), calls answered."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    calls: int = 0

    def add(self, response: ModelResponse) -> None:
        """Count a response."""
        self.input_tokens += response.usage.input_tokens
        self.output_tokens += response.usage.output_tokens
        self.calls += 1
        price = response_cost(response)
        self.cost_usd = None if price is None or self.cost_usd is None else self.cost_usd + price


def response_cost(response: ModelResponse) -> float | None:
    """US dollars by genai-prices; None when it does not know the model."""
    if response.usage.cost is not None:
        return float(response.usage.cost)
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):
        return None
