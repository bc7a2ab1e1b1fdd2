from __future__ import annotations

import pytest

from papers.models import Openness
from papers.paper_urls import canonical_address, public_address, repository_name, work_links
from tests.factories import paper


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


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://github.com/a/b/blob/main/", "https://github.com/a/b"),
        ("https://github.com/a/b/tree/main/sub-folder", "https://github.com/a/b"),
        ("http://www.github.com/a/b.git?tab=readme#top", "https://github.com/a/b"),
        ("https://github.com/a/b/sub-folder", "https://github.com/a/b"),
        ("https://gitlab.com/a/b/-/tree/main", "https://gitlab.com/a/b"),
        ("https://github.com/orgs/a", "https://github.com/orgs/a"),
        ("https://huggingface.co/a/b/tree/main", "https://huggingface.co/a/b"),
        ("https://hf.co/datasets/a/b/", "https://huggingface.co/datasets/a/b"),
        ("http://127.0.0.1:80/papers/2510.14975", "https://huggingface.co/papers/2510.14975"),
        ("https://a.github.io/tree/", "https://a.github.io/tree/"),
        ("http://[bad/x", "http://[bad/x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("", ""),
    ],
)
def test_links_are_canonical(address: str, canonical: str) -> None:
    assert canonical_address(address) == canonical


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://huggingface.co/datasets/a/b", "a/b"),
        ("https://github.com/a/b/tree/x", "a/b"),
        ("https://github.com/orgs/a", None),
        ("https://a.example/b/c", None),
    ],
)
def test_repositories_have_names(address: str, name: str | None) -> None:
    assert repository_name(address) == name


def test_each_address_is_linked_once() -> None:
    listed = paper(github_url="https://github.com/a/b", project_url="https://github.com/a/b/tree/main/demo")
    assert work_links(listed, Openness()) == {"code": "https://github.com/a/b"}
    weights = Openness(weights_url="https://huggingface.co/a/b", project_url="https://huggingface.co/a/b/")
    assert work_links(paper(), weights) == {"weights": "https://huggingface.co/a/b"}
    assert work_links(paper(project_url="https://arxiv.org/abs/0000.00001v2"), Openness()) == {
        "project": "https://arxiv.org/abs/0000.00001v2"
    }
    assert work_links(paper(project_url="https://arxiv.org/abs/0000.00001"), Openness()) == {}
