"""Scores for the contribution: what the authors propose or study, named as in the title."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate

_KIND_POINTS = {"abstract": 3.0, "introduction": 0.0, "conclusion": -0.5, "body": -1.0}
_ROLE_POINTS = {"objective": 1.0, "method": 0.7, "result": -0.5, "background": -4.0, "other": -3.0, "": 0.0}
_OUTLINE = re.compile(
    r"\bwe (?:now|begin|start|conclude|close|first (?:review|recall|describe|present))\b|\bsections?\b", re.I
)
_INVESTIGATES = re.compile(
    r"(?:[^,.;:]{0,60}, )?(?:we|this (?:paper|work|study)|the (?:paper|work|study)) (?:\w+ly )?"
    r"(?:investigate|study|studies|examine|explore|analy[sz]e|formali[sz]e|quantify|characteri[sz]e|survey|review|revisit)s?\b",
    re.IGNORECASE,
)
_OWN = re.compile(f"{cues.AUTHORS}|{cues.OWN_SYSTEM}", re.IGNORECASE)


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
        return self.name is not None and self.name in sentence and self._name_pattern.search(sentence) is not None

    @cached_property
    def _name_pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w){re.escape(self.name or '')}s?(?!\w)")

    def has_own_subject(self, sentence: str) -> bool:
        """Whether the sentence says that it is about the authors' own work."""
        return _OWN.search(sentence) is not None or self.is_named_in(sentence)


def contribution_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence states the contribution; None if it does not."""
    if c.kind not in _KIND_POINTS or c.anaphoric:
        return None
    proposes = c.proposes or cues.STATES_PURPOSE.search(c.text) is not None
    studies = cues.STUDIES.search(c.text) is not None
    if not c.in_abstract and (not (proposes or studies) or _OUTLINE.search(c.text)):
        return None
    if c.side_matter and not proposes:
        return None
    has_name = title.is_named_in(c.text)
    is_subject = cues.PROPOSED.search(c.text) is not None
    is_subject = is_subject and (has_name or c.title_share >= 0.5 or c.role != "background")
    goal = cues.GOAL.search(c.text) is not None
    opens = cues.OPENS_WITH_STUDY.search(c.text) is not None
    is_own = proposes or has_name or (studies and (opens or c.title_share >= 0.3))
    if c.about_field or (c.role == "background" and not is_own) or (c.role == "other" and not proposes):
        return None
    states = proposes or is_subject or studies or goal or has_name
    if not states and c.role != "objective" and not title.has_own_subject(c.text):
        return None
    proposes_name = cues.PROPOSES_NAME.search(c.text) is not None
    points = _KIND_POINTS[c.kind] + _role_points(c, proposes, has_name, opens) + 3.0 * c.title_share
    points += (4.0 if title.has_name else 0.5) * has_name
    points += max(3.0 * proposes, 2.0 * is_subject, (2.6 if _INVESTIGATES.match(c.text) else 1.5) * studies, 1.5 * goal)
    points += 1.0 * (proposes_name and (has_name or c.title_share >= 0.25 or c.role != "background"))
    points += 0.7 * (proposes and cues.OPENS_WITH_PROPOSAL.search(c.text) is not None)
    points -= (0.5 if has_name and title.has_name else 2.5) * bool(cues.ADDED.search(c.raw))
    return points - _contribution_faults(c, title, proposes, has_name)


def _role_points(c: Candidate, proposes: bool, has_name: bool, opens: bool) -> float:
    """The points of the role; the first sentence of an abstract is often labelled background although it proposes.

    Words of the title tell that it does.
    """
    least = -5.0
    if proposes:
        opens_so = cues.OPENS_WITH_PROPOSAL.search(c.text) is not None and c.title_share >= 0.1
        least = -0.5 if opens_so or c.title_share >= 0.5 or has_name else -4.0
    elif opens and c.title_share >= 0.2:
        least = -1.5
    return max(_ROLE_POINTS[c.role], least) - 1.5 * (c.role == "background" and not (proposes or opens))


def _contribution_faults(c: Candidate, title: WorkTitle, proposes: bool, has_name: bool) -> float:
    """What counts against a sentence as the contribution."""
    faults = 0.25 * min(c.position, 12) if c.in_abstract else 0.01 * c.position
    faults += 2.0 * (c.kind == "introduction" and not has_name)
    faults += 0.7 * c.is_unclear_alone
    faults += 1.0 * (_is_side_product(c.text, title) and not has_name)
    faults += 1.5 * c.others_work + 1.0 * (len(c.text) > 450) + 1.0 * (len(c.text) > 600)
    return faults + (1.0 * c.finds + 1.5 * (c.outcome and c.number)) * (not proposes)


def _is_side_product(text: str, title: WorkTitle) -> bool:
    return any(match[0].lower().rstrip("s") not in title.text for match in cues.SIDE_PRODUCT.finditer(text))


_THIN, _THIN_WITH_NAME = 120, 90  # characters; a shorter contribution may leave open what the work is
_GOES_ON = re.compile(
    r"^(?:(?:our|the|this) (?:[\w-]+ ){0,2}(?:approach|method|framework|model|system|pipeline|algorithm|paradigm"
    r"|benchmark|dataset|technique|strategy)|it)\s(?!is (?:simple|easy)|outperforms|achieves)",
    re.IGNORECASE,
)


def contribution_passage(
    contribution: Candidate, abstract: Mapping[int, Candidate], title: WorkTitle
) -> tuple[Candidate, ...]:
    """The contribution with the neighbour that it needs: what it refers to, or what it is when it says little.

    `abstract` has the sentences of the abstract by position.
    """
    if not contribution.in_abstract:
        return (contribution,)
    before, after = abstract.get(contribution.position - 1), abstract.get(contribution.position + 1)
    if cues.refers_to_earlier_sentence(contribution.text):
        is_fit = before is not None and not before.is_unclear_alone and len(before.text) <= 300
        return (before, contribution) if before is not None and is_fit else (contribution,)
    has_name = title.is_named_in(contribution.text) or cues.PROPOSES_NAME.search(contribution.text) is not None
    is_thin = len(contribution.text) < (_THIN_WITH_NAME if has_name else _THIN)
    if not is_thin or after is None or after.role not in ("method", "objective", "background"):
        return (contribution,)
    names_subject = _GOES_ON.match(after.text) is not None or title.is_named_in(after.text[:40])
    is_plain = not (after.proposes or after.finds or after.side_matter or (after.outcome and after.number))
    return (contribution, after) if names_subject and is_plain and len(after.text) <= 300 else (contribution,)
