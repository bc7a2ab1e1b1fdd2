"""LaTeX in abstracts as plain text: "\\textbf{fast}" is "fast", "97\\%" is "97%", "``quotes''" are quotes.

Abstracts of the lists keep what their authors typed. Only what a reader would not see in the paper is removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from papers.text import clean

_MAX_DEPTH = 5  # commands within the argument of others
_SYMBOLS = {
    "times": "×", "pm": "±", "sim": "~", "approx": "≈", "cdot": "·", "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤",
    "ll": "≪", "gg": "≫", "neq": "≠", "rightarrow": "→", "to": "→", "leftarrow": "←", "leftrightarrow": "↔",
    "Rightarrow": "⇒", "uparrow": "↑", "downarrow": "↓", "infty": "∞", "ldots": "…", "dots": "…", "textgreater": ">",
    "textless": "<", "circ": "°", "degree": "°", "ell": "ℓ", "in": "∈", "star": "*", "ast": "*", "quad": " ",
    "qquad": " ", "newline": " ", "par": " ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε",
    "varepsilon": "ε", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Delta": "Δ", "Gamma": "Γ", "Omega": "Ω", "Sigma": "Σ", "Theta": "Θ", "Phi": "Φ", "Psi": "Ψ", "Lambda": "Λ",
    "eg": "e.g.", "ie": "i.e.", "etc": "etc.", "etal": "et al.", "vs": "vs.", "wrt": "w.r.t.", "log": "log",
    "max": "max", "min": "min", "exp": "exp", "sqrt": "√",
}  # fmt: skip
# Without a meaning of their own; other unknown commands are the authors' macros, mostly for the name of their method.
_FORMATS = frozenset(
    [
        "textit",
        "textbf",
        "texttt",
        "textsc",
        "textrm",
        "textsf",
        "text",
        "emph",
        "underline",
        "mathbf",
        "mathrm",
        "mathit",
        "mathcal",
        "mathbb",
        "mathsf",
        "boldsymbol",
        "operatorname",
        "bf",
        "it",
        "em",
        "tt",
        "sc",
        "rm",
        "sf",
        "bm",
        "mbox",
        "hbox",
        "uline",
        "textsuperscript",
        "textsubscript",
        "allowbreak",
        "xspace",
        "left",
        "right",
        "big",
        "Big",
        "displaystyle",
        "noindent",
        "centering",
        "small",
        "large",
        "footnotesize",
        "ensuremath",
        "color",
        "textcolor",
    ]
)
_REMOVED = re.compile(
    r"\s?\\(?:cite[a-z]{0,12}|ref|eqref|autoref|cref|label|footnote|vspace|hspace)\*?\{[^{}]{0,500}\}"
)
_LINK = re.compile(r"\\href\s?\{([^{}]{0,500})\}\s?\{([^{}]{0,500})\}")
_URL = re.compile(r"\\url\s?\{([^{}]{0,500})\}")
_LINK_TEXT = re.compile(r"(https?://[^\s{}]{1,300})\s?\{(?:[^{}]|\{[^{}]{0,60}\}){0,300}\}")  # an address and its text
# Formulas of which a conversion kept the letters alone: "3{times}", "360^{circ}", "1.3times", "mathcal{O}(n)".
_BARE_SYMBOL = re.compile(r"\^?\{\\?(times|sim|circ|approx|pm)\}")
_BARE_TIMES, _BARE_CIRCLE = re.compile(r"(?<=\d)times(?![a-z])"), re.compile(r"\^circ(?![a-z])")
_BARE_GREEK = re.compile(
    r"\b(ell|pi|alpha|beta|gamma|delta|lambda|theta|sigma|tau|eta|mu|phi)(?=_(?:\{|\d|[A-Z]))"
)  # "pi_{0.5}"
_BARE_FORMAT = re.compile(r"\b(?:math(?:cal|bf|rm|bb|it)|boldsymbol)(?=\{)|\{\s?(?:bf|it|em|tt|sc|rm)\s")
_ESCAPED = re.compile(r"\\([%&_#$])")
_SPACING = re.compile(r"\\[,;:! ]|\\\\")
_ACCENT = re.compile(r"\\[\"'`^~](?:\{([A-Za-z])\}|(?=[A-Za-z]))")
_FORMULA = re.compile(r"\$([^$]{1,300})\$")
_COMMAND = re.compile(r"\\([A-Za-z]{1,30})\*?")
_MACRO_ALONE = re.compile(r"\s?\(\\([A-Za-z]{1,30})\*?(?:\{\})?\)")  # "Exploration (\method)"
_NUMBERS = re.compile(r"[-+\d\s,.]*,[-+\d\s,.]*")  # "{-1, 0, 1}" is a set
_GROUP = re.compile(r"\{([^{}]{0,2000})\}")
_STRAY_BACKSLASH = re.compile(r"\\+(?=\W|\d|$)|\\")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]」』]*$")
_DOLLAR = "\N{OBJECT REPLACEMENT CHARACTER}"  # an escaped one, which opens no formula
_QUOTED = re.compile(r"``([^`']{1,300})(?:''|\")")


_LOST_TIMES = re.compile(r"(?<=\d)times\b")  # "3.52$\\times$" of which the list kept the letters


# A sign that all of these need; it begins the pattern, so that only signs are tried and not every character.
_LATEX = re.compile(r"[\\${}`_](?:(?<=[\\${}])|(?<=`)`|(?<=_)[A-Z\d])")
# In order: what a text must have for the pattern, the pattern, and what takes its place.
_REPLACEMENTS: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("\\", _URL, r"\1"),
    ("\\", _LINK, r"\2 (\1)"),
    ("\\", _ESCAPED, lambda m: _DOLLAR if m[1] == "$" else m[1]),
    ("\\", _REMOVED, ""),
    ("\\", _ACCENT, r"\1"),
    ("\\", _SPACING, " "),
    ("``", _QUOTED, r"“\1”"),
    ("{", _BARE_FORMAT, lambda m: "{" if m[0].startswith("{") else ""),
    ("_", _BARE_GREEK, lambda m: _SYMBOLS[m[1]]),
    ("{", _LINK_TEXT, r"\1"),
    ("{", _BARE_SYMBOL, lambda m: _SYMBOLS[m[1]]),
    ("times", _BARE_TIMES, "×"),
    ("^", _BARE_CIRCLE, "°"),
    ("$", _FORMULA, lambda m: _formula(m[1])),
)


def plain_latex(text: str, name: str | None = None) -> str:
    """`text` on one line without LaTeX; a macro that LaTeX does not know becomes its own name if that is written
    like one ("\\OneMillion"), else `name`, the paper's name of its work.
    """
    if "times" in text:
        text = _LOST_TIMES.sub("×", text)
    if not _LATEX.search(text):
        return " ".join(text.split())
    for sign, pattern, replacement in _REPLACEMENTS:
        if sign in text:
            text = pattern.sub(replacement, text)
    if "\\" in text:
        text = _MACRO_ALONE.sub(lambda m: f" ({word})" if (word := _command(m[1], name)) else "", text)
        text = _COMMAND.sub(lambda m: _command(m[1], name), text)
    for _ in range(_MAX_DEPTH if "{" in text else 0):
        text = _GROUP.sub(lambda m: m[0] if _NUMBERS.fullmatch(m[1]) else m[1], text)
    if text.count("{") != text.count("}"):
        text = text.replace("{", "").replace("}", "")
    text = _STRAY_BACKSLASH.sub("", text).replace(_DOLLAR, "$")
    return re.sub(r" +([,.;:?!)])(?=\s|$)", r"\1", " ".join(text.split()))


def whole_abstract(abstract: str, name: str | None = None) -> str:
    """A listed abstract for print, on one line and without LaTeX; with its last full stop, which some lack."""
    text = clean(plain_latex(abstract, name))
    return text if not text or _SENTENCE_END.search(text) else f"{text}."


def _command(word: str, name: str | None) -> str:
    if word in _SYMBOLS:
        return _SYMBOLS[word]
    if word in _FORMATS:
        return ""
    is_name = re.search(r"[a-z][A-Z]|[A-Z]{2}", word) is not None
    return word if is_name else name or ""


def _formula(formula: str) -> str:
    """A formula without its dollars; the braces of a single index go, "x_{i}" is "x_i"."""
    return re.sub(r"([\^_])\s?\{(\S{1,20})\}", r"\1\2", formula).strip()
