"""Finds the sentences and table rows that match a statement best, for statements without a quotation.

A search of the whole paper would accept half of all numbers with a changed digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from papers.numbers.normalization import normalize
from papers.numbers.parser import Number
from tasks.analyze.grounding.number_comparison import compare, significant_digits
from tasks.analyze.grounding.paper_text import PaperText, Window
from tasks.analyze.grounding.words import word_stems

MAX_VAGUE_WORDS = 3  # words of the paper in a statement below which the whole paper is searched for its number
LARGE_VALUE = 10_000  # from which on a value is unlikely to be in a paper by chance
MIN_RELATIVE_SCORE = 0.7  # share of the best window's score that a window needs to count as evidence
MIN_SHARE = 0.16  # weighted share of the statement's words below which a window is no evidence
OTHER_NUMBER_SCORE = 0.15  # added to a window's score for each other number of the statement in it
MAX_WINDOWS = 18  # windows that count as evidence; when more match equally well, the statement is too vague


def window_with_value(number: Number, text: str, paper_text: PaperText) -> Window | None:
    """The first sentence with the value and a word of a statement that has too few words to be searched by.

    Only a value that is unlikely to be in a paper by chance: one with a unit, of three digits, or of a great size.
    """
    words = {word for word in word_stems(normalize(text).text) if word.isascii()}
    if len(words) > MAX_VAGUE_WORDS or not words <= paper_text.rarity.keys():
        return None
    if number.unit == "none" and significant_digits(number) < 3 and number.value < LARGE_VALUE:
        return None
    for index, window in enumerate(paper_text.windows):
        has_word = not words or bool(words & paper_text.window_words[index])
        is_sentence = window.block.kind != "table_row"
        if has_word and is_sentence and compare(number, paper_text.window_numbers[index]) == "grounded":
            return window
    return None


def best_windows(number: Number, text: str, numbers: Sequence[Number], paper_text: PaperText) -> list[int]:
    """The indices of the windows that match the statement best by its words and its other numbers, the best first."""
    scores = list(_word_shares(text, paper_text))
    for index, starts in _grounded_starts(text, numbers, paper_text).items():
        scores[index] += OTHER_NUMBER_SCORE * min(3, starts.total() - starts[number.start])
    best = max(scores, default=0.0)
    indices = [i for i, score in enumerate(scores) if score >= max(MIN_SHARE, MIN_RELATIVE_SCORE * best)]
    indices.sort(key=lambda i: (-scores[i], i))
    return indices[:MAX_WINDOWS]


def _grounded_starts(text: str, numbers: Sequence[Number], paper_text: PaperText) -> dict[int, Counter[int]]:
    """For each window with words of the statement, the starts of the statement's numbers that the window contains.

    It is counted once for a statement, not for each of its numbers, of which a hostile text has thousands.
    """
    if text not in paper_text.grounded_by_statement:
        indices = [i for i, share in enumerate(_word_shares(text, paper_text)) if share > MIN_SHARE / 2]
        paper_text.grounded_by_statement[text] = {
            i: Counter(n.start for n in numbers if compare(n, paper_text.window_numbers[i]) == "grounded")
            for i in (indices if len(numbers) > 1 else ())
        }
    return paper_text.grounded_by_statement[text]


def _word_shares(text: str, paper_text: PaperText) -> list[float]:
    """For each window the weighted share of the statement's words that it contains."""
    if text not in paper_text.scores_by_statement:
        weights = {word: paper_text.rarity.get(word, 0.0) for word in word_stems(normalize(text).text)}
        total_weight = sum(weights.values()) + 1e-9
        paper_text.scores_by_statement[text] = [
            sum(weight for word, weight in weights.items() if word in words) / total_weight
            for words in paper_text.window_words
        ]
    return paper_text.scores_by_statement[text]
