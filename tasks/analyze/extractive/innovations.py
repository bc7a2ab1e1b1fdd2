"""What is new in the work: the abstract's sentences about the method, joined where one refers to another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.contribution import WorkTitle

MAX_PASSAGE = 600  # characters of sentences that are joined
_VERB = re.compile(
    r"\b(?:propos|introduc|design|develop|formulat|leverag|employ|integrat"
    r"|combin|decompos|replac|extend|formaliz|incorporat|adopt|utili[sz]|construct|build|built|train|learn"
    r"|optimi[sz]|align"
    r"|model|generat|align|fus|decoupl|transform|reformulat|cast|unif|condition|allocat|select|filter|synthesi[sz]"
    r"|enabl"
    r"|allow|augment|inject|distil|prun|derive|use|uses|using|map|encod|predict|guid|refin|retriev|rout|estimat)\w*",
    re.IGNORECASE,
)
_GAIN = re.compile(
    r"\b(?:outperform|surpass|rival)\w*|\bmatch(?:es)? the performance\b|\bachiev\w+ (?:\w+ )?(?:state|compar"
    r"|compet)\w+"
)
_PROPOSES_WORK = re.compile(
    r"\b(?:propose|introduce|present|develop|release)s? (?:the |an? )?[^,.;]{2,80}, (?:an? |the )(?:[\w-]+ ){0,6}?"
    r"(?:framework|method|model|system|approach|paradigm|algorithm|family|agent|environment|pipeline|suite)\b"
)
_NO_INNOVATION = re.compile(
    r"\bcannot\b|\bwe (?:\w+ )?(?:validate|evaluate|benchmark|test|demonstrate|conduct|compare|verify|apply|review"
    r"|discuss|assess"
    r"|explore|aim|provide (?:an? )?(?:\w+ )?(?:example|empirical|theoretical|analysis|evidence|comprehensive))\b"
    r"|\b(?:simple|easy) to (?:implement|use)\b|\b(?:two|three|four|several) (?:\w+ )?(?:components|parts|stages"
    r"|steps|modules)\.$"
    r"|^(?:our|the|this) (?:work|paper|study) (?:represents|provides|offers|takes)\b"
    r"|\b(?:must|should|remains?|ideally)\b",
    re.IGNORECASE,
)


def innovation_score(c: Candidate, title: WorkTitle, after: int) -> float | None:
    """How well a sentence tells what is new in the work; None if it does not.

    In the introduction only lists of contributions count; in the abstract the sentences after position `after`, where
    the contribution stands.
    """
    if c.kind not in ("abstract", "introduction") or (c.kind == "introduction" and not c.is_list_item):
        return None
    if c.is_unclear_alone or c.about_field or c.side_matter or c.others_work or _NO_INNOVATION.search(c.text):
        return None
    if c.in_abstract:
        return _abstract_score(c, title, after)
    if not title.has_own_subject(c.text) or not c.proposes or (c.outcome and c.number) or c.finds:
        return None
    if _PROPOSES_WORK.search(c.text) or title.is_named_in(c.text):  # the contribution, said again
        return None
    return 4.0 - 0.01 * c.position - 1.0 * (len(c.text) > 300)


def _abstract_score(c: Candidate, title: WorkTitle, after: int) -> float | None:
    is_method = c.role in ("method", "objective")
    is_method |= c.role == "result" and not c.outcome  # a sentence about the method at the end of an abstract
    is_method |= c.role == "background" and title.is_named_in(c.text[:60])
    if c.position <= after or not is_method or not _VERB.search(c.text) or _is_outcome(c):
        return None
    # What is said of the method right after the contribution is of the own work, whatever its subject.
    if not (title.has_own_subject(c.text) or (c.role == "method" and c.position - after <= 2)):
        return None
    return 4.0 + 0.5 * title.is_named_in(c.text) - 0.1 * c.position


def _is_outcome(c: Candidate) -> bool:
    is_setup = c.role != "method" and cues.SETUP.search(c.text) is not None
    return is_setup or c.finds or _GAIN.search(c.text) is not None or (c.number and c.outcome)


def innovation_passage(c: Candidate, abstract: dict[int, Candidate], elsewhere: Sequence[Candidate]) -> list[Candidate]:
    """The sentence with those after it that refer to it: "These rewards are combined …".

    `abstract` has the sentences of the abstract by position, `elsewhere` what other parts have.
    """
    passage = [c]
    while c.in_abstract and (after := abstract.get(passage[-1].position + 1)):
        length = sum(len(p.text) + 1 for p in passage) + len(after.text)
        goes_on = after.is_unclear_alone and after.role in ("method", "objective", "result")
        if not goes_on or after in elsewhere or length > MAX_PASSAGE or _is_outcome(after) or after.about_field:
            break
        if after.side_matter or _NO_INNOVATION.search(after.text):
            break
        passage.append(after)
    return passage
