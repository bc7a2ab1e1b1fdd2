"""Marks, powers and subscripts beside numbers, notes in titles, and macros that the conversion did not know."""

from __future__ import annotations

import pytest

from papers.numbers.normalization import UNKNOWN_UNIT
from tasks.analyze.extractive.sentence_cleanup import clean_sentence
from tasks.read.html.page import extract_html
from tests.tasks.read.builders import TITLE, math, page, para
from tests.tasks.read.html.test_tables import rows, table

Case = tuple[str, str]


def sup(content: str) -> str:
    return f'<sup class="ltx_sup">{content}</sup>'


def sub(content: str) -> str:
    return f'<sub class="ltx_sub">{content}</sub>'


def error(macro: str) -> str:
    return f'<span class="ltx_ERROR undefined">\\{macro}</span>'


def formula_with_errors(latex: str, *macros: str) -> str:
    """A formula with an error element for each macro, as LaTeXML writes it."""
    errors = (f'<merror class="ltx_ERROR undefined undefined"><mtext>\\{macro}</mtext></merror>' for macro in macros)
    return math(latex, "".join(errors))


def note(text: str) -> str:
    mark = '<sup class="ltx_note_mark">†</sup>'
    content = f'<span class="ltx_note_outer"><span class="ltx_note_content">{mark}{text}</span></span>'
    return f'<span class="ltx_note ltx_role_thanks">{mark}{content}</span>'


def text_of(content: str) -> str:
    return extract_html(page(para(content))).blocks[-1].text


SHIFTS: list[Case] = [
    (f"keeps 94.2{sup('2')}% of it", "keeps 94.2²% of it"),
    (f"keeps 94.2{sup('1,2')}% of it", "keeps 94.2¹,²% of it"),
    (f"keeps 94.2{sup('a, b')}% of it", "keeps 94.2ᵃ,ᵇ% of it"),
    (f"keeps 94.2{sup('†')}% of it", "keeps 94.2†% of it"),
    (f"keeps 94.2{sup('[12]')}% of it", "keeps 94.2 [12]% of it"),
    (f"keeps <b>94.2</b>{sup('<i>2</i>')}%", "keeps 94.2²%"),
    (f"keeps {math('94.2')}{sup('2')}%", "keeps $94.2$²%"),
    (f"is 94.2{sup('k')} long", "is 94.2ᵏ long"),
    (f"is 94.2{sup('ours')} long", "is 94.2^{ours} long"),
    (f"of 1,000{sup('2')} runs", "of 1,000² runs"),
    (f"of 41{sup('5')} runs", "of 41⁵ runs"),
    (f"of 2{sup('15')} steps", "of 2^15 steps"),
    (f"is 10{sup('-5')} here", "is 10^-5 here"),
    (f"is 10{sup('−5')} here", "is 10^-5 here"),
    (f"is 3×10{sup('8')} here", "is 3×10^8 here"),
    (f"is 10{sup('2')}% here", "is 10²% here"),
    (f"on 5 m{sup('2')} of it", "on 5 m^2 of it"),
    (f"the accuracy{sup('2')} of it", "the accuracy² of it"),
    (f"by GPT-4{sup('2')} here", "by GPT-4² here"),
    (f"the 90{sup('th')} percentile", "the 90th percentile"),
    (f"{sup('1')}300 episodes", "¹ 300 episodes"),
    (f"58.6{sub('0.3')}% here", "58.6 (0.3)% here"),
    (f"47.3{sub('±0.5')} here", "47.3±0.5 here"),
    (f"47.3{sub(math(chr(92) + 'pm 0.5'))} here", "47.3±0.5 here"),
    (f"33.9{sub('+2.4')} here", "33.9 (+2.4) here"),
    (f"33.9{sup('-2.4')} here", "33.9 (-2.4) here"),
    (f"63.2{sub('(0.4)')} here", "63.2 (0.4) here"),
    (f"58.6{sub('0.3')}{sup('1')} here", "58.6 (0.3)¹ here"),
    (f"58.6{sup('1')}{sub('0.3')} here", "58.6¹ (0.3) here"),
    (f"the log{sub('2')}10 of H{sub('2')}O", "the log2 10 of H2O"),
    (f"keeps 94.2{note('On 300.')}% of it", "keeps 94.2% [footnote: On 300.] of it"),
]


