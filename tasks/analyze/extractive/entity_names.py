"""Names in sentences: datasets, baselines, the name that a work goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each part begins after a sign of its own, so that there is one way alone to read a name.
_NAME = r"[A-Z][\w.]*(?:[-/][A-Za-z0-9][\w.]*| [A-Z0-9][\w.]*)*"


_DATASET = re.compile(
    rf"\b(?:on|across)\s(?:the\s)?(?P<a>[A-Z]\w*[A-Z0-9\-][\w.+-]*(?: [A-Z0-9][\w.+-]*)*)"
    rf"|\b(?P<b>{_NAME})\s(?:benchmark|dataset|leaderboard)s?\b"
)


_BASELINE = re.compile(
    rf"\b(?:compared (?:to|with)|outperform(?:s|ing|ed)?|surpass(?:es|ing|ed)?|than|over"
    rf"|versus|vs\.)\s(?:the\s|that of\s)?(?P<a>{_NAME}(?:(?:,\s|\sand\s){_NAME})*)"
)


# What looks like a name where one is due: words of a sentence, tasks and kinds of method, machines.
_NO_NAME = re.compile(
    r"(?:The|We|Our|On|In|It|At|Across|All|Both|Each|Every|This|These|A|An|For|With|Best|Pass|Most|Many|Other|Human)"
    r"(?![\w-])"
    r"|(?:SOTA|SoTA|RL|IL|SFT|RLHF|RLVR|DP|LLM|VLM|VLA|MLLM|LMM|LRM|MoE|RAG|AI|AR|VQA|QA|T2I|T2V|I2V|OCR|GUI|UI|MCP|NLP"
    r"|CV|ViT|DiT|CNN|GAN|CoT)(?:-[a-z]\w*)*s?$"
    r"|.*(?:\b[CGNT]PUs?\b|\b(?:NVIDIA|AMD|Intel|RTX|MetaX)\b|\b[AHV]\d{2,3}s?$|-(?:based|style|like|generated|level)\b)"
)


# A model is what was measured, and no dataset.
_MODEL_NAME = re.compile(
    r"(?!.*Bench)(?:.*(?:GPT|Qwen|Llama|LLaMA|LLaDA|LLaVA|Gemini|Gemma|Claude|Mistral|Mixtral|DeepSeek|InternVL|FLUX|SDXL"
    r"|Stable Diffusion|Wan ?2|OpenVLA|VGGT|GLM|ERNIE|OLMo|-(?:Instruct|Chat|Thinking)$)"
    r"|(?!LAION).*\b\d+(?:\.\d+)?B\b)"
)


def _named(pattern: re.Pattern[str], text: str) -> Iterable[tuple[re.Match[str], str]]:
    """The names that stand where the pattern has one, at most 60 characters long, with their places."""
    for match in pattern.finditer(text):
        group = next(k for k, found in match.groupdict().items() if found)
        name = re.sub(r"^(?:The|Our) (?=[A-Z])", "", match[group].rstrip(".,"))
        goes_on = text[match.end(group) : match.end(group) + 1] in ("@", "+", "-", "/")  # "Pass@1" is no name
        if not goes_on and len(name) <= 60 and not _NO_NAME.match(name):
            yield match, name


_LIKE_A_NAME = re.compile(r"^\S+$|[a-z][A-Z]|[A-Z]{2}|\d|[A-Z]\w*-[A-Z]")


def short_name(title: str, abstract: str) -> str | None:
    """The name of the method: what stands before the title's colon, else the one that the abstract introduces."""
    head, colon, _ = title.partition(":")
    if colon and len(head) <= 40 and _LIKE_A_NAME.search(head) and len(head.split()) <= 3:
        return head.strip()
    named = _INTRODUCED.search(" ".join(abstract.split()))
    if named is None or (named["brief"] and colon and len(head.split()) <= 3):
        return None  # an abbreviation says less than a short title's own words
    name = named["name"] or named["brief"]
    return name if len(name) <= 40 and not _NO_NAME.match(name) else None


# "we propose X", or "we present the Long Name (LoNa)"; of "BitNet Distillation" the first word is no name, and what is
# written small, as in "large language models (LLMs)", is nobody's own.
_INTRODUCED = re.compile(
    r"\b(?:propose|introduce|present|develop|call|called|named|termed|dubbed)\s(?:(?:it|this|the|an?)\s)?"
    r"(?:(?P<name>[A-Z][\w+-]*[A-Z0-9][\w+-]*)(?=[\s,.:;()])(?!\s[A-Z])"
    r"|(?:[\w/-]+\s){1,8}?[A-Z][\w/-]*\s\((?P<brief>(?=[\w+-]{3})[A-Z][\w+-]*[A-Z][\w+-]*)\))"
)
