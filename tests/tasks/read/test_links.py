"""Which links are the paper's own."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.read.html.page import extract_html
from tasks.read.links import kind_of, links_in_text
from tests.tasks.read.builders import SENTENCE, page, para, section


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/owner/name", "code"),
        ("https://github.com/owner", None),
        ("https://gitlab.com/owner/name", "code"),
        ("https://huggingface.co/owner/model", "weights"),
        ("https://huggingface.co/datasets/owner/set", "data"),
        ("https://huggingface.co/papers/2510.14949", None),
        ("https://huggingface.co/spaces/owner/demo", "project"),
        ("https://owner.github.io/project/", "project"),
        ("https://zenodo.org/records/1", "data"),
        ("https://example.org/page", None),
        ("https://anonymous.4open.science/r/name-1/", "code"),
        ("https://huggingface.co/collections/owner/name", None),
        ("https://arxiv.org/abs/2510.14949", None),
        ("https://[broken", None),
    ],
)
def test_the_kind_follows_from_host_and_path(url: str, kind: str | None) -> None:
    assert kind_of(url) == kind


def text_links(*texts: str, section_name: str = "") -> list[tuple[str, str]]:
    blocks = [Block(id=f"b{n}", kind="paragraph", section=section_name, text=text) for n, text in enumerate(texts)]
    return [(link.kind, link.url) for link in links_in_text(blocks)]


def test_punctuation_after_an_address_is_not_part_of_it() -> None:
    assert text_links("Code (https://github.com/a/b). More: https://github.com/a/c_(d), github.com/e/f.") == [
        ("code", "https://github.com/a/b"),
        ("code", "https://github.com/a/c_(d)"),
        ("code", "https://github.com/e/f"),
    ]


def test_a_page_without_a_scheme_and_a_collection_of_models_count() -> None:
    assert text_links(
        "Project page: owner.github.io/Work. Our models are at https://huggingface.co/collections/a/b"
    ) == [
        ("project", "https://owner.github.io/Work"),
        ("weights", "https://huggingface.co/collections/a/b"),
    ]


def test_later_addresses_count_only_where_the_paper_offers_them() -> None:
    filler = SENTENCE * 80
    citing_sentence = "We compare with https://github.com/other/tool in this test."
    offering_sentence = "Our code is available at https://github.com/own/tool."
    assert text_links(filler, citing_sentence.replace("in this test", ""), offering_sentence)[-1:] == [
        ("code", "https://github.com/own/tool")
    ]
    assert ("code", "https://github.com/other/tool") not in text_links(
        filler, "Compared to https://github.com/other/tool"
    )


def test_links_without_visible_address_and_in_notes_are_found() -> None:
    note = (
        '<span class="ltx_note ltx_role_footnote"><span class="ltx_note_content">Code is released '
        '<a class="ltx_ref ltx_href" href="https://github.com/own/tool">here</a>.</span></span>'
    )
    authors = '<a class="ltx_ref ltx_href" href="https://own.github.io/">Project Page</a>'
    bibliography = (
        '<section class="ltx_bibliography"><a class="ltx_ref ltx_url" href="https://github.com/cited/x">x</a></section>'
    )
    links = extract_html(page(section("1 Introduction", para(f"We go{note}.")) + bibliography, authors=authors)).links
    assert [(link.kind, link.url) for link in links] == [
        ("project", "https://own.github.io/"),
        ("code", "https://github.com/own/tool"),
    ]
