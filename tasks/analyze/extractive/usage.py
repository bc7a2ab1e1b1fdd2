"""Scores for the usage: what goes in, what comes out, the steps, and what is needed, from method and set-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.contribution import WorkTitle

_HARDWARE = (
    r"\b(?:GPU|TPU|NPU|A100|H100|H200|H20|H800|A800|V100|A6000|L40S?|RTX \d{4}|RTX|A40|B200|VRAM|MI300X?|Ascend)s?\b"
)
_SETUP_HEADING = re.compile(
    r"set-?up|setting|implementation|training|detail|hardware|infrastructure|data|experiment|sample|recipe",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class UsageRule:
    """What a sentence of a field has to have (`cue`), may not have, and where it stands; `own`: its subject too."""

    cue: re.Pattern[str]
    kinds: Mapping[str, float]
    words: re.Pattern[str] | None  # of which a sentence with the cue has one; quicker to search
    excluded: re.Pattern[str] = re.compile(r"(?!)")
    own: bool = True
    bonus: re.Pattern[str] = re.compile(r"(?!)")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_COMPARISON = r"\b(?:baselines?|compared|comparison|ablat\w*|outperform\w*|results?|standard|prior|previous|existing)\b"
_EVERYWHERE = {"method": 1.2, "body": 1.0, "results": 0.8, "introduction": 0.4, "abstract": 0.2, "appendix": 0.5}
USAGE_RULES: dict[str, UsageRule] = {
    "requirements": UsageRule(
        _words(
            r"\b(?:memory|VRAM) (?:requirements?|usage|footprint|consumption) (?:is|are|of)\b|\bfits? (?:on|in|under"
            r"|into) a single\b"
            r"|\brequires? only (?:an?|one|the|few|\w+ly|[\w-]+s)\b[^.]{2,60}|\bonly (?:requires?|needs?)\b"
            r"|\b(?:we|our (?:[\w-]+ ){1,2}) ?(?:is |are )?(?:build|built"
            r"|implement(?:ed)?) (?:[\w-]+ ){0,4}?(?:on top of|upon|on) (?:the )?(?:[\w-]+ ){0,3}[A-Z]"
            r"|\b(?:model|framework|system|method) built (?:up)?on (?:the )?[A-Z]"
            r"|"
            rf"(?:{_HARDWARE}[^.]*|\b(?:training|train|trained|run|runs|inference|experiments?|conducted|performed"
            rf"|takes?)\b"
            rf"[^.]{{0,160}}){_HARDWARE}|\b\d+ ?(?:×|x)? ?(?:NVIDIA )?{_HARDWARE}"
            r"|\b(?:our|the proposed) (?:method|approach|framework|model|estimator|algorithm|procedure) (?:only "
            r"|merely )?"
            r"(?:requires?|needs?|assumes?)\b|\b(?:we|our \w+|our \w+ \w+|i|[A-Z][\w-]+) (?:\w+ ){0,2}(?:use|adopt"
            r"|employ|choose"
            r"|select|build|fine-?tune|train|initiali[sz]e|implement)\w* [^;]{2,80}?(?:\bas (?:the|our|its"
            r"|a) (?:\w+ ){0,2}"
            r"(?:backbone|base model|policy|model)\b|\bon top of [A-Z]|\b(?:in|with|using) PyTorch\b)"
            r"|\binitiali[sz]ed (?:from|with) (?:the )?(?:pre-?trained )?(?!(?-i:Gaussian|Xavier|Kaiming"
            r"|He\b))(?-i:[A-Z])\w+"
        ),
        {"method": 1.0, "results": 1.2, "body": 0.8, "appendix": 1.0, "conclusion": 0.5, "introduction": 0.3},
        _words(
            r"PU|[ABHLV]\d|RTX|Ascend|MI300|memory|VRAM|fits?|requir|need|buil|implement|assum|as |top of|torch"
            r"|initiali"
        ),
        _words(
            r"\bbatch sizes?\b|\biterations\b|\blearning rate\b|\bAdamW?\b"
            r"|\bepochs?\b|\bdepth\b|\bGPU[- ]hours?\b|\blayers?\b"
            r"|\bdimensions?\b|\bwe thank\b|\bper second\b|\bspeed-?up\b|\bbaselines\b|\bbaseline (?:method|model"
            r"|approach)"
            r"|\butili[sz]ation\b|\bablat\w*"
            r"|\bthroughput\b"
            r"|\bgenerally\b|\bjudge\b|\bfuture\b|\bobserve\b|\bfind\b"
        ),
        own=False,
        bonus=_words(
            rf"\b(?:\d+|single|one|two|four|eight)\b[^.]{{0,20}}{_HARDWARE}|\b(?:hours?|minutes?|days?|memory|VRAM)\b"
        ),
    ),
    "inputs": UsageRule(
        _words(
            rf"(?:{cues.OWN_SYSTEM}|\bwe\b)[^.;]{{0,60}}\btakes? [^.;]{{3,100}} as (?:the |an? |its )?inputs?\b"
            r"|^given (?:an?|only|input|multiple|several|a set of) [^.;]{3,90}, (?:our|the (?:model|agent|policy"
            r"|goal|task"
            r"|system)) (?:(?:first|then|can|is to|aims? to) )?(?:\w+s?\b)"
            r"|\binputs? (?:to|of|for) (?:our|the) (?:\w+ )?(?:model|framework|system|network|pipeline|agent"
            r"|policy)[^.;]{0,30}"
            r"\b(?:is|are|consists?|includes?|comprises?)\b"
            r"|\b(?:we|i) (?:use|analy[sz]e|draw on|exploit|combine|link) (?:[\w-]+ ){0,5}(?:data|survey|records"
            r"|microdata)\b"
            r"[^.]{0,60}\b(?:from|of|on)\b|\btakes? (?:only )?[^.;]{3,80} as (?:its |the )?(?:sole |only )?inputs?\b"
            r"|\btrained to (?:connect|map|predict) [^.]{0,80}\binputs?\b"
            r"|\bdata (?:used |for [\w ]{3,30})?(?:is|are|comes?|were|was) (?:drawn |taken |obtained "
            r"|collected )?from\b"
        ),
        {
            "method": 1.2,
            "body": 1.0,
            "introduction": 0.4,
            "background": 0.4,
            "results": 0.5,
            "abstract": 0.1,
            "conclusion": 0.2,
            "appendix": 0.1,
        },
        _words(r"inputs?\b|^given|data|survey|records"),
        _words(rf"{_COMPARISON}|\bablation\b|\brefer\b|\bdenote\b|\bobserve\b|\bbenchmarks?\b|\bquestions?\b"),
        own=False,
        bonus=_words(r"\binputs?\b"),
    ),
    "outputs": UsageRule(
        _words(
            r"^(?:[\w,-]+ ){0,8}?(?:our|the (?:proposed|final|resulting|trained)) (?:[\w-]+ )?(?:model|method"
            r"|framework|system"
            r"|agent|network|approach|pipeline|algorithm|generator|policy|decoder) (?:\w+ )?(?:outputs?|produces"
            r"|generates|returns"
            r"|predicts|synthesi[sz]es) (?!better|high|more|results|comparable|similar)"
        ),
        {"method": 1.2, "body": 1.0, "introduction": 0.4, "background": 0.2},
        _words(r"outputs?\b|produces|generates|returns|predicts|synthesi"),
        _words(rf"{_COMPARISON}|\bdoes not\b|\bnot\b|\bloss\b|\bmay\b|\bif\b|\bwhere\b|\bwhen\b"),
        bonus=_words(r"\boutputs?\b"),
    ),
    "workflow": UsageRule(
        _words(
            r"\b(?:follows?|adopts?|uses?|employs?|has|in) (?:an? )?(?:[\w-]+ ){0,2}?(?:two|three|four|five)[- ]"
            r"(?:stage|step|phase)\w*\b"
            r"|\b(?:pipeline|method|framework|paradigm|procedure|process|approach|system)\b[^.]{0,80}: \(1\)"
            r"|(?:^|, )(?:our (?:[\w-]+ ){1,2}|[\w.+-]+ )(?:\w+ly )?(?:compares|selects|decomposes|segments|splits"
            r"|retrieves"
            r"|converts|takes|queries|collects|rewrites|partitions|iterates|iteratively|alternates)\b[^.]{30,}"
            r"|\b(?:algorithm|procedure|scheme|strategy) that (?:combines|alternates|first)\b"
            r"|\bfirst\b[^.]{3,200}\b(?:then|second|followed by|finally)\b|\b(?:consists?|composed|comprises?"
            r"|proceeds?|operates?"
            r"|divided|involves?)\b[^.]{0,30}\b(?:two|three|four|five)\b[^.]{0,30}\b(?:stages?|steps?|phases?"
            r"|components?|modules?"
            r"|parts?)\b|\b(?:two|three|four|five)-(?:stage|step|phase) (?:pipeline|framework|process|procedure"
            r"|training"
            r"|strategy|paradigm|recipe)|\b(?:is|are|can be|be) (?:easily |efficiently )?(?:computed|implemented"
            r"|solved|estimated"
            r"|calculated) (?:by|via|using|through) [a-z]|\bour (?:\w+ )?(?:framework|method"
            r"|implementation) implements\b"
            r"|\bwe (?:primarily |mainly )?(?:employ|use|adopt|apply) (?:an?|the) [^.,]{3,50} (?:method|scheme"
            r"|algorithm|procedure"
            r"|solver|integrator) (?:for|to)\b"
        ),
        {"method": 1.3, "body": 1.0, "introduction": 0.7, "conclusion": 0.3, "abstract": 0.2},
        None,
        _words(
            rf"{_COMPARISON}|\bexperiments?\b|\brespectively\b|\bannotators?\b|\bplausible\b"
            r"|\b(?:two|three|four|five) (?:\w+ )?(?:stages|steps|phases|components|modules|parts)\.$"
            r"|\b(?:investigate|study|examine) the (?:impact|effect|role)\b"
        ),
        bonus=_words(r"\bthen\b|\bpipeline\b|\bstages?\b|\bsteps\b|:"),
    ),
    "deployment": UsageRule(
        _words(
            r"\b(?:we|our)\b[^.]{0,60}\b(?:release|open-?source|provide)\b[^.]{0,90}\b(?:weights|checkpoints|kernels?"
            r"|package"
            r"|library|toolkit|implementations?|source code|framework|models)\b"
        ),
        {"abstract": 1.0, "introduction": 0.8, "conclusion": 0.6},
        _words(r"release|open-?source|provide"),
        _words(r"[a-z] \d[,.]|\bwill\b|\bsoon\b|\bupon\b|\bacceptance\b|\bcommunity\b.{0,20}\bhope\b"),
        own=False,
    ),
}
_ASIDE = re.compile(r"ablat|related|baseline|annotat|appendix > prompt", re.IGNORECASE)


def usage_score(c: Candidate, rule: UsageRule, title: WorkTitle) -> float | None:
    """How well a sentence fits a field of the usage; None if it does not."""
    if c.kind not in rule.kinds or c.anaphoric:
        return None
    if rule.words is not None and not rule.words.search(c.text):
        return None
    if not rule.cue.search(c.text):
        return None
    if rule.excluded.search(c.text):
        return None
    if c.others_work or c.about_field or _ASIDE.search(c.section):
        return None
    if rule is not USAGE_RULES["deployment"] and cues.AVAILABILITY.search(c.text):
        return None
    if c.is_unclear_alone or (not c.in_abstract and c.points_back) or re.search(r"\?$|\bpp?\. ?\d", c.text):
        return None
    if rule.own and not title.has_own_subject(c.text):
        return None
    setup = _SETUP_HEADING.search(c.section.rpartition(">")[2]) is not None
    points = rule.kinds[c.kind] + 0.5 * title.has_own_subject(c.text) + 0.4 * title.is_named_in(c.text)
    points += 0.5 * bool(rule.bonus.search(c.text)) + 0.3 * setup
    return points - 0.003 * c.position - 0.3 * (len(c.text) > 240)
