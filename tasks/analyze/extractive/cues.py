"""The cues of each part of an analysis: words of rhetoric, sections, numbers, place."""

from __future__ import annotations

import re

from tasks.analyze.extractive.part import Part


def _either(*patterns: str) -> str:
    """One expression of whole words or phrases."""
    return r"\b(?:" + "|".join(patterns) + r")\b"


_OURS = _either("we", "our", "this (?:paper|work|study|report|article|survey)", "the proposed")
_MAKES = (
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
_LOOKS = ("contribute", "establish", "study", "investigate", "explore", "examine", "describe", "revisit", "show", "ask")
_PROPOSE = _either(*(f"{verb}(?:s|d|ed)?" for verb in (*_MAKES, *_LOOKS)))
_MADE = (
    _either("we", "this (?:paper|work|study|report)")
    + r"[^.]{0,60}"
    + _either(*(f"{verb}(?:s|d|ed)?" for verb in _MAKES))
)
_WORSE = _either("prior", "previous(?:ly)?", "existing", "recent(?:ly)?", "traditional", "conventional", "current")
_OWN = _either("our", "ours", "we")
_SYSTEM = r"\b(?:our|the|this) (?:\w+ )?(?:model|method|framework|system|agent|network|approach|pipeline|algorithm)\b"

_FIGURE = r"\d+\.\d+|\d\s?(?:%|×|x\b)"
_SAYS = rf"{_OURS}|{_SYSTEM}|{_either('experiments?', 'results?', 'demonstrat[a-z]*', 'outperform[a-z]*')}"
_SETUP = _either(
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

# How things stood in the field, and what shows that a sentence is about the paper all the same.
_PROGRESS = (
    r"\b(?:has|have) (?:recently )?(?:achieved|made|shown|demonstrated|seen|witnessed|become|emerged) "
    r"(?:\w+ )?(?:remarkable|significant|great|impressive|notable|substantial|tremendous|rapid|as|increasingly)\b"
)
_KINDS = (
    r"(?:methods?|models?|approaches|works?|systems?|benchmarks?|datasets?|studies|techniques|pipelines?|services|agents"
    r"|frameworks?|\w*LMs|paradigms?|solutions?|efforts?|advances?|progress|attempts?|evaluations?|architectures"
    r"|algorithms|research|literature)"
)
_FIELD = re.compile(
    rf"^(?:\w+ )?{_WORSE} (?:[\w-]+ ){{0,3}}{_KINDS}\b|{_PROGRESS}|"
    + _either(
        *("remains?", "hinder(?:s|ed|ing)?", "bottlenecks?", "suffers?", "hampers?", "however", "struggles?"),
        r"(?:poses?|presents?|faces?|facing) (?:[\w-]+ ){0,3}(?:challenge|limitation|difficult|problem|bottleneck)\w*",
        r"(?:is|are) (?:[\w-]+ )?(?:challenging|difficult|hard)",
        r"challenges? (?:is|in|of|remains?)",
    ),
    re.IGNORECASE,
)
_HERE = re.compile(
    rf"{_SAYS}|"
    + _either(
        *("evaluations?", "findings?", "reveals?", "shows?", "analys[ie]s", "than", "unlike", "distinct from"),
        *("employs?", "adopts?", "leverag(?:es?|ing)", "utili[sz](?:es?|ing)", "improves?", "introduc(?:es?|ing)"),
        *("consists?", "combin(?:es?|ing)", "enables?", "supports?", "incorporates?", "compared to"),
    ),
    re.IGNORECASE,
)


def of_the_field(text: str) -> bool:
    """Whether a sentence tells how things stood, or under which licence they are, and not what the paper did."""
    return bool(re.search(r"\blicen[sc]e", text, re.IGNORECASE)) or bool(_FIELD.search(text) and not _HERE.search(text))


RESULT = re.compile(
    r"\b(?:outperform|surpass|achiev|state-of-the-art|experiment|result|code|dataset is|available|evaluat)\w*",
    re.IGNORECASE,
)

# The order is that of choice: what comes first has the pick of the sentences.
PARTS: tuple[Part, ...] = (
    Part(
        "contribution",
        1,
        rf"{_OURS}[^.]{{0,70}}{_PROPOSE}",
        {"abstract": 2.2, "introduction": 1.6, "conclusion": 0.8},
        bonus=(
            _MADE,
            _MADE,  # to propose weighs more than to study
            _either(
                "framework", "method", "model", "approach", "benchmark", "dataset", "system", "paradigm", "algorithm"
            ),
            _either("novel", "new", "first"),
        ),
        early=0.25,
        anaphora=False,
    ),
    # when nothing is proposed in so many words
    Part("contribution_any", 1, _SAYS, {"abstract": 2.0}, homes=frozenset({"abstract"}), refuse=_WORSE, anaphora=False),
    Part(
        "application_area",
        1,
        "",
        {"abstract": 1.0, "introduction": 0.5},
        early=0.5,
        within=3,
        refuse=_OURS,
        anaphora=False,
    ),
    Part(
        "results",
        3,
        r"\b(?:outperform|surpass|exceed|achiev|improv|reduc|gain|speed-?up|faster|accura|state-of-the-art|competitive"
        rf"|on par|drop|increase|boost|reach|obtain|yield|attain|raise|lower|save|halve|cut)\w*|{_FIGURE}",
        {"abstract": 1.5, "results": 1.5, "conclusion": 1.0, "introduction": 1.0, "body": 0.3},
        must=r"\d|\b(?:outperform|surpass|state-of-the-art|significant|substantial|competitive"
        r"|on par|best|comparable|rival"
        r"|remarkabl|consistent)",
        figures=1.0,
        bonus=(r"\b(?:compared (?:to|with)|than|over|relative to|baseline)", _OWN),
        refuse=_either(
            "learning rate", "batch size", "epochs?", "optimizer", "weight decay", "warm-?up", "hyper-?parameters?"
        )
        + rf"|{_WORSE}|{_either('we think', 'we speculate', 'may be', 'might', 'reasons?', 'suppose', 'motivation')}"
        + rf"|{_PROGRESS}|\blicen[sc]e|\bpublicly available\b|^Their\b|as (?:our|the) back-?bone"
        # what was done to find something out, without what was found
        + r"|(?:^|, )we (?:also )?(?:compare|evaluate|test|use|adopt|employ|conduct)\b"
        + rf"(?!.*(?:outperform|surpass|achiev|improv|show|find|reveal|{_FIGURE}))",
    ),
    Part(
        "insight",
        1,
        _either(
            "we (?:find|found|observe|show|demonstrate|discover|reveal|argue|hypothesi[sz]e)",
            r"(?:findings?|results?|analys[ie]s|experiments?|evidence) "
            r"(?:show|reveal|suggest|indicate|demonstrate|highlight|confirm)\w*",
            *("suggest(?:s|ing)? that", "insight", "surprising", "highlight(?:s|ing)? the", "underscor(?:es|ing)"),
        ),
        {"conclusion": 1.6, "abstract": 1.2, "introduction": 1.0, "results": 0.9, "body": 0.5},
        bonus=(r"\bthat\b", _either("suggest(?:s|ing)?", "reveals?", "insight", "surpris(?:ing|ingly)", "indicates?")),
        refuse=rf"{_WORSE}|{_SETUP}|^(?:Both|Neither|Such)\b",
    ),
    Part(
        "innovations",
        3,
        rf"{_MADE}|"
        + _either(
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
        must=rf"{_OURS}|{_SYSTEM}|\bnovel\b(?![- ]view)",
        bonus=(r"^We (?:propose|introduce|present|develop|design)", _either("novel", "first", "key")),
        refuse=rf"{_WORSE} (?:work|method|approach|stud)\w*|\bcode\b.{{0,40}}\b(?:available|release)"
        r"|\bexperiment|\bwe (?:speculate|now|refer|denote|summari[sz]e|begin|note|term)\b"
        r"|\bin (?:what follows|the following)\b|\b[Tt]he first is\b|\bsymbol\b",
    ),
    Part(
        "limitations",
        1,
        _either(
            *("limitations?", "limited (?:to|by)", "future (?:work|research|directions?)", "beyond the scope"),
            *("remains? (?:an? )?(?:challenging|challenge|open|difficult)", "struggles?", "we leave"),
            r"(?:our|the) (?:method|approach|model|framework|study|evaluation|work)[^.]{0,60}"
            r"(?:cannot|does not|do not|fails?|may not|relies|requires?|limited)",
        ),
        {"limitations": 3.0, "conclusion": 1.5, "abstract": 0.6, "results": 0.2, "body": 0.2},
        must=rf"{_OURS}|{_SYSTEM}|\blimitation|\bfuture\b",
        homes=frozenset({"limitations"}),
        bonus=(r"\blimitation", _OWN),
        refuse=rf"{_WORSE} (?:work|method|approach|model|benchmark|system|stud)\w*|^{_WORSE}|{_PROGRESS}"
        rf"|address(?:es)? (?:this|these) |overcome"
        r"|\blimitations? of (?:existing|standard|prior|the vanilla)|\b(?:foundation|insights?) (?:for|into)\b",
    ),
    Part(
        "suited_for",
        1,
        _either(
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
        must=rf"{_OURS}|{_SYSTEM}|{_either('suitable for', 'useful for', 'applicable to', 'well-suited')}",
        bonus=(_either("suitable", "suited", "applicable", "useful", "practical"),),
        refuse=rf"{_WORSE}|{_either('limitations?', 'not (?:suitable|applicable|practical)', 'impractical')}",
    ),
    Part(
        "usage.requirements",
        1,
        r"\b(?:GPU|TPU|A100|H100|H200|H800|A800|V100|A6000|RTX|VRAM|CPU)s?\b|\bGPU[- ]hours",
        {"method": 1.0, "results": 1.0, "body": 0.6, "appendix": 0.8, "introduction": 0.3, "abstract": 0.3},
        bonus=(r"\d", _either("hours?", "days?", "memory", "train(?:ed|ing)?")),
    ),
    Part(
        "usage.deployment",
        1,
        r"\b(?:code|weights|checkpoints?|models?|datasets?|demo|implementation)\b[^.]{0,60}"
        r"\b(?:available|released?|open-?sourced?|public(?:ly)?)\b"
        r"|\b(?:at inference|inference time|during inference|deployment|latency|real[- ]time|on-device|throughput)\b",
        {"abstract": 1.2, "introduction": 0.8, "conclusion": 1.0, "results": 0.6, "method": 0.5, "body": 0.4},
        must=rf"{_OURS}|{_SYSTEM}|\bcode\b",
        bonus=(_either("available", "released?", "open-?sourced?"),),
        refuse=rf"{_WORSE}|\b(?:this|the) (?:paper|work) studies\b|\bhow to\b",
    ),
    Part(
        "usage.workflow",
        1,
        r"\bfirst\b[^.]*\b(?:then|second|followed)\b|\b(?:two|three|four|multi)[- ]stage\b|\bpipeline\b"
        r"|\b(?:two|three|four) (?:stages|steps|phases|components|modules)\b|\biterative(?:ly)?\b",
        {"method": 1.4, "introduction": 0.8, "abstract": 0.6, "body": 0.6},
        must=rf"{_OURS}|{_SYSTEM}|\bthe (?:pipeline|process|procedure)\b",
        bonus=(r"\bthen\b", _either("pipeline", "stages?", "steps")),
        refuse=rf"{_WORSE}|\bablat|\bresults\b|\b(?:investigate|study|examine) the (?:impact|effect|role|influence)\b",
    ),
    Part(
        "usage.inputs",
        1,
        _either(
            r"takes?\b[^.]{0,60}\bas inputs?",
            r"given (?:an?|the|input)[^.]{3,80}, (?:our|the|we|it)",
            "inputs? (?:is|are|consists?|includes?|comprises?)",
            r"(?:receives?|accepts?)\b[^.]{0,40}\binputs?",
        ),
        {"method": 1.2, "introduction": 0.6, "abstract": 0.6, "background": 0.4, "body": 0.5},
        must=rf"{_OURS}|{_SYSTEM}",
        bonus=(r"\binputs?\b", _SYSTEM),
        refuse=rf"{_WORSE}|\bstandard\b",
    ),
    Part(
        "usage.outputs",
        1,
        rf"{_SYSTEM}[^.]{{0,30}}\b(?:outputs? (?:an?|the)|produces|generates|returns|predicts|synthesi[sz]es)\b",
        {"method": 1.2, "introduction": 0.6, "abstract": 0.6, "background": 0.4, "body": 0.5},
        bonus=(r"\boutputs?\b",),
        refuse=rf"{_WORSE}|\bdoes not\b",
    ),
    Part(
        "usage.scenarios",
        1,
        _either(
            *("applications?", "tasks? such as", "use cases?", "domains? such as", "real-world"),
            "can be (?:used|applied|integrated|extended|combined)",
            "(?:enables?|supports?) (?:a |an |the )?(?:wide|broad|diverse|various)",
        ),
        {"introduction": 1.0, "abstract": 1.0, "conclusion": 1.2, "results": 0.2},
        must=_either(
            "applications?", "tasks?", "cases?", "domains?", "users?", "scenarios?", "deploy", "can be", "enables?"
        ),
        bonus=(_either("applications?", "use cases?", "can be (?:used|applied|extended)"), _OURS),
        refuse=rf"{_WORSE}|\bkey (?:idea|insight)\b",
    ),
)
