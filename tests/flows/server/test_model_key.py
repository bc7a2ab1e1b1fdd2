"""The model's key from a Prefect secret block."""

from __future__ import annotations

from typing import Any

from prefect.blocks.system import Secret
from pydantic import SecretStr

from flows.server.model_key import BLOCK, with_key
from papers.settings import Settings


async def test_the_block_gives_the_key_that_the_environment_does_not() -> None:
    bare = Settings(_env_file=None, model="openai:any")
    assert await with_key(bare) is bare
    block: Any = Secret(value="of-the-block")
    await block.asave(BLOCK, overwrite=True)
    try:
        found = await with_key(bare)
        assert found.model_key is not None
        assert found.model_key.get_secret_value() == "of-the-block"
        assert "of-the-block" not in repr(found)
        own = Settings(_env_file=None, model="openai:any", model_key=SecretStr("of-the-environment"))
        assert await with_key(own) is own
        extractive = Settings(_env_file=None, model="extractive")
        assert await with_key(extractive) is extractive
    finally:
        await Secret.adelete(BLOCK)
