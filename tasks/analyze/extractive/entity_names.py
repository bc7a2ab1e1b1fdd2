"""Finds names in sentences: datasets, baselines, and the short name of the paper's method."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Each part begins after its own separator, so a name can match in only one way (no catastrophic backtracking).
_NAME = r"[A-Z][\w.]*(?:[-/][A-Za-z0-9][\w.]*| [A-Z0-9][\w.]*)*"


# A name with a capital or a digit inside, and the words and versions that go on from it; and a list of such names.
_SHAPED_NAME = r"[A-Z]\w*[A-Z0-9\-][\w.+-]*(?: (?:[A-Z0-9]|v\d)[\w.+-]*)*"
DATASET = re.compile(
    rf"\b(?:on|across)\s(?:the\s)?(?P<a>{_SHAPED_NAME}(?:(?:, and |, | and ){_SHAPED_NAME}){{0,5}})"
    rf"|\b(?P<b>{_NAME})\s(?:benchmark|dataset|leaderboard)s?\b"
)


BASELINE = re.compile(
    rf"\b(?:compared (?:to|with)|outperform(?:s|ing|ed)?|surpass(?:es|ing|ed)?|than|over"
    rf"|versus|vs\.)\s(?:the\s|that of\s)?(?P<a>{_NAME}(?:(?:,\s|\sand\s){_NAME})*)"
)


# Things that look like names but are not: common words, tasks, kinds of method, hardware.
_NOT_A_NAME = re.compile(
    r"(?:The|We|Our|On|In|It|At|Across|All|Both|Each|Every|This|These|A|An|For|With|Best|Pass|Most|Many|Other|Human)"
    r"(?![\w-])"
    r"|(?:SOTA|SoTA|RL|IL|SFT|RLHF|RLVR|DP|LLM|VLM|VLA|MLLM|LMM|LRM|MoE|RAG|AI|AR|VQA|QA|T2I|T2V|I2V|OCR|GUI|UI|MCP|NLP"
    r"|CV|ViT|DiT|CNN|GAN|CoT)(?:-[a-z]\w*)*s?$"
    r"|.*(?:\b[CGNT]PUs?\b|\b(?:NVIDIA|AMD|Intel|RTX|MetaX)\b|\b[AHV]\d{2,3}s?$|-(?:based|style|like|generated"
    r"|level)\b)"
)


# Names of models, which are never datasets.
MODEL_NAME = re.compile(
    r"(?!.*Bench)(?:.*(?:GPT|Qwen|Llama|LLaMA|LLaDA|LLaVA|Gemini|Gemma|Claude|Mistral|Mixtral|DeepSeek|InternVL|FLUX"
    r"|SDXL"
    r"|Stable Diffusion|Wan ?2|OpenVLA|VGGT|GLM|ERNIE|OLMo|-(?:Instruct|Chat|Thinking)$)"
    r"|(?!LAION).*\b\d+(?:\.\d+)?B\b)"
)


MAX_LENGTH = 4000  # characters of a sentence; in a longer text the search for long chains of capitals takes too long


def find_names(pattern: re.Pattern[str], text: str) -> Iterable[tuple[re.Match[str], str]]:
    """Yield (match, name) for each name of at most 60 characters that `pattern` finds in `text`, a sentence."""
    for match in pattern.finditer(text, 0, MAX_LENGTH):
        group = next(k for k, value in match.groupdict().items() if value)
        name = re.sub(r"^(?:The|Our) (?=[A-Z])|(?: \d+)+$", "", match[group].rstrip(".,"))
        continues = text[match.end(group) : match.end(group) + 1] in ("@", "+", "-", "/")  # "Pass@1" is not a name
        continues = continues or text[match.start(group) - 1 : match.start(group)] in ("&", "@", "+", "-", "/")
        if not continues and len(name) <= 60 and not _NOT_A_NAME.match(name):
            yield match, name


_NAME_SHAPE = re.compile(r"^\S+$|[a-z][A-Z]|[A-Z]{2}|\d|[A-Z]\w*-[A-Z]")


def short_name(title: str, abstract: str) -> str | None:
    """The name of the method: the text before the title's colon, else the name that the abstract introduces."""
    head, colon, _ = title.partition(":")
    if colon and len(head) <= 40 and _NAME_SHAPE.search(head) and len(head.split()) <= 3:
        return head.strip()
    match = _INTRODUCTION.search(" ".join(abstract.split()))
    if match is None or (match["brief"] and colon and len(head.split()) <= 3):
        return None  # a short title is more informative than an abbreviation
    name = match["name"] or match["brief"]
    return name if len(name) <= 40 and not _NOT_A_NAME.match(name) else None


# "we propose X", or "we present the Long Name (LoNa)". The first word of "BitNet Distillation" alone is not a name, and
# a lower-case phrase such as "large language models (LLMs)" is a general term.
_INTRODUCTION = re.compile(
    r"\b(?:propose|introduce|present|develop|launch|release|unveil|call|called|named|termed|dubbed)\s(?:(?:it|this"
    r"|the|an?)\s)?"
    r"(?:(?P<name>[A-Z](?=[\w+-]*[A-Z0-9])[\w+-]++)(?=[\s,.:;()])(?!\s[A-Z])"
    r"|(?:[\w/-]++\s){1,8}?[A-Z][\w/-]*+\s\((?P<brief>(?=[\w+-]{3})[A-Z](?=[\w+-]*[A-Z])[\w+-]++)\))"
)
