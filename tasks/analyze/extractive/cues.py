"""The parts of an analysis, with the cue words, sections and other features that select sentences for each."""

from __future__ import annotations

import re

from tasks.analyze.extractive.analysis_part import Part


def _any_of(*patterns: str) -> str:
    """A regular expression that matches any of these whole words or phrases."""
    return r"\b(?:" + "|".join(patterns) + r")\b"


_AUTHORS = _any_of("we", "our", "this (?:paper|work|study|report|article|survey)", "the proposed")
_CREATION_VERBS = (
    "propose",
    "introduce",
    "present",
    "develop",
    "design",
    "formulate",
    "build",
    "construct",
    "release",
    "launch",
)
_STUDY_VERBS = (
    "contribute",
    "establish",
    "study",
    "investigate",
    "explore",
    "examine",
    "describe",
    "revisit",
    "show",
    "ask",
)
_CONTRIBUTION_VERB = _any_of(*(f"{verb}(?:s|d|ed)?" for verb in (*_CREATION_VERBS, *_STUDY_VERBS)))
_AUTHORS_CREATE = (
    _any_of("we", "this (?:paper|work|study|report)")
    + r"[^.]{0,60}"
    + _any_of(*(f"{verb}(?:s|d|ed)?" for verb in _CREATION_VERBS))
)
_EARLIER = _any_of("prior", "previous(?:ly)?", "existing", "recent(?:ly)?", "traditional", "conventional", "current")
_FIRST_PERSON = _any_of("our", "ours", "we")
_OWN_SYSTEM = (
    r"\b(?:our|the|this) (?:\w+ )?(?:model|method|framework|system|agent|network|approach|pipeline|algorithm)\b"
)

_NUMBER = r"\d+\.\d+|\d\s?(?:%|×|x\b)"
_OWN_STATEMENT = (
    rf"{_AUTHORS}|{_OWN_SYSTEM}|{_any_of('experiments?', 'results?', 'demonstrat[a-z]*', 'outperform[a-z]*')}"
)
_TRAINING_SETUP = _any_of(
    *(
        "learning rate",
        "batch size",
        "epochs?",
        "optimizer",
        "weight decay",
        "warm-?up",
        "hyper-?parameters?",
        "temperature",
    ),
)

# Signs of a sentence about the field in general, and signs that it is about this paper all the same.
_FIELD_PROGRESS = (
    r"\b(?:has|have) (?:recently )?(?:achieved|made|shown|demonstrated|seen|witnessed|become|emerged) "
    r"(?:\w+ )?(?:remarkable|significant|great|impressive|notable|substantial|tremendous|rapid|as|increasingly)\b"
)
_WORK_NOUNS = (
    r"(?:methods?|models?|approaches|works?|systems?|benchmarks?|datasets?|studies|techniques|pipelines?|services|agents"
    r"|frameworks?|\w*LMs|paradigms?|solutions?|efforts?|advances?|progress|attempts?|evaluations?|architectures"
    r"|algorithms|research|literature)"
)
_ABOUT_FIELD = re.compile(
    rf"^(?:\w+ )?{_EARLIER} (?:[\w-]+ ){{0,3}}{_WORK_NOUNS}\b|{_FIELD_PROGRESS}|"
    + _any_of(
        *("remains?", "hinder(?:s|ed|ing)?", "bottlenecks?", "suffers?", "hampers?", "however", "struggles?"),
        r"(?:poses?|presents?|faces?|facing) (?:[\w-]+ ){0,3}(?:challenge|limitation|difficult|problem|bottleneck)\w*",
        r"(?:is|are) (?:[\w-]+ )?(?:challenging|difficult|hard)",
        r"challenges? (?:is|in|of|remains?)",
    ),
    re.IGNORECASE,
)
_ABOUT_PAPER = re.compile(
    rf"{_OWN_STATEMENT}|"
    + _any_of(
        *("evaluations?", "findings?", "reveals?", "shows?", "analys[ie]s", "than", "unlike", "distinct from"),
        *("employs?", "adopts?", "leverag(?:es?|ing)", "utili[sz](?:es?|ing)", "improves?", "introduc(?:es?|ing)"),
        *("consists?", "combin(?:es?|ing)", "enables?", "supports?", "incorporates?", "compared to"),
    ),
    re.IGNORECASE,
)


