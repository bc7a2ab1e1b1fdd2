"""The model's key from Prefect's secret block, if neither the environment nor `.env` has one."""

from __future__ import annotations

from typing import Any

from prefect.blocks.system import Secret
from prefect.settings import PREFECT_API_URL

from papers.analysis_choice import EXTRACTIVE
from papers.errors import UsageError
from papers.settings import Settings, clean_key

BLOCK = "daily-papers-model-key"


async def add_model_key(settings: Settings) -> Settings:
    """The settings with the key from the block, if the server has one and the model may need it.

    The key is read when a run begins and is not a parameter of the run: Prefect stores it only in the block, encrypted.
    Raises UsageError for a text that is no key.
    """
    if settings.model_key is not None or settings.model == EXTRACTIVE or not PREFECT_API_URL.value():
        return settings
    try:
        block: Any = await Secret.aload(BLOCK)
    except ValueError:  # there is no such block
        return settings
    try:
        key = clean_key(str(block.get()))
    except ValueError as error:
        raise UsageError(f"The Prefect secret block {BLOCK} cannot be used: {error}") from None
    return settings.model_copy(update={"model_key": key})
