"""Finds names of repositories, datasets and methods in an analysis that the paper and its listing do not contain.

Only words that are clearly names are checked: with a capital letter inside (PlowPilot), a repository's owner/name, or
capitals joined by a hyphen (Cal-TAG). Names with digits are checked by `number_check`.
"""

from __future__ import annotations

import re

from papers.numbers.normalization import comparison_key
from tasks.analyze.grounding.paper_text import PaperText

_NAME = re.compile(
    r"(?<![A-Za-z0-9/.\-])(?:"
    r"[A-Za-z][\w.-]{0,100}+/[A-Za-z][\w.-]*(?=$|[^\w/])"  # owner/name
    r"|(?=[A-Za-z]*[a-z][A-Z])[A-Za-z]++(?![0-9])(?:-[A-Za-z]++(?![0-9]))*+"  # PlowPilot
    r"|[A-Z][a-z]++-[A-Z]{2}[A-Za-z]*+|[A-Z]{2,}+[a-z]*+-[A-Z][A-Za-z]++"  # Cal-TAG
    r")(?![A-Za-z0-9])"
)
# General words that an analysis of any paper may use.
_GENERAL_WORDS = frozenset(
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


def unknown_names(text: str, paper_text: PaperText) -> list[str]:
    """The names in `text` that do not occur in the paper or its listing, each once, in order."""
    names: dict[str, None] = {}
    for name in dict.fromkeys(match.group() for match in _NAME.finditer(text)):
        name_key = comparison_key(name)
        if name_key in _GENERAL_WORDS or name_key.rstrip("s") in _GENERAL_WORDS or any(c.isdigit() for c in name):
            continue
        if (
            name_key not in paper_text.full_text_key
            and name_key.replace("-", "") not in paper_text.full_text_key_without_hyphens
        ):
            names[name] = None
    return list(names)
