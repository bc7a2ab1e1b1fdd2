"""Phrases that tell what a sentence says: who speaks, what is proposed, found, measured, or beyond the work."""

from __future__ import annotations

import re

from papers.quick_patterns import QuickPattern


def any_of(*patterns: str) -> str:
    """A regular expression that matches any of these whole words or phrases."""
    return r"\b(?:" + "|".join(patterns) + r")\b"


def _compile(pattern: str) -> QuickPattern:
    return QuickPattern(pattern, re.IGNORECASE)


_WORK = r"(?:this|the|our) (?:present |current |technical )?(?:paper|work|study|report|article|survey|thesis|review)"
AUTHORS = rf"\b(?:we|our|ours|i|{_WORK}|the authors|the proposed)\b|我们|本文|本研究|本工作"
OWN_SYSTEM = (
    r"\b(?:our|the) (?:proposed |resulting |final |new |novel )?(?:[\w-]+ )?(?:bounds|estimators?|model|method"
    r"|framework|system|agent"
    r"|network|approach|pipeline|algorithm|estimator|benchmark|dataset|architecture|strategy|technique|procedure)\b"
)
_CREATE = (
    r"(?:propos|introduc|present|develop|design|formulat|build|built|construct|releas|launch|devis|creat|contribut"
    r"|unveil"
    r"|put forward|establish|advocat|offer|open-sourc|implement|pioneer|curat|deriv|conceptuali[sz])\w*"
)
_STUDY = (
    r"(?:stud|investigat|explor|examin|analy[sz]|describ|revisit|show|demonstrat|prov|ask|argu|address|tackl|conduct"
    r"|identif|discover|provid|extend|formali[sz]|evaluat|consider|focus|aim|survey|review|report|quantif"
    r"|characteri[sz]"
    r"|generali[sz]|unif|reveal|compar|find|defin|bridg|rethink|train|leverag)\w*"
)
_AUTHOR_WORDS = rf"(?:we|i|{_WORK}|the authors)"
# "We propose", "this paper introduces": at most a few words between, none of them a verb of its own with "that".
PROPOSES = _compile(
    rf"\b{_AUTHOR_WORDS}\b(?:(?!\b(?:that|for|of|to|by|which|with)\b)[^.;:]){{0,60}}?\b{_CREATE}|我们(?:提出|设计|构建|开发|发布"
    rf"|介绍)|本文(?:提出|介绍|设计)"
    rf"|本(?:研究|工作)(?:提出|介绍)"
)
# The object has a name: "introduces GUI-Owl-1.5", "we present the Confucius Code Agent (CCA)".
PROPOSES_NAME = re.compile(
    rf"(?i:\b{_AUTHOR_WORDS}\b)[^.;:]{{0,40}}?(?i:\b(?:propose|introduce|present|develop|release|unveil|launch|build))"
    r"(?:s|d|ed)? (?:the |an? |our )?(?:[A-Z][a-z]+ ){0,3}\(?[A-Z][\w.+^-]*[A-Z\d]"
)
PROPOSED = _compile(
    r"\b(?:is|are) (?:hereby |here )?(?:proposed|introduced|presented|developed)\b"
    r"|^[\w^.+-]+(?: \([^()]{1,80}\))?,? (?:is )?an? (?:[\w-]+ ){0,4}?(?:framework|method|model|system|benchmark"
    r"|approach"
    r"|dataset|family|pipeline|algorithm|suite|toolkit|architecture|paradigm|agent|platform|library)\b"
)
# The sentence begins with the proposal or the study: "In this paper, we propose", "The paper develops".
_OPENING = rf"^(?:[^,.;:]{{0,60}}, )?{_AUTHOR_WORDS} (?:\w+ ){{0,2}}"
OPENS_WITH_PROPOSAL = _compile(rf"{_OPENING}{_CREATE}")
OPENS_WITH_STUDY = _compile(rf"{_OPENING}{_STUDY}")
STUDIES = _compile(
    rf"\b{_AUTHOR_WORDS}\b(?:(?!\bthat\b)[^.;:]){{0,50}}?\b{_STUDY}|我们(?:研究|探讨|分析)|本文(?:研究|探讨|分析)"
)
STATES_PURPOSE = _compile(rf"\b(?:goal|aim|objective|purpose)s? of {_WORK} (?:is|are|was) to\b")
GOAL = _compile(r"\b(?:goal|aim|objective|purpose|contribution)s? (?:of this \w+ )?(?:is|are|was|were)\b")
ADDED = _compile(
    r"^\W*(?:also|further|furthermore|additionally|moreover|in addition|next|then|finally|lastly|besides|second"
    r"|third)\b"
    r"|\bwe (?:also|further|furthermore|then|additionally|next|finally)\b|\b(?:as well as|also) (?:introduce|present"
    r"|propose)"
)
SIDE_PRODUCT = _compile(
    r"\b(?:dataset|data set|corpus|benchmark|testbed|metric|library|toolkit|leaderboard|pipeline)s?\b"
)