def is_background(text: str) -> bool:
    """Whether a sentence is about earlier work, the field or a licence and not about this paper's work."""
    return bool(re.search(r"\blicen[sc]e", text, re.IGNORECASE)) or bool(
        _ABOUT_FIELD.search(text) and not _ABOUT_PAPER.search(text)
    )


RESULT_WORDS = re.compile(
    r"\b(?:outperform|surpass|achiev|state-of-the-art|experiment|result|code|dataset is|available|evaluat)\w*",
    re.IGNORECASE,
)

# Sentences are selected for the parts in this order; a sentence that is used is not available to later parts.
PARTS: tuple[Part, ...] = (
    Part(
        "contribution",
        1,
        rf"{_AUTHORS}[^.]{{0,70}}{_CONTRIBUTION_VERB}",
        {"abstract": 2.2, "introduction": 1.6, "conclusion": 0.8},
        bonus_patterns=(
            _AUTHORS_CREATE,
            _AUTHORS_CREATE,  # listed twice: "propose" counts more than "study"
            _any_of(
                "framework", "method", "model", "approach", "benchmark", "dataset", "system", "paradigm", "algorithm"
            ),
            _any_of("novel", "new", "first"),
        ),
        position_penalty=0.25,
        allow_anaphora=False,
    ),
    # used when no sentence says "we propose" or the like
    Part(
        "contribution_any",
        1,
        _OWN_STATEMENT,
        {"abstract": 2.0},
        home_sections=frozenset({"abstract"}),
        excluded=_EARLIER,
        allow_anaphora=False,
    ),
    Part(
        "application_area",
        1,
        "",
        {"abstract": 1.0, "introduction": 0.5},
        position_penalty=0.5,
        position_limit=3,
        excluded=_AUTHORS,
        allow_anaphora=False,
    ),
    Part(
        "results",
        3,
        r"\b(?:outperform|surpass|exceed|achiev|improv|reduc|gain|speed-?up|faster|accura|state-of-the-art|competitive"
        rf"|on par|drop|increase|boost|reach|obtain|yield|attain|raise|lower|save|halve|cut)\w*|{_NUMBER}",
        {"abstract": 1.5, "results": 1.5, "conclusion": 1.0, "introduction": 1.0, "body": 0.3},
        required=r"\d|\b(?:outperform|surpass|state-of-the-art|significant|substantial|competitive"
        r"|on par|best|comparable|rival"
        r"|remarkabl|consistent)",
        number_points=1.0,
        bonus_patterns=(r"\b(?:compared (?:to|with)|than|over|relative to|baseline)", _FIRST_PERSON),
        excluded=_any_of(
            "learning rate", "batch size", "epochs?", "optimizer", "weight decay", "warm-?up", "hyper-?parameters?"
        )
        + rf"|{_EARLIER}|{_any_of('we think', 'we speculate', 'may be', 'might', 'reasons?', 'suppose', 'motivation')}"
        + rf"|{_FIELD_PROGRESS}|\blicen[sc]e|\bpublicly available\b|^Their\b|as (?:our|the) back-?bone"
        # says what was evaluated but not the outcome
        + r"|(?:^|, )we (?:also )?(?:compare|evaluate|test|use|adopt|employ|conduct)\b"
        + rf"(?!.*(?:outperform|surpass|achiev|improv|show|find|reveal|{_NUMBER}))",
    ),
    Part(
        "insight",
        1,
        _any_of(
            "we (?:find|found|observe|show|demonstrate|discover|reveal|argue|hypothesi[sz]e)",
            r"(?:findings?|results?|analys[ie]s|experiments?|evidence) "
            r"(?:show|reveal|suggest|indicate|demonstrate|highlight|confirm)\w*",
            *("suggest(?:s|ing)? that", "insight", "surprising", "highlight(?:s|ing)? the", "underscor(?:es|ing)"),
        ),
        {"conclusion": 1.6, "abstract": 1.2, "introduction": 1.0, "results": 0.9, "body": 0.5},
        bonus_patterns=(
            r"\bthat\b",
            _any_of("suggest(?:s|ing)?", "reveals?", "insight", "surpris(?:ing|ingly)", "indicates?"),
        ),
        excluded=rf"{_EARLIER}|{_TRAINING_SETUP}|^(?:Both|Neither|Such)\b",
    ),
    Part(
        "innovations",
        3,
        rf"{_AUTHORS_CREATE}|"
        + _any_of(
            *(
                r"novel(?![- ]view)",
                "key (?:idea|insight|component|innovation)",
                "unlike",
                "in contrast to",
                "for the first time",
            ),
            *("core (?:idea|of)", "instead of", "rather than", "enabl(?:es|ing)"),
            (
                "we (?:first|then|further|use|leverage|adopt|employ|train|combine|define|decompose"
                "|replace|extend|formalize)"
            ),
        ),
        {"introduction": 1.6, "method": 1.4, "abstract": 1.2, "body": 0.8, "conclusion": 0.4},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}|\bnovel\b(?![- ]view)",
        bonus_patterns=(r"^We (?:propose|introduce|present|develop|design)", _any_of("novel", "first", "key")),
        excluded=rf"{_EARLIER} (?:work|method|approach|stud)\w*|\bcode\b.{{0,40}}\b(?:available|release)"
        r"|\bexperiment|\bwe (?:speculate|now|refer|denote|summari[sz]e|begin|note|term)\b"
        r"|\bin (?:what follows|the following)\b|\b[Tt]he first is\b|\bsymbol\b",
    ),
    Part(
        "limitations",
        1,
        _any_of(
            *("limitations?", "limited (?:to|by)", "future (?:work|research|directions?)", "beyond the scope"),
            *("remains? (?:an? )?(?:challenging|challenge|open|difficult)", "struggles?", "we leave"),
            r"(?:our|the) (?:method|approach|model|framework|study|evaluation|work)[^.]{0,60}"
            r"(?:cannot|does not|do not|fails?|may not|relies|requires?|limited)",
        ),
        {"limitations": 3.0, "conclusion": 1.5, "abstract": 0.6, "results": 0.2, "body": 0.2},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}|\blimitation|\bfuture\b",
        home_sections=frozenset({"limitations"}),
        bonus_patterns=(r"\blimitation", _FIRST_PERSON),
        excluded=rf"{_EARLIER} (?:work|method|approach|model|benchmark|system|stud)\w*|^{_EARLIER}|{_FIELD_PROGRESS}"
        rf"|address(?:es)? (?:this|these) |overcome"
        r"|\blimitations? of (?:existing|standard|prior|the vanilla)|\b(?:foundation|insights?) (?:for|into)\b",
    ),
    Part(
        "suited_for",
        1,
        _any_of(
            *(
                "suitable",
                "well-suited",
                "suited",
                "particularly (?:useful|effective|beneficial|valuable)",
                "applicable",
            ),
            *("practical", "practitioners?", "deploy(?:ed|ment|able|ing)?", "real-world", "resource-constrained"),
            "useful (?:for|in)",
        ),
        {"conclusion": 1.5, "introduction": 0.8, "abstract": 0.8, "results": 0.6, "body": 0.3, "method": 0.2},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}|{_any_of('suitable for', 'useful for', 'applicable to', 'well-suited')}",
        bonus_patterns=(_any_of("suitable", "suited", "applicable", "useful", "practical"),),
        excluded=rf"{_EARLIER}|{_any_of('limitations?', 'not (?:suitable|applicable|practical)', 'impractical')}",
    ),
    Part(
        "usage.requirements",
        1,
        r"\b(?:GPU|TPU|A100|H100|H200|H800|A800|V100|A6000|RTX|VRAM|CPU)s?\b|\bGPU[- ]hours",
        {"method": 1.0, "results": 1.0, "body": 0.6, "appendix": 0.8, "introduction": 0.3, "abstract": 0.3},
        bonus_patterns=(r"\d", _any_of("hours?", "days?", "memory", "train(?:ed|ing)?")),
    ),
    Part(
        "usage.deployment",
        1,
        r"\b(?:code|weights|checkpoints?|models?|datasets?|demo|implementation)\b[^.]{0,60}"
        r"\b(?:available|released?|open-?sourced?|public(?:ly)?)\b"
        r"|\b(?:at inference|inference time|during inference|deployment|latency|real[- ]time|on-device|throughput)\b",
        {"abstract": 1.2, "introduction": 0.8, "conclusion": 1.0, "results": 0.6, "method": 0.5, "body": 0.4},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}|\bcode\b",
        bonus_patterns=(_any_of("available", "released?", "open-?sourced?"),),
        excluded=rf"{_EARLIER}|\b(?:this|the) (?:paper|work) studies\b|\bhow to\b",
    ),
    Part(
        "usage.workflow",
        1,
        r"\bfirst\b[^.]*\b(?:then|second|followed)\b|\b(?:two|three|four|multi)[- ]stage\b|\bpipeline\b"
        r"|\b(?:two|three|four) (?:stages|steps|phases|components|modules)\b|\biterative(?:ly)?\b",
        {"method": 1.4, "introduction": 0.8, "abstract": 0.6, "body": 0.6},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}|\bthe (?:pipeline|process|procedure)\b",
        bonus_patterns=(r"\bthen\b", _any_of("pipeline", "stages?", "steps")),
        excluded=rf"{_EARLIER}|\bablat|\bresults\b"
        r"|\b(?:investigate|study|examine) the (?:impact|effect|role|influence)\b",
    ),
    Part(
        "usage.inputs",
        1,
        _any_of(
            r"takes?\b[^.]{0,60}\bas inputs?",
            r"given (?:an?|the|input)[^.]{3,80}, (?:our|the|we|it)",
            "inputs? (?:is|are|consists?|includes?|comprises?)",
            r"(?:receives?|accepts?)\b[^.]{0,40}\binputs?",
        ),
        {"method": 1.2, "introduction": 0.6, "abstract": 0.6, "background": 0.4, "body": 0.5},
        required=rf"{_AUTHORS}|{_OWN_SYSTEM}",
        bonus_patterns=(r"\binputs?\b", _OWN_SYSTEM),
        excluded=rf"{_EARLIER}|\bstandard\b",
    ),
    Part(
        "usage.outputs",
        1,
        rf"{_OWN_SYSTEM}[^.]{{0,30}}\b(?:outputs? (?:an?|the)|produces|generates|returns|predicts|synthesi[sz]es)\b",
        {"method": 1.2, "introduction": 0.6, "abstract": 0.6, "background": 0.4, "body": 0.5},
        bonus_patterns=(r"\boutputs?\b",),
        excluded=rf"{_EARLIER}|\bdoes not\b",
    ),
    Part(
        "usage.scenarios",
        1,
        _any_of(
            *("applications?", "tasks? such as", "use cases?", "domains? such as", "real-world"),
            "can be (?:used|applied|integrated|extended|combined)",
            "(?:enables?|supports?) (?:a |an |the )?(?:wide|broad|diverse|various)",
        ),
        {"introduction": 1.0, "abstract": 1.0, "conclusion": 1.2, "results": 0.2},
        required=_any_of(
            "applications?", "tasks?", "cases?", "domains?", "users?", "scenarios?", "deploy", "can be", "enables?"
        ),
        bonus_patterns=(_any_of("applications?", "use cases?", "can be (?:used|applied|extended)"), _AUTHORS),
        excluded=rf"{_EARLIER}|\bkey (?:idea|insight)\b",
    ),
)
