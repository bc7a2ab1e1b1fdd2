"""The model's key from a Prefect secret block."""

from __future__ import annotations

from typing import Any

from prefect.blocks.system import Secret
from pydantic import SecretStr

from flows.server.model_key import BLOCK, add_model_key
from papers.settings import Settings


async def test_the_block_gives_the_key_that_the_environment_does_not() -> None:
    base_settings = Settings(_env_file=None, model="openai:any")
    assert await add_model_key(base_settings) is base_settings
    block: Any = Secret(value="of-the-block")
    await block.asave(BLOCK, overwrite=True)
    try:
        settings = await add_model_key(base_settings)
        assert settings.model_key is not None
        assert settings.model_key.get_secret_value() == "of-the-block"
        assert "of-the-block" not in repr(settings)
        own = Settings(_env_file=None, model="openai:any", model_key=SecretStr("of-the-environment"))
        assert await add_model_key(own) is own
        extractive = Settings(_env_file=None, model="extractive")
        assert await add_model_key(extractive) is extractive
    finally:
        await Secret.adelete(BLOCK)
