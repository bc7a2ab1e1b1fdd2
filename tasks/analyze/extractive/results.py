"""Scores for the results and the insight: outcomes of the work, not sizes, set-ups or plans."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.contribution import WorkTitle

_BODY_POINTS = {"results": 0.5, "conclusion": 0.7, "introduction": 0.3}
_HEDGED = re.compile(
    r"\b(?:may|might|could|possibly|perhaps|presumably|likely|speculate|suppose|hypothes\w+|suggests? that future"
    r"|would)\b"
    r"|\?$|^(?:if|when|why|how|what|since|because|although|while)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:compared (?:to|with)|than|over|relative to|baselines?|versus|outperform\w*|surpass\w*|rivals?|on par"
    r"|match(?:es|ed)?)\b"
    r"|\bby (?:up to |over |about |nearly |at least |more than )?\d[\d.]*\s?(?:%|×|x\b|points?|percent)",
    re.IGNORECASE,
)
_GAIN_VERB = (
    r"(?:(?:outperform|surpass|exceed|reach|attain|yield|obtain|boost|deliver|rival|match|lower)(?:es|s|ed)?"
    r"|(?:achiev|improv|reduc|accelerat|generali[sz])(?:e|es|ed)|performs? (?:on par|compar\w+|better|well|strongly"
    r"|competitively)|sets? (?:a )?new|remains? (?:stable|robust|competitive))\b"
)
_ADVERBS = r"(?:(?:\w+ly|also|further|still|even|can|not only|only|thus|now) ){0,2}"
# "Across nine code LLMs, …": what follows is what was measured.
_SCOPE = re.compile(
    r"^(?:across|on|over) (?:all |both )?(?:\d+|[a-z]+) (?:[\w-]+ ){0,4}"
    r"(?:models|\w*LMs|benchmarks?|datasets?|tasks|languages|domains|settings|families|scenarios)\b",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"\bwe (?:\w+ )?(?:explore|curate|review|aim|provide|survey|consider|examine|describe|learn)\b|\bthis (?:study"
    r"|paper) elaborates\b",
    re.IGNORECASE,
)
_NO_OUTCOME = re.compile(
    r"\bwe (?:\w+ )?(?:explore|curate|review|aim|believe|hope)\b|\b(?:paper|work|study|survey|review) aims to\b",
    re.IGNORECASE,
)
# "We explore reading as a path to …": what the authors look at, unless the sentence goes on to what they find.
_INTENDS = re.compile(
    r"\bwe (?:\w+ly |also |then |further )?(?:explore|investigate|study|examine|aim|consider|analy[sz]e|discuss|survey"
    r"|review|delve)\s(?!.{0,400}\b(?:find|finds|finding|found|show|shows|showed|showing|identified|observe[ds]?|observing|discover"
    r"|reveal|conclude|demonstrate|demonstrated|prove|revealing|demonstrating|resulting in|achiev\w+|outperform\w*"
    r"|improv(?:es?|ed|ing)|reduc(?:es?|ed|ing))\b)",
    re.IGNORECASE,
)
# A verb of outcome in a finite form, or a comparison: what makes a sentence more than a step of the method.
_STATES_OUTCOME = re.compile(
    _GAIN_VERB + r"|\b(?:we|i|results?|experiments?|evaluations?|findings?|analys[ie]s|study|studies|work|evidence"
    r"|tests|simulations?|ablations?|benchmarks?|data|comparisons?|approach|method|model|framework)\b[^.;]{0,120}?"
    r"\b(?:find|found|finds|show(?:s|ed|n)?|demonstrat(?:e|es|ed)|reveal(?:s|ed)?|prove(?:s|d)?|observe(?:s|d)?"
    r"|indicat(?:e|es|ed)|confirm(?:s|ed)?|conclude|discover(?:ed)?|suggest(?:s|ed)?|uncover(?:s|ed)?|expose[sd]?"
    r"|identif(?:y|ies|ied)|highlights?|validat(?:e|es|ed)|verif(?:y|ies|ied)|underscores?|establish(?:es|ed)?)\b"
    r"|\b(?:increas|decreas|degrad|enhanc|doubl|halv|lower|shorten|eliminat|mitigat|preserv|maintain|retain|alleviat"
    r"|narrow|clos|generat|produc|exhibit|remain|drop|fail|struggl|lag|rank|emerg|correlat|transfer|scal|enabl|cut|gain"
    r"|rais|save|sustain|win)(?:e?s|e?d)\b"
    r"|\b(?:exhibit|produce|remain|fail|struggle|lag|enable|generali[sz]e|degrade|(?:demonstrat|reveal|show)e?s)\b"
    r"|, (?:\w+ly |thereby |thus )?(?:outperform|surpass|achiev|improv|reduc|boost|exceed|yield|match)ing\b"
    r"|\b(?:than|compared (?:to|with)|state-of-the-art|on par|comparable|competitive"
    r"|superior|faster|fewer|better|higher|lower|speed-?up)\b|\b(?:can|is|are) (?:\w+ )?(?:be|better|more|less|robust"
    r"|essential|effective|sufficient)\b|\b(?:improvements?|gains?|reductions?|accuracy|score|rate) (?:of|by)\b"
    r"|\bfalls? short\b",
    re.IGNORECASE,
)
# The authors do something: a step of the method, if no outcome follows.
_METHOD_STEP = re.compile(
    r"^(?:[^,]{1,160}, )?we (?:\w+ly |also |then |further )?(?:train|adapt|fine-?tune|instantiate|apply|use|adopt"
    r"|employ|design|build|develop|introduce|propose|construct|collect|curate|create|formulate|integrate|combine|leverage"
    r"|extend|co-design|implement|optimize|synthesize|present|conduct|evaluate|provide)\s",
    re.IGNORECASE,
)
_GOES_ON_TO_OUTCOME = re.compile(
    r"\b(?:achiev|outperform|surpass|improv|reduc|demonstrat|show|reveal|find|confirm|increas|match|exceed|yield"
    r"|accelerat|reach|obtain|attain|boost|lead|result)(?:ing|s|es)\b|\b(?:and|to) (?:find|show|observe|demonstrate"
    r"|achieve|prove|obtain|report|confirm|reveal)\b|\bthat (?:outperform|surpass|exceed|achiev|improv|reduc)\w*",
    re.IGNORECASE,
)


def is_no_outcome(text: str) -> bool:
    """Whether a sentence says what the authors mean to do, or how they proceed, and not what came of it."""
    if _INTENDS.search(text):
        return True
    if _METHOD_STEP.match(text) and not _GOES_ON_TO_OUTCOME.search(text):
        return cues.NUMBER.search(text) is None or _COMPARES.search(text) is None
    return False


def states_outcome(text: str) -> bool:
    """Whether a sentence says what was found or gained, with a verb of outcome, a comparison or a measured number."""
    if _HAN.search(text):
        return True
    return _STATES_OUTCOME.search(text) is not None or cues.NUMBER.search(text) is not None


_HAN = re.compile("[\u4e00-\u9fff]")
_SET_UP_DONE = re.compile(
    r"\b(?:was|were|are) (?:\w+ )?(?:selected|performed|conducted|collected|described)\b|\b(?:must|should)\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\b(?:experiments?|results?|evaluations?|findings?|simulations?|analys[ie]s|applications?|stud(?:y|ies)|tests"
    r"|comparisons?|ablations?)\b(?:[^.]|\.(?=\d)){0,160}\b(?:show|demonstrat|reveal|confirm|indicat|validat|verif|suggest)\w*",
    re.IGNORECASE,
)


def result_score(c: Candidate, title: WorkTitle, after: int) -> float | None:
    """How well a sentence of the abstract states an outcome of the work; None if it does not.

    What the model of roles does not label as a result has to be one by its words, and to come after the contribution
    at position `after`.
    """
    if not c.in_abstract or c.anaphoric or c.side_matter or is_no_outcome(c.text):
        return None
    shows = c.finds or _SHOWS.search(c.text) is not None
    if c.about_field and not (shows and c.role == "result"):
        return None
    compares = _COMPARES.search(c.text) is not None
    if (cues.SIZE.search(c.text) or cues.SETUP.search(c.text)) and not (shows or (c.outcome and compares)):
        return None
    if c.role != "result" and not _is_result_by_words(c, title, after, shows):
        return None
    if _SET_UP_DONE.search(c.text) and not shows:
        return None
    if _only_looks(c, shows) or _NO_OUTCOME.search(c.text):
        return None
    proposes = c.proposes and not shows
    points = 3.0 + 1.0 * c.number + 0.7 * c.outcome + 0.5 * shows
    points -= 0.7 * c.points_back + 0.3 * (c.role != "result")
    points -= 1.5 * is_vague(c) + 0.5 * (_ALSO.search(c.text) is not None)
    return points - 1.0 * proposes - 0.5 * (cues.OUTCOME.search(c.text) is None)


def _only_looks(c: Candidate, shows: bool) -> bool:
    """Whether a sentence says what the authors look at or propose, and not what came of it."""
    if shows or c.number:
        return False
    return _LOOKS.search(c.text) is not None or (c.proposes and not c.outcome)


def _is_result_by_words(c: Candidate, title: WorkTitle, after: int, shows: bool) -> bool:
    """Whether a sentence that is not labelled as a result says what the own work achieves or what was measured."""
    if c.proposes and not shows:
        return False
    compares = _COMPARES.search(c.text) is not None
    if c.number and c.outcome and c.role in ("method", "objective") and compares:
        return True
    if c.role in ("method", "objective") and _FINDS_THAT.search(c.text) and not c.is_unclear_alone:
        return True
    if c.position <= after or c.role == "other":
        return False
    says_more = c.number or c.outcome or title.is_named_in(c.text)
    if c.role == "method" and (_SCOPE.search(c.text) or (shows and says_more)):
        return True
    return states_own_gain(c.text, title) and (compares or c.number or c.role == "method")


_GAIN = re.compile(rf"{_ADVERBS}{_GAIN_VERB}", re.IGNORECASE)
_OWN_GAIN = re.compile(rf"(?:(?:\bour|\bthe proposed) (?:[\w-]+ ){{1,3}}|\bwe ){_ADVERBS}{_GAIN_VERB}", re.IGNORECASE)
_NAME_GAIN = re.compile(  # one of the words of a name has a capital or a digit inside
    rf"(?=(?:\S+ ){{0,4}}?[A-Z][\w.+-]*[A-Z\d])(?:[A-Z][\w.+-]* ){{1,5}}{_ADVERBS}{_GAIN_VERB}"
)


def names_gain(text: str) -> bool:
    """Whether a name is the subject of a verb of gain: "NAME achieves", "By …, NAME improves"."""
    return any(_NAME_GAIN.match(text, start) for start in (0, *(m.end() for m in re.finditer(r", ", text))))


def states_own_gain(text: str, title: WorkTitle) -> bool:
    """Whether the own work is the subject of a verb of gain: "our method outperforms", "NAME achieves".

    A name at the beginning counts as well: where a text says what was achieved, it seldom is another's work.
    """
    if _OWN_GAIN.search(text) or _NAME_GAIN.match(text):
        return True
    if not title.name:
        return False
    names = re.finditer(rf"(?<!\w){re.escape(title.name)}[\w.-]* ", text, re.IGNORECASE)
    return any(_GAIN.match(text, name.end()) for name in names)


def body_result_score(c: Candidate, title: WorkTitle, only: bool) -> float | None:
    """How well a sentence of the body says what the own work gains over others; None if it does not.

    Where it would be the `only` result, the others may be left out: "NAME achieves competitive performance".
    """
    if c.kind not in _BODY_POINTS or c.role not in ("", "result") or c.is_unclear_alone:
        return None
    if _HEDGED.search(c.text):
        return None
    compares = _COMPARES.search(c.text) is not None
    gains = states_own_gain(c.text, title) and (compares or (only and _STANDING.search(c.text) is not None))
    finds = c.kind != "results" and _FINDS_THAT.search(c.text) is not None
    if not (gains and (c.number or only or c.kind != "results")) and not finds:
        return None
    if cues.SETUP.search(c.text) or cues.SIZE.search(c.text):
        return None
    if (
        c.others_work
        or c.side_matter
        or c.points_back
        or c.proposes
        or is_vague(c)
        or is_no_outcome(c.text)
        or _IN_PART.search(c.section)
    ):
        return None
    return (
        _BODY_POINTS[c.kind]
        + 1.0 * c.number
        + 0.5 * compares
        + 1.0 * gains
        + 1.0 * title.is_named_in(c.text)
        - 0.002 * c.position
    )


_STANDING = re.compile(r"\b(?:competitive|state-of-the-art|comparable|strong|superior|best)\b", re.IGNORECASE)
_FINDS_THAT = re.compile(
    r"^(?:[^,]{3,60}, )?(?:we|i) (?:\w+ )?(?:find|found|show|showed|prove|reveal|observe) that\b", re.IGNORECASE
)
_IN_PART = re.compile(r"ablat|appendix|sensitivity|failure|case stud|synthetic|toy", re.IGNORECASE)
_ALSO = re.compile(
    r"\balso (?:\w+ )?(?:outperform|enabl|demonstrat|translat|show|improv|support|provid)", re.IGNORECASE
)
_PRAISE = re.compile(
    r"\b(?:validat|demonstrat|show|confirm|highlight|underscor|verif|prov|establish)\w*\b[^.]{0,60}"
    r"\b(?:effectiveness|efficacy|promise|promising|potential|practical path|feasibility|superiority|importance"
    r"|usefulness|value|validity|necessity|viability|framework that)\b"
    r"|^[^,]{0,80}\b(?:demonstrat|highlight|underscor|confirm|show)\w* the (?:\w+ )?need for\b"
    r"|\btakes? a step\b|\bthe work (?:\w+ )?(?:provides?|offers?|opens?|paves?)\b"
    r"|\b(?:offers?|provides?|serves? as|suggests?|represents?|is) (?:an?|the) (?:[\w-]+ ){0,3}(?:approach|direction"
    r"|foundation"
    r"|path|pathway|step|solution|tool|resource|avenue)\b",
    re.IGNORECASE,
)


def says_little(c: Candidate) -> bool:
    """Whether no word of a result tells of an outcome; one that only the model of roles takes for a result."""
    return not states_outcome(c.text)


def is_vague(c: Candidate) -> bool:
    """Whether a result only praises the work, without saying what was found."""
    return not c.number and _PRAISE.search(c.text) is not None and _COMPARES.search(c.text) is None


_SECONDARY = re.compile(
    r"\b(?:further|also|additionally) (?:validat|confirm|verif|outperform)\w*",
    re.IGNORECASE,
)


def is_secondary(c: Candidate) -> bool:
    """Whether a result without figures only adds to another: "User studies further validate that …"."""
    return not c.number and (is_vague(c) or is_no_outcome(c.text) or _SECONDARY.search(c.text) is not None)


# Where an abstract says nothing else of its experiments, what was evaluated or examined is better than nothing.
_EVALUATES = re.compile(r"^we (?:\w+ly )?(?:evaluate|examine)\s", re.IGNORECASE)


def likely_result_score(c: Candidate) -> float | None:
    """For an abstract without a sure result: how likely a sentence states one; None if it does not."""
    if not c.in_abstract or c.anaphoric or c.side_matter or c.others_work:
        return None
    if is_no_outcome(c.text) and not (c.role == "result" and _EVALUATES.match(c.text)):
        return None
    shows = c.finds or _SHOWS.search(c.text) is not None
    if c.role != "result" and not shows and not (c.role == "method" and c.number and c.outcome):
        return None
    if _NO_OUTCOME.search(c.text) and not (shows or c.number):
        return None
    return 2.0 * (c.role == "result") + 1.5 * shows + 0.7 * c.outcome + 0.7 * c.number - 0.01 * c.position


def result_passage(c: Candidate, abstract: Mapping[int, Candidate]) -> tuple[Candidate, ...] | None:
    """A result with the sentence that it refers to, or the figures that go on from it; None if it is unclear alone.

    `abstract` has the sentences of the abstract by position.
    """
    if not c.in_abstract:
        return (c,)
    before, after = abstract.get(c.position - 1), abstract.get(c.position + 1)
    if cues.refers_to_earlier_sentence(c.text):
        if before is None or before.is_unclear_alone or before.about_field or before.role == "background":
            return None
        return (before, c)
    if after is not None and after.is_unclear_alone and after.outcome and not (after.side_matter or after.about_field):
        return (c, after)
    return (c,)


_INSIGHT = re.compile(
    r"\b(?:we|this (?:paper|work|study)) (?:\w+ )?(?:find|found|observe|show|discover|reveal|uncover|prove|conclude)\w*"
    r" (?:\w+ )?that\b|\b(?:findings?|results?|analys[ie]s|experiments?|evidence) (?:\w+ )?(?:show|reveal|suggest"
    r"|indicate"
    r"|demonstrate|highlight|underscore|establish)\w*\b|\bsuggest(?:s|ing) that\b|\bhighlight(?:s|ing) the\b"
    r"|\bunderscor(?:es|ing)\b|\bsurpris\w+",
    re.IGNORECASE,
)
_INSIGHT_KINDS = {"abstract": 2.0, "conclusion": 1.0}


def insight_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence says what was learnt; None if it does not."""
    if c.kind not in _INSIGHT_KINDS or c.is_unclear_alone or not _INSIGHT.search(c.text):
        return None
    if c.about_field or c.side_matter or c.others_work or is_vague(c) or states_own_gain(c.text, title):
        return None
    if c.role not in ("result", "method") or (not c.in_abstract and _HEDGED.search(c.text)):
        return None
    says_what = re.search(r"\bthat\b|\bsuggest|\breveal|\binsight|\bunderscor", c.text, re.IGNORECASE) is not None
    return _INSIGHT_KINDS[c.kind] + 1.0 * says_what + 0.5 * title.has_own_subject(c.text) - 0.01 * c.position
