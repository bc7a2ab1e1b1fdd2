"""Fits the weights of words, interest and upvotes to editors' picks: `make train-picks`.

Reads `../shared/picks`: the picks of a weekly newsletter in 2024 and the lists of those days. Prints how well the
ranking agrees with the editors on weeks that it was not fitted on, then writes `tasks/curate/editor_words.json` and
prints the weights for the profile. All choices are made on 2024 alone.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from papers.models import Paper
from papers.profile import Profile, load_profile
from tasks.curate.editor_words import WEIGHTS_FILE, word_features
from tasks.curate.interests import directions_of, interest_points
from tasks.curate.pick_scores import upvote_places

Vector = np.ndarray[Any, np.dtype[np.float64]]

PENALTIES = (50.0, 100.0, 200.0)  # of the squared weights of words; chosen by the training weeks
TOLERANCE = 0.01  # the strongest penalty wins that agrees nearly as well as the best: other years have other words
MIN_PAPERS = 10  # a word that fewer papers have gets no weight
OUTER_FOLDS, INNER_FOLDS = 10, 5  # of whole weeks
STEPS = 120
SCALE = 10.0  # points of the pick score for one unit of the logarithm of the odds
DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "picks"
SOURCE = (
    "Fitted to the ids that the weekly list dair-ai/ML-Papers-of-the-Week (commit a9189f3, no licence file) names for "
    "33 weeks of 2024, and to titles, abstracts and upvotes of the Hugging Face lists of those days as recorded by "
    "2404589803/hf-daily-paper-newsletter-chinese. Weights of single words; no text of the sources is kept."
)


@dataclass(frozen=True)
class Features:
    """The indices of each text's words, as rows of a sparse matrix of zeros and ones."""

    indices: np.ndarray[Any, np.dtype[np.int64]]
    starts: np.ndarray[Any, np.dtype[np.int64]]  # of each row in `indices`; every row has at least one
    names: list[str]

    def rows(self, chosen: np.ndarray[Any, Any]) -> Features:
        """The chosen rows (a boolean mask)."""
        ends = np.append(self.starts[1:], len(self.indices))
        lengths = (ends - self.starts)[chosen]
        kept = np.repeat(chosen, ends - self.starts)
        return Features(self.indices[kept], np.concatenate([[0], np.cumsum(lengths)[:-1]]), self.names)

    def times(self, weights: Vector) -> Vector:
        """The sum of the weights of each row."""
        return np.asarray(np.add.reduceat(weights[self.indices], self.starts))

    def transposed_times(self, values: Vector) -> Vector:
        """The sum of the rows' values for each word."""
        ends = np.append(self.starts[1:], len(self.indices))
        counts = np.bincount(self.indices, np.repeat(values, ends - self.starts), minlength=len(self.names))
        return counts.astype(np.float64)


@dataclass(frozen=True)
class Editors:
    """The lists of 2024 with the editors' picks; all sequences are parallel, a row for each listed paper."""

    papers: list[Paper]
    days: list[dt.date]
    weeks: np.ndarray[Any, Any]
    picked: Vector  # 1 for a pick, else 0
    words: Features
    interest: Vector
    upvotes: Vector  # the share of `tasks.curate.pick_scores.upvote_places`


@dataclass(frozen=True)
class Weights:
    """What was fitted: the weight of each word, and the points of words, interest and upvotes."""

    words: dict[str, float]
    penalty: float
    points: tuple[float, float, float]

    def profile(self, profile: Profile) -> Profile:
        """`profile` with these weights of words, interest and upvotes."""
        names = ("words", "interest", "upvotes")
        update = dict(zip(names, self.points, strict=True))
        weights = profile.curated.weights.model_copy(update=update)
        return profile.model_copy(update={"curated": profile.curated.model_copy(update={"weights": weights})})


