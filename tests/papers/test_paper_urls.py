from __future__ import annotations

import pytest

from papers.paper_urls import public_address


@pytest.mark.parametrize(
    ("fetched", "public"),
    [
        ("http://127.0.0.1:8000/html/2510.14975v1#S1", "https://arxiv.org/html/2510.14975v1#S1"),
        ("http://mirror.example/pdf/2510.14975", "https://arxiv.org/pdf/2510.14975"),
        ("http://mirror.example/papers/2510.14975", "https://huggingface.co/papers/2510.14975"),
        ("https://arxiv.org/abs/2510.14975", "https://arxiv.org/abs/2510.14975"),
        ("https://github.com/a/html", "https://github.com/a/html"),
    ],
)
def test_documents_have_their_public_address(fetched: str, public: str) -> None:
    assert public_address(fetched) == public
