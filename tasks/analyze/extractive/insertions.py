"""What is put into a quoted sentence, in square brackets: the work's name for "it", what an abbreviation stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from itertools import takewhile

MAX_WORDS, MAX_PARTS = 6, 10  # of what an abbreviation stands for: words, and words with their hyphenated parts
# What the work does; "it is known that" and "it remains" have no subject that could be named.
_DOES = (
    r"(?:(?:also|further|even|still|not only|\w+ly) ){0,2}"
    r"(?:achiev|attain|reach|outperform|surpass|exceed|improv|reduc|obtain|yield|deliver|match|rival|set|score|boost"
    r"|accelerat|enabl|support|provid|us|employ|integrat|combin|introduc|consist|requir|run|scal|generali[sz]|maintain"
    r"|leverag|learn|generat|produc|train|operat|compris|contain|cover|includ|span|featur|offer|demonstrat|exhibit"
    r"|show|preserv|eliminat|incorporat|adopt|transfer|rank|cut|increas|decreas|lower|rais|establish|perform)e?s\b"
)
_IT = re.compile(rf"^(?P<opening>[^,;:]{{2,90}}, )?it (?={_DOES})", re.IGNORECASE)
# What readers of such papers know.
_WELL_KNOWN = frozenset([
    "AI", "API", "ASR", "CLIP", "CNN", "CoT", "CPU", "CV", "DPO", "GAN", "GPU", "GUI", "KV", "LLM", "LMM", "LoRA",
    "MLLM", "MLP", "MoE", "ML", "NLP", "OCR", "PPO", "QA", "RAG", "RL", "RLHF", "RLVR", "SFT", "SOTA", "SoTA", "SQL",
    "TTS", "UI", "VAE", "ViT", "DiT", "VLA", "VLM", "VQA", "GRPO", "3D", "4D", "MCTS", "MSE", "PDF", "RNN",
])  # fmt: skip
_SMALL_WORDS = frozenset(["of", "for", "with", "the", "and", "in", "on", "to", "a", "an", "as", "by", "from", "via"])
_DEFINED = re.compile(r" \(([A-Za-z][\w-]{1,7})\)")
_WORD = re.compile(r"[A-Za-z][\w/’'-]*")
MAX_BEFORE = 120  # characters before an abbreviation in which its words are looked for


def with_subject(text: str, before: str, name: str | None) -> str:
    """`text` with "[name]" for a subject "it", if the sentence `before` names the work: "On X, [NAME] attains …"."""
    match = _IT.match(text) if name else None
    if match is None or not name or name in text or not _is_about(before, name):
        return text
    return f"{match['opening'] or ''}[{name}] {text[match.end() :]}"


def _is_about(sentence: str, name: str) -> bool:
    """Whether the name is the subject of a sentence, or what its authors propose in it."""
    own = rf"{re.escape(name)}(?![\w’'-])(?: \([^()]{{1,60}}\))?"
    subject = rf"(?:(?!Unlike|Compared)[^,;:]{{2,90}}, )?(?:our )?{own},? (?:\w+ly |also )?[a-z]"
    proposed = (
        rf"\b(?:propos|introduc|present|develop|releas|design|build|built|call|unveil|launch)\w* [^,;:]{{0,80}}?{own}"
    )
    return re.match(subject, sentence.strip()) is not None or re.search(proposed, sentence) is not None


class Abbreviations:
    """The abbreviations that a paper introduces, and which of them a reader of each series of parts has seen."""

    def __init__(self, texts: Iterable[str], name: str | None) -> None:
        """From the sentences of abstract and introduction; the work's own `name` needs no explanation."""
        self._long_forms: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        for text in texts:
            for match in _DEFINED.finditer(text):
                short = _singular(match[1])
                is_known = short in _WELL_KNOWN or (name is not None and short == _singular(name))
                before = text[max(0, match.start() - MAX_BEFORE) : match.start()].split()
                words = list(takewhile(_WORD.fullmatch, reversed(before)))[::-1]
                if not is_known and (long := _long_form(short, words)):
                    self._long_forms.setdefault(short, long)

    def unseen(self) -> Abbreviations:
        """The same abbreviations for another reader, who has seen none of them."""
        new = copy(self)
        new._seen = {}
        return new

    def explain(self, series: str, text: str, most: int | None = None) -> str:
        """`text` with the long forms of abbreviations that appear in `series` for the first time.

        "VCoT capabilities" is "VCoT [Visual Chain-of-Thought] capabilities". With `most`, a text that would be longer
        stays as it is.
        """
        names = self._seen.setdefault(series, set())
        for short, long in self._long_forms.items():
            if short in names or short not in text:
                continue
            match = re.search(rf"(?<![\w(\[-]){re.escape(short)}s?(?![\w+^’'-])", text)
            if match is None and not re.search(rf"\({re.escape(short)}s?\)", text):
                continue
            if match is not None and long.casefold() not in text.casefold():
                longer = f"{text[: match.end()]} [{long}]{text[match.end() :]}"
                if most is not None and len(longer) > most:
                    continue
                text = longer
            names.add(short)
        return text


def _singular(short: str) -> str:
    return short[:-1] if short.endswith("s") and not short[:-1].islower() else short


def _long_form(short: str, words: list[str]) -> str | None:
    """The last words, as few as possible, of which `short` is made."""
    if sum(c.isupper() for c in short) < 2 or not short.isalnum():
        return None
    for count in range(1, min(MAX_WORDS, len(words)) + 1):
        name_words = words[-count:]
        if name_words[0].casefold() not in _SMALL_WORDS and is_made_of(short.casefold(), name_words):
            return _as_in_a_sentence(name_words)
    return None


def _as_in_a_sentence(words: list[str]) -> str:
    """The words without the capital that the first has only because a sentence began with it."""
    first, rest = words[0], words[1:]
    is_common = first[1:].islower() and all(w.islower() for w in rest)
    return " ".join([first.lower() if is_common else first, *rest])


def is_made_of(letters: str, words: list[str]) -> bool:
    """Whether the letters are the first ones of the words, hyphenated parts included; small words may be skipped."""
    parts = [p for w in words for p in re.split(r"[-/]", w.casefold()) if p]
    if len(parts) > MAX_PARTS:  # the pattern of many small words would take too long
        return False
    pattern = "".join(f"(?:{p[0]})?" if p in _SMALL_WORDS else f"{p[0]}[{re.escape(p[1:])}]{{0,2}}" if len(p) > 1 else p
                      for p in parts)  # fmt: skip
    return re.fullmatch(pattern, letters) is not None