def load_editors(folder: Path, profile: Profile) -> Editors:
    """The lists and picks in `folder`; interest points are those of `profile`."""
    weekly = json.loads((folder / "weekly-2024.json").read_text(encoding="utf-8"))
    picked_ids = {arxiv_id for ids in weekly.values() for arxiv_id in ids}
    papers, days, upvotes = [], [], []
    for path in sorted((folder / "hf").glob("*.json.gz")):
        day = dt.date.fromisoformat(path.name[:10])
        listed = [
            _paper(item["paper"], n, day) for n, item in enumerate(json.loads(gzip.decompress(path.read_bytes())))
        ]
        places = upvote_places(listed)
        papers += listed
        days += [day] * len(listed)
        upvotes += [places[p.arxiv_id].share for p in listed]
    return Editors(
        papers=papers,
        days=days,
        weeks=np.array([f"{d:%G-%V}" for d in days]),
        picked=np.array([float(p.arxiv_id in picked_ids) for p in papers]),
        words=_features(papers),
        interest=np.array([interest_points(directions_of(p, (), profile)) for p in papers]),
        upvotes=np.array(upvotes),
    )


def _paper(item: Mapping[str, Any], position: int, day: dt.date) -> Paper:
    return Paper(
        arxiv_id=item["id"],
        source="hf",
        position=position,
        title=" ".join(item["title"].split()),
        abstract=item.get("summary") or "",
        upvotes=item.get("upvotes") or 0,
        listing_sha256="",
        captured_at=dt.datetime.combine(day, dt.time(12), dt.UTC),
        first_seen=day,
        dedupe_kind="new",
    )


def _features(papers: Sequence[Paper]) -> Features:
    """The words of each paper; the mark "" stands in every row, so that none is empty."""
    texts = [word_features(p.title, p.abstract) for p in papers]
    counts = Counter(name for text in texts for name in text)
    names = ["", *sorted(name for name, count in counts.items() if count >= MIN_PAPERS)]
    numbers = {name: n for n, name in enumerate(names)}
    rows = [[0, *sorted(numbers[name] for name in text if name in numbers)] for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])[:-1]])
    return Features(np.array([n for row in rows for n in row]), starts, names)


# --- fitting -------------------------------------------------------------------------------------------------------


def fit_words(words: Features, picked: Vector, penalty: float) -> Vector:
    """The weights of a logistic regression with a penalty on their squares, by Nesterov's accelerated gradient.

    The first weight is the intercept, without a penalty.
    """
    penalties = np.full(len(words.names), penalty)
    penalties[0] = 0.0
    direction = np.ones(len(words.names))
    norm = 1.0
    for _ in range(8):  # the largest eigenvalue bounds the curvature
        direction = words.transposed_times(words.times(direction / np.linalg.norm(direction)))
        norm = float(np.linalg.norm(direction))
    step = 1 / (0.25 * 1.05 * norm + penalty)
    weights = ahead = np.zeros(len(words.names))
    pace = 1.0
    for _ in range(STEPS):
        residuals = _sigmoid(words.times(ahead)) - picked
        new = ahead - step * (words.transposed_times(residuals) + penalties * ahead)
        new_pace = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        ahead = new + (pace - 1) / new_pace * (new - weights)
        weights, pace = new, new_pace
    return weights


def fit_points(values: Vector, picked: Vector) -> Vector:
    """The weights of a few columns by Newton's method, without those of the intercept."""
    columns = np.column_stack([np.ones(len(values)), values])
    weights = np.zeros(columns.shape[1])
    penalty = np.diag([0.0, *[1.0] * values.shape[1]])
    for _ in range(25):
        chances = _sigmoid(columns @ weights)
        gradient = columns.T @ (chances - picked) + penalty @ weights
        curvature = (columns * (chances * (1 - chances))[:, None]).T @ columns + penalty
        weights = weights - np.linalg.solve(curvature, gradient)
    return weights[1:]


