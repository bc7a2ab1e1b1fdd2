"""Names of repositories, datasets and methods in an analysis that the paper and its listing do not have.

Only words that are plainly names are looked at: with a capital inside (PlowPilot), a repository's owner/name, or
capitals joined by a hyphen (Cal-TAG). Names with digits are `apart` spans and checked by `grounding`.
"""

from __future__ import annotations

import re

from papers.numbers.normalization import squeeze
from tasks.analyze.grounding.paper_text import Source

_NAME = re.compile(
    r"(?<![A-Za-z0-9/.\-])(?:"
    r"[A-Za-z][\w.-]*/[A-Za-z][\w.-]*(?=$|[^\w/])"  # owner/name
    r"|[A-Za-z]*[a-z][A-Z][A-Za-z]*(?:-[A-Za-z]+)*"  # PlowPilot
    r"|[A-Z][a-z]+-[A-Z]{2,}[A-Za-z]*|[A-Z]{2,}[a-z]*-[A-Z][A-Za-z]+"  # Cal-TAG
    r")(?![A-Za-z0-9])"
)
# General vocabulary that a report may use of any paper.
_COMMON = frozenset(
    [
        "github",
        "huggingface",
        "hugging",
        "openai",
        "pytorch",
        "tensorflow",
        "chatgpt",
        "deepmind",
        "javascript",
        "typescript",
        "latex",
        "arxiv",
        "youtube",
        "pypi",
        "mlops",
        "devops",
        "dataset",
        "webui",
        "linkedin",
        "macos",
        "ios",
        "iphone",
        "ipad",
        "ebook",
        "gpus",
        "cpus",
        "llms",
        "vlms",
        "mllms",
        "apis",
        "pdfs",
        "tokens/s",
        "and/or",
        "i/o",
        "input/output",
        "read/write",
        "a/b",
        "encoder/decoder",
        "client/server",
        "train/test",
        "multi-gpu",
        "self-attention",
        "pre-training",
    ]
)


def unknown_names(text: str, source: Source) -> list[str]:
    """The names in `text` that occur nowhere in the paper or its listing, each once, in order."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = match.group()
        plain = squeeze(name)
        if plain in _COMMON or plain.rstrip("s") in _COMMON or any(c.isdigit() for c in name):
            continue
        if plain not in source.everything and plain.replace("-", "") not in source.everything_joined:
            found[name] = None
    return list(found)