NUMBER = _compile(r"\d+(?:\.\d+)?\s?(?:%|×|x\b|-?fold\b|percent|points?\b|pp\b|dB\b|FPS\b|ms\b|times\b)|\d+\.\d+")
OUTCOME = _compile(
    r"\b(?:outperform|surpass|exceed|achiev|improv|reduc|gain|speed-?up|faster|accura|state-of-the-art|sota|competitive"
    r"|on par|drop|increas|decreas|boost|reach|obtain|yield|attain|rais|lower|sav|halv|cut|match|rival|best|superior"
    r"|degrad|fail|effective|efficien|robust|generali[sz]|demonstrat|show|reveal|find|found|confirm|indicat|suggest"
    r"|observ|validat|verif|prov|consistent|significant|substantial|strong|better|worse|higher|highest)\w*"
    r"|达到|提升|优于|超过|降低|减少|表明|显示"
)
FINDS = _compile(
    rf"\b(?:we|i|{_WORK}) (?:\w+ )?(?:find|found|observe|observed|show|showed|demonstrate|demonstrated|discover|reveal"
    r"|uncover|prove|conclude|identify|confirm)\b"
    r"|\b(?:findings?|results?|analys[ie]s|experiments?|evidence|evaluations?|studies|study|simulations?|ablations?) "
    r"(?:\w+ )?(?:also )?(?:show|reveal|suggest|indicate|demonstrate|highlight|confirm|underscore|establish|validate"
    r"|uncover|expose|verify|prove)\w*"
    r"|\b(?:experiments?|evaluations?|results?|benchmarks?|tests|case studies)\b[^.]{0,160}\b(?:show|demonstrate"
    r"|reveal|confirm|indicate|validate|verify|suggest|highlight)\w*|实验(?:结果)?(?:表明|显示)|结果(?:表明|显示)"
)
OUTPERFORMS = _compile(
    r"\b(?:outperform|surpass|exceed|achiev|improv|reduc|boost|attain|yield|reach|match|rival|obtain|deliver"
    r"|accelerat|produc"
    r"|increas|decreas|drop|fall|gain|lower|rais|cut|sav|enhanc|shorten|halv|doubl|degrad|lead)(?:s|es|ed|ing|e"
    r"|ement|ements"
    r"|ion|ions)?\b|\b(?:state-of-the-art|SOTA|competitive|superior|better|faster|higher|fewer|less|more accurate"
    r"|comparable)\b"
    r"|\bsets? (?:a )?new\b|\bon par\b|优于|超过|达到|提升|降低"
)
# What a part never is: an offer of code, a plan, a size, a set-up.
AVAILABILITY = _compile(
    r"\b(?:codes?|weights|checkpoints|models?|data|datasets?|demos?|implementations?|resources|materials|benchmark"
    r"|it|videos?"
    r"|details|visuali[sz]ations?|repository|results)\b[^.]{0,80}?\b(?:is|are|will be|be|been|made|being)\b[^.]{0,30}?"
    r"\b(?:available|released?|open-?sourced?|public|publicly|accessible|hosted|found|provided|maintained"
    r"|shared)\b(?! by\b)"
    r"|\b(?:we|will) (?:\w+ )?(?:open-?sourced?|released?|make [^.]{1,40} (?:public|available))\b"
    r"|\bproject (?:web)?page"
    r"|\b(?:source )?codes? (?:and \w+ )?(?:available|released|:)|\bavailable at\b|\bwebsite\b|开源|公开|代码"
)
OUTLOOK = _compile(
    r"\bpav(?:es?|ing) (?:the|a) (?:way|path)|\bopens? (?:up )?(?:new|the door|a|avenues|up)\b|\bwe hope\b"
    r"|\bwe believe\b"
    r"|\bwill be\b|\bwe plan\b|\bfuture (?:work|research)\b|\b(?:solid|strong) (?:foundation|step)\b|\bshed(?:s"
    r"|ding)? light"
    r"|\bwe (?:call|advocate) for\b|\bcornerstone\b|^(?:our|the|this) (?:work|paper|study) (?:provides|offers"
    r"|establishes|marks|opens|bridges|lays|contributes|fosters)\b"
    r"|\bstepping stone\b"
)
SIZE = _compile(
    r"\b(?:consist(?:s|ing)?(?: of)?|contain(?:s|ing)?|compris(?:es|ing|ed)|span(?:s|ning)?|cover(?:s|ing)?"
    r"|includ(?:es|ing)"
    r"|featur(?:es|ing)|encompass(?:es|ing)?|made up of|composed of|collect(?:ed)?|curated?|annotated?|with (?:over"
    r"|more"
    r" than)|totall?ing|trained on|pre-?trained|drawn from|sourced|amounting)\b[^.]{0,80}?\d"
    r"|\b\d[\d,.]*[KMBT]?\+? (?:[\w-]+ ){0,3}(?:samples|images|videos|questions|tasks|instances|examples|tokens|hours"
    r"|pairs|problems|trajectories|languages|categories|domains|annotations|documents|papers|scenarios|parameters"
    r"|participants|environments|prompts)\b"
)
SETUP = _compile(
    r"\b(?:learning rate|batch size|epochs?|optimizer|weight decay|warm-?up|hyper-?parameters?|temperature|we set"
    r"|seeds?"
    r"|we (?:compare|evaluate|test|train|use|adopt|employ|conduct|perform|consider|report|follow|run|fine-?tune)"
    r"|is evaluated|are evaluated|was evaluated|were evaluated|were conducted|are conducted)\b"
)