def fit(editors: Editors, training: np.ndarray[Any, Any]) -> Weights:
    """All weights, from the rows that the mask `training` chooses.

    The penalty is chosen by how the values of held-out weeks rank the picks; the points are fitted to these values.
    """
    words, picked, weeks = editors.words.rows(training), editors.picked[training], editors.weeks[training]
    days = np.array([d.toordinal() for d in editors.days])[training]
    held_out = {penalty: _held_out_values(words, picked, weeks, penalty) for penalty in PENALTIES}
    agreement = {penalty: pair_agreement(values, picked, days) for penalty, values in held_out.items()}
    penalty = max(p for p in PENALTIES if agreement[p] >= max(agreement.values()) - TOLERANCE)
    columns = np.column_stack([held_out[penalty], editors.interest[training], editors.upvotes[training]])
    points = [round(max(0.0, float(w)) * SCALE, 1) for w in fit_points(columns, picked)]
    weights = fit_words(words, picked, penalty)
    weights[0] = float(np.mean(words.times(weights) - weights[0]))
    by_name = {name: round(float(w), 4) for name, w in zip(words.names, weights, strict=True)}
    return Weights({n: w for n, w in by_name.items() if w or not n}, penalty, (points[0], points[1], points[2]))


def _held_out_values(words: Features, picked: Vector, weeks: np.ndarray[Any, Any], penalty: float) -> Vector:
    values = np.zeros(len(picked))
    for fold in week_folds(weeks, INNER_FOLDS):
        weights = fit_words(words.rows(~fold), picked[~fold], penalty)
        values[fold] = words.rows(fold).times(weights) - weights[0]
    return values


def week_folds(weeks: np.ndarray[Any, Any], count: int) -> list[np.ndarray[Any, Any]]:
    """Masks of `count` groups of whole weeks."""
    names = sorted(set(weeks))
    return [np.isin(weeks, names[n::count]) for n in range(count)]


def pair_agreement(values: Vector, picked: Vector, days: np.ndarray[Any, Any]) -> float:
    """The share of pairs (a pick, another paper of its day) in which the pick has the larger value; ties count half."""
    larger = pairs = 0.0
    for day in set(days):
        chosen, others = values[(days == day) & (picked == 1)], values[(days == day) & (picked == 0)]
        larger += sum(float((others < v).sum() + 0.5 * (others == v).sum()) for v in chosen)
        pairs += len(chosen) * len(others)
    return larger / pairs if pairs else 0.0


def _sigmoid(values: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-values)))


def main() -> int:
    """Fit on all weeks, print the agreement on held-out weeks, write the weights of the words."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    editors = load_editors(folder, load_profile("default"))
    print(f"{len(editors.papers)} papers of {len(set(editors.days))} days, {int(editors.picked.sum())} editors' picks")
    days = np.array([d.toordinal() for d in editors.days])
    values = np.zeros(len(editors.papers))
    for n, fold in enumerate(week_folds(editors.weeks, OUTER_FOLDS), 1):
        weights = fit(editors, ~fold)
        words = np.array([weights.words.get(name, 0.0) for name in editors.words.names])
        words[0] = 0.0
        columns = [editors.words.times(words), editors.interest, editors.upvotes]
        values[fold] = sum(w * column[fold] for w, column in zip(weights.points, columns, strict=True))
        print(f"  fold {n}: penalty {weights.penalty:g}, points of words, interest, upvotes {weights.points}")
    print(f"agreement on held-out weeks: {pair_agreement(values, editors.picked, days):.3f} of pairs,")
    print(f"  by upvotes alone {pair_agreement(editors.upvotes, editors.picked, days):.3f}; make bench-picks has more")
    final = fit(editors, np.ones(len(editors.papers), dtype=bool))
    content = {"source": SOURCE, "weights": final.words}
    WEIGHTS_FILE.write_text(json.dumps(content, indent=0, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    size = WEIGHTS_FILE.stat().st_size / 1000
    print(f"{WEIGHTS_FILE.name}: {len(final.words)} weights, {size:.0f} kB; penalty {final.penalty:g}")
    print("profile, [curated.weights]: words = {}, interest = {}, upvotes = {}".format(*final.points))
    return 0


if __name__ == "__main__":
    sys.exit(main())