@pytest.mark.parametrize(("content", "expected"), SHIFTS, ids=[case[1] for case in SHIFTS])
def test_superscripts_and_subscripts_stand_apart_from_numbers(content: str, expected: str) -> None:
    assert text_of(content) == expected


@pytest.mark.parametrize("tag", [True, False], ids=["table", "span"])
def test_marks_in_cells_stand_apart(tag: bool) -> None:
    cells = ["Ours", f"<b>58.6</b>{sup('1')}", f"33.9{sub('+2.4')}", "", f"2{sup('15')}"]
    blocks = rows(table(("th", ["Model", "A", "B", "C", "D"]), ("td", list(cells)), tag=tag))
    assert blocks[1].text == "| Ours | 58.6¹ | 33.9 (+2.4) |  | 2^15 |"


TITLES = [
    ("Routing for{} Small Agents", ["Work done."], "Routing for Small Agents"),
    ("Routing for Small Agents{}", ["Equal work."], "Routing for Small Agents"),
    ("Routing{} for Small{} Agents", ["One.", "Two [of two]."], "Routing for Small Agents"),
    ("Routing for{} Small Agents", ["See [1] and (2)] here."], "Routing for Small Agents"),
]


@pytest.mark.parametrize(("title", "notes", "expected"), TITLES)
def test_a_title_is_whole_and_without_its_notes(title: str, notes: list[str], expected: str) -> None:
    document = extract_html(page(para("Text."), title=title.format(*map(note, notes))))
    assert document.title == expected
    assert [b.text for b in document.blocks if "footnote" in b.text] == [f"[footnote: {text}]" for text in notes]


ERRORS: list[Case] = [
    (f"by only 0.3{error('percent')} from it", "by only 0.3? from it"),
    (f"by only {error('qty')}0.3{error('percent')} from it", "by only ?0.3? from it"),
    (f"by {error('num')} {math('0.3')} from it", "by ? $0.3$ from it"),
    (f"by {error('SI')}{{0.3}}{{{error('percent')}}} here", "by ?{0.3}{?} here"),
    (f"by {formula_with_errors(chr(92) + 'SI{0.3}{' + chr(92) + 'percent}', 'SI', 'percent')}.", "by $?{0.3}{?}$."),
    (f"by 0.3 {math(chr(92) + 'pm')} {error('unit')}", "by 0.3 $\\pm$ ?"),
    (f"the {error('ourmethod')} reads", "the reads"),
    (f"the {formula_with_errors('x' + chr(92) + 'foo', 'foo')} reads", "the $x\\foo$ reads"),
    (f"of {formula_with_errors(chr(92) + 'len+3', 'len')} steps", "of $\\len+3$ steps"),
    (f"gives {error('ul')}55.6 here", "gives 55.6 here"),
]


@pytest.mark.parametrize(("content", "expected"), ERRORS, ids=[case[1] for case in ERRORS])
def test_an_unknown_macro_beside_a_number_leaves_a_sign(content: str, expected: str) -> None:
    document = extract_html(page(para(content)))
    assert document.blocks[-1].text == expected.replace("?", UNKNOWN_UNIT)
    assert document.errors == content.count("ltx_ERROR")


def test_a_title_and_the_extract_have_no_sign() -> None:
    document = extract_html(page(para("Text."), title=f"{TITLE} of 3{error('percent')}"))
    assert document.title == f"{TITLE} of 3"
    sentence = "Our router keeps the accuracy of the large model and deviates by only 0.3{} from the reference."
    assert clean_sentence(sentence.format("%")) == sentence.format("%")
    assert clean_sentence(sentence.format(UNKNOWN_UNIT)) is None
    assert clean_sentence(sentence.format(UNKNOWN_UNIT), abstract=True) is None
