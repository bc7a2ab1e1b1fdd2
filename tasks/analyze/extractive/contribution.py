"""Scores for the contribution and the innovations: what the authors propose or study, named as in the title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate

_KIND_POINTS = {"abstract": 3.0, "introduction": 0.0, "conclusion": -0.5, "body": -1.0}
_ROLE_POINTS = {"objective": 1.0, "method": 0.7, "result": -0.5, "background": -4.0, "other": -3.0, "": 0.0}
_OUTLINE = re.compile(
    r"\bwe (?:now|begin|start|conclude|close|first (?:review|recall|describe|present))\b|\bsections?\b", re.I
)
_INNOVATION_VERB = re.compile(
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


@dataclass(frozen=True)
class WorkTitle:
    """What the title says of the work: its short name, if it has one, and the title itself in lower case."""

    name: str | None
    text: str

    @property
    def has_name(self) -> bool:
        """Whether the title itself has the name; else it is one that only the abstract introduces."""
        return self.name is not None and self.name.lower() in self.text

    def is_named_in(self, sentence: str) -> bool:
        """Whether the sentence has the name of the work."""
        return self.name is not None and re.search(rf"(?<!\w){re.escape(self.name)}s?(?!\w)", sentence) is not None

    def has_own_subject(self, sentence: str) -> bool:
        """Whether the sentence says that it is about the authors' own work."""
        own = re.search(cues.AUTHORS, sentence, re.IGNORECASE) or re.search(cues.OWN_SYSTEM, sentence, re.IGNORECASE)
        return own is not None or self.is_named_in(sentence)


def contribution_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence states the contribution; None if it does not."""
    proposes = c.proposes
    if c.kind not in _KIND_POINTS or c.anaphoric or (c.side_matter and not proposes):
        return None
    studies = cues.STUDIES.search(c.text) is not None
    named = title.is_named_in(c.text)
    proposed = cues.PROPOSED.search(c.text) is not None and (named or c.title_share >= 0.5 or c.role != "background")
    goal = cues.GOAL.search(c.text) is not None
    if not c.in_abstract and (not (proposes or studies) or _OUTLINE.search(c.text)):
        return None
    about_field = c.about_field or (
        c.role == "background" and not (proposes or named or (studies and c.title_share >= 0.3))
    )
    stated = proposes or proposed or studies or goal or named or c.role == "objective" or title.has_own_subject(c.text)
    if about_field or not stated or (c.role == "other" and not proposes):
        return None
    proposes_name = cues.PROPOSES_NAME.search(c.text) is not None
    is_sure = proposes and (named or c.title_share >= (0.25 if proposes_name else 0.5))
    role_points = max(_ROLE_POINTS[c.role], -1.0) if is_sure else _ROLE_POINTS[c.role]
    points = _KIND_POINTS[c.kind] + role_points + 2.0 * c.title_share
    points += (3.0 if title.has_name else 0.5) * named
    points += max(3.0 * proposes, 2.0 * proposed, 1.5 * studies, 1.5 * goal)
    points -= (0.5 if named and title.has_name else 2.5) * bool(cues.ADDED.search(c.raw)) + 0.2 * min(c.position, 12)
    points -= 1.5 * (c.role == "background" and not proposes)
    points += 1.0 * (proposes_name and (is_sure or c.role != "background")) - 0.7 * c.points_back
    points -= 1.0 * (_is_side_product(c.text, title) and not named)
    points -= 1.5 * c.others_work + 1.0 * (len(c.text) > 450) + 1.0 * (len(c.text) > 600)
    return points - 1.0 * (c.finds and not proposes)


def _is_side_product(text: str, title: WorkTitle) -> bool:
    return any(match[0].lower().rstrip("s") not in title.text for match in cues.SIDE_PRODUCT.finditer(text))


def innovation_score(c: Candidate, title: WorkTitle, after: int) -> float | None:
    """How well a sentence tells what is new in the work; None if it does not.

    In the introduction only lists of contributions count; in the abstract the sentences after position `after`, where
    the contribution stands.
    """
    if c.anaphoric or c.about_field or c.side_matter or c.others_work:
        return None
    if c.in_abstract:
        return _abstract_innovation_score(c, title, after)
    if c.kind != "introduction" or not c.is_list_item or not title.has_own_subject(c.text):
        return None
    if not c.proposes or (c.outcome and c.number):
        return None
    return 4.0 - 0.01 * c.position - 1.0 * (len(c.text) > 300)


def _abstract_innovation_score(c: Candidate, title: WorkTitle, after: int) -> float | None:
    plain_result = c.role == "result" and not c.outcome  # a sentence about the method at the end of an abstract
    if (
        c.position <= after
        or not (c.role in ("method", "objective") or plain_result)
        or not _INNOVATION_VERB.search(c.text)
    ):
        return None
    if c.finds or cues.SETUP.search(c.text) or _GAIN.search(c.text):
        return None
    if c.number and c.outcome:
        return None
    if not title.has_own_subject(c.text) or c.points_back:
        return None
    return 4.0 + 0.5 * title.is_named_in(c.text) - 0.1 * c.position