# Signs of a sentence about the field, and signs that it is about this paper all the same.
_EARLIER = any_of(
    "prior", "previous(?:ly)?", "existing", "recent(?:ly)?", "traditional", "conventional", "current(?:ly)?",
    "most", "many", "several", "earlier", "typical(?:ly)?", "standard", "modern", "today's", "such", "while",
)  # fmt: skip
_WORK_NOUNS = (
    r"(?:methods?|models?|approaches|works?|systems?|benchmarks?|datasets?|studies|techniques|pipelines?|services"
    r"|agents"
    r"|frameworks?|\w*LMs|paradigms?|solutions?|efforts?|advances?|progress|attempts?|evaluations?|architectures"
    r"|algorithms|research|literature|practices?|strategies|policies|metrics)"
)
_FIELD_STATE = (
    r"\b(?:has|have) (?:\w+ )?(?:achieved|made|shown|demonstrated|seen|witnessed|become|emerged|gained|been|led"
    r"|revolution"
    r"|attracted|advanced|driven|enabled|transformed)\w*\b"
)
ABOUT_FIELD = _compile(
    rf"^(?:[\w-]+ ){{0,2}}{_EARLIER} (?:[\w-]+ ){{0,3}}{_WORK_NOUNS}\b|{_FIELD_STATE}|"
    + any_of(
        *("remains?", "hinder(?:s|ed|ing)?", "bottlenecks?", "suffers?", "hampers?", "however", "struggles?"),
        *(
            "under-?explored",
            "lacks?",
            "lacking",
            "little is known",
            "is unclear",
            "overlook(?:s|ed|ing)?",
            "often fails?",
        ),
        *("(?:is|are) (?:crucial|essential|critical|vital|important|fundamental|necessary|key)", "neglect(?:s|ed)?"),
        r"(?:poses?|presents?|faces?|facing) (?:[\w-]+ ){0,3}(?:challenge|limitation|difficult|problem|bottleneck)\w*",
        r"(?:is|are) (?:[\w-]+ )?(?:challenging|difficult|hard|expensive|costly|scarce|limited|restricted"
        r"|insufficient)",
        r"challenges? (?:is|in|of|remains?)",
        r"(?:rely|relies|relying) (?:\w+ )?on",
    )
)
OWN_STATEMENT = _compile(
    rf"{AUTHORS}|{OWN_SYSTEM}|"
    + any_of("experiments?", "results?", "evaluations?", "findings?", "demonstrat[a-z]*", "outperform[a-z]*")
)
# Words that need the sentence before: "these challenges", "this gap".
POINTS_BACK = _compile(
    r"\b(?:these|those|such an?|this|that same)\b(?! (?:paper|work|study|article|survey|report|benchmark|dataset"
    r"|framework)\b)"
    r"|\bthe (?:former|latter|other|second|third)\b|\bdoes (?:just )?(?:that|so)\b|^the two \w+\b|^in this way\b"
    r"|^the idea\b"
)
_DEMONSTRATIVE = _compile(
    r"\b(?:(?:these|those|such an?|that same)\s(?!(?:from|of|in|on|for|that|who|which|with|at|by|under|between"
    r"|results|findings"
    r"|experiments|observations|insights|evaluations)\b)"
    r"|this\s(?!(?:paper|work|study|article|survey|report|end|framework|approach|method|system|benchmark|dataset|model"
    r"|pipeline|algorithm|paradigm|architecture|technique|strategy)\b))(?P<noun>[\w-]+)"
    r"|\bthe (?P<named>issue|problem|gap|phenomenon|failure|limitation|variants?|trade-off|shortcoming)\b"
    r"(?= (?:originat|arise|stem|persist|lie|is|are|remain|can|occur|and|,)\w*)"
)
# "On ImageNet, it attains": the phrase before "it" has no subject of its own.
_IT_AFTER_PHRASE = _compile(
    r"(?:on|in|for|despite|with|across|at|under|without|compared|by|through|via|using|after|unlike|when)\b(?:(?!\b(?:we|our|is|are|was|were|that|which)\b)"
    r"[^.;]){3,90}?,? (?:it|they) (?!is\b|was\b)\w+"
)
_VERB_AFTER_THIS = _compile(r"(?:is|are|was|can|could|may|makes?|allows?|leads?|means|does|also|enables?|yields?)")
_MIN_ANTECEDENT = 40  # characters before "this makes", in which what is meant may stand


