"""Which texts are arXiv ids."""

from __future__ import annotations

import pytest

from papers.arxiv_ids import parse_arxiv_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2510.00001", ("2510.00001", "")),
        ("arXiv:2510.00001v12", ("2510.00001", "v12")),
        ("0704.0001v1", ("0704.0001", "v1")),
        ("math.GT/0309136", ("math.GT/0309136", "")),
        ("hep-th/9901001v3", ("hep-th/9901001", "v3")),
        ("2510.1", None),
        ("２５１０.00001", None),  # digits of another script
        ("2510.00001v", None),
        ("https://arxiv.org/abs/2510.00001", None),
        ("2510.00001\n", None),
        ("", None),
    ],
)
def test_an_id_is_split_into_id_and_version(text: str, expected: tuple[str, str] | None) -> None:
    assert parse_arxiv_id(text) == expected
