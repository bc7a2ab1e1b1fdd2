"""Learns the weights of the sentence roles: `make train-roles`.

Reads the training part of CSAbstruct (`../shared/roles`), writes `tasks/analyze/extractive/role_weights.npz` and prints
the scores on the development part, which is used for nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tasks.analyze.extractive.roles import BUCKETS, ROLES, WEIGHTS_FILE, label_sentences, sentence_features
from tests.shared import SHARED

REGULARIZATION = 1.5  # the inverse of its strength
SEQUENCE_SHARE = 0.45  # how much the log odds of one role after another count beside the sentence itself

Abstract = dict[str, Any]  # "sentences", "labels", and "confs": the share of people who agreed on each label


def main() -> int:
    """Learn, write, and print the scores; 2 without the data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=SHARED / "roles", help="folder of train.jsonl.gz, dev.jsonl.gz")
    folder = parser.parse_args().data
    if not (folder / "train.jsonl.gz").is_file():
        print(f"{folder} has no train.jsonl.gz", file=sys.stderr)
        return 2
    learn(read_abstracts(folder / "train.jsonl.gz"))
    print(f"{WEIGHTS_FILE.name}: {WEIGHTS_FILE.stat().st_size / 1e6:.2f} MB")
    for name in ("train", "dev"):
        everything, agreed = micro_f1(read_abstracts(folder / f"{name}.jsonl.gz"))
        print(f"{name}: micro-F1 {everything:.3f} over all sentences, {agreed:.3f} where confs >= 0.6")
    return 0


def read_abstracts(path: Path) -> list[Abstract]:
    """The abstracts of a file of CSAbstruct."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def learn(abstracts: list[Abstract]) -> None:
    """Fit the softmax and the log odds, and write them with one byte a weight."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for abstract in abstracts:
        for buckets, counts in sentence_features(abstract["sentences"]):
            columns += buckets.tolist()
            values += counts.tolist()
            ends.append(len(columns))
    labels = np.array([ROLES.index(label) for abstract in abstracts for label in abstract["labels"]])
    agreement = np.array([share for abstract in abstracts for share in abstract["confs"]])
    model = LogisticRegression(C=REGULARIZATION, max_iter=300)
    matrix = csr_matrix((values, columns, ends), shape=(len(labels), BUCKETS))
    model.fit(matrix, labels, sample_weight=agreement / agreement.mean())
    scale = np.abs(model.coef_).max(axis=1) / 127
    start, transitions = log_odds(abstracts)
    np.savez_compressed(
        WEIGHTS_FILE,
        features=np.round(model.coef_ / scale[:, None]).astype(np.int8).T,
        scale=scale.astype(np.float32),
        intercept=model.intercept_.astype(np.float32),
        start=(SEQUENCE_SHARE * start).astype(np.float32),
        transitions=(SEQUENCE_SHARE * transitions).astype(np.float32),
    )


def log_odds(abstracts: list[Abstract]) -> tuple[np.ndarray, np.ndarray]:
    """How much likelier each role is at the start, and after each other role, than anywhere."""
    start, transitions = np.ones(len(ROLES)), np.ones((len(ROLES), len(ROLES)))
    total = np.ones(len(ROLES))
    for abstract in abstracts:
        roles = [ROLES.index(label) for label in abstract["labels"]]
        start[roles[0]] += 1
        for role in roles:
            total[role] += 1
        for first, second in itertools.pairwise(roles):
            transitions[first, second] += 1
    anywhere = np.log(total / total.sum())
    return np.log(start / start.sum()) - anywhere, np.log(transitions / transitions.sum(1, keepdims=True)) - anywhere


def micro_f1(abstracts: list[Abstract]) -> tuple[float, float]:
    """The share of right labels: over all sentences, and over those on which at least 60% agreed."""
    rows = [
        (label == found, share)
        for abstract in abstracts
        for label, found, share in zip(
            abstract["labels"], label_sentences(abstract["sentences"]), abstract["confs"], strict=True
        )
    ]
    agreed = [right for right, share in rows if share >= 0.6]
    return sum(right for right, _ in rows) / len(rows), sum(agreed) / len(agreed)


if __name__ == "__main__":
    sys.exit(main())