def refers_to_earlier_sentence(text: str) -> bool:
    """Whether a sentence says "this trade-off" or "the issue originates" of something that it does not name itself."""
    if _IT_AFTER_PHRASE.match(text):
        return True
    for match in _DEMONSTRATIVE.finditer(text):
        noun, before = (match["noun"] or match["named"]).lower(), text[: match.start()].lower()
        if _VERB_AFTER_THIS.fullmatch(noun) or noun == "that":
            if len(before) < _MIN_ANTECEDENT and noun != "that":
                return True
        elif noun[:5].rstrip("s") not in before:
            return True
    return False


_CHALLENGE = _compile(
    r"^(?:a|an|one|the|two|several|another) (?:[\w-]+ ){0,2}(?:challenges?|difficult(?:y|ies)|problems?|issues?"
    r"|bottlenecks?"
    r"|obstacles?|limitations?|gap|question) (?:in|of|is|are|for|with|to|that|remains?|lies?)\b"
)
OTHERS_WORK = _compile(
    r"\b(?:prior|previous|earlier|related|recent) (?:\w+ )?(?:works?|stud(?:y|ies)|literature|research|paper)\b"
    r"|\b(?:was|were|been|is|are) (?:first |originally |recently |also )?(?:proposed|introduced|developed|shown"
    r"|studied) by\b"
    r"|^(?:[A-Z]\w+ (?:and|&) [A-Z]\w+|[A-Z]\w+ et al)"
)


def is_about_field(text: str) -> bool:
    """Whether a sentence is about earlier work, the field, or a licence, and not about this paper's work."""
    if re.search(r"\blicen[sc]e", text, re.IGNORECASE):
        return True
    if _CHALLENGE.search(text):
        return True
    return bool(ABOUT_FIELD.search(text)) and not OWN_STATEMENT.search(text)


CONTRAST = _compile(r"(?:however|nevertheless|nonetheless|but|yet|still|unfortunately)\b")
_NOTE = _compile(
    r"\b(?:supported (?:in part )?by|grants?|thanks to|special thanks|published by|all rights reserved"
    r"|licen[sc]ed?)\b|©"
)


_TELLS_CONTENTS = _compile(
    r"\b(?:paper|report|survey|work) (?:summari[sz]es|spells out|is organi[sz]ed|discusses|reports on)\b"
)


def is_side_matter(text: str) -> bool:
    """Whether a sentence offers code or data, looks ahead, or is a note: neither a contribution nor a result."""
    looks_ahead = OUTLOOK.search(text) and not (FINDS.search(text) or OUTPERFORMS.search(text))
    return bool(AVAILABILITY.search(text) or looks_ahead or _NOTE.search(text) or _TELLS_CONTENTS.search(text))
