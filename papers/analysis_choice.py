"""Which analysis of a paper counts where there are several, and how an extract reads in the other language.

An extract is an analysis that no model wrote: its sentences are the paper's own in either language.
"""

from __future__ import annotations

from collections.abc import Iterable

from papers.models import Analysis, Language, Openness

EXTRACTIVE = "extractive"  # the model of an analysis that was made without one


def next_action(found: Openness, language: Language) -> str:
    """What a reader can do next, by a rule over what is open: the one sentence of an extract that is written."""
    rules = (
        (found.code_url, "克隆代码仓库 {}，先复现其主要实验", "Clone {} and reproduce its main experiment first"),
        (
            found.weights_url,
            "下载权重 {}，在自己的数据上试用",
            "Download the weights at {} and try them on your own data",
        ),
        (
            found.data_url,
            "下载数据 {}，用它评估现有方法",
            "Download the data at {} and evaluate an existing method on it",
        ),
        (found.project_url, "查看项目页 {} 的演示与更新", "See the demonstrations on the project page {}"),
    )
    for url, chinese, english in rules:
        if url:
            return (f"{chinese}。" if language == "zh" else f"{english}.").format(url)
    if language == "zh":
        return "原文与列表均未给出代码，先精读方法与实验部分，再评估自行实现的成本。"
    return (
        "Neither paper nor listing gives code: read the method and experiments closely before deciding to implement it."
    )


def extract_in(analysis: Analysis, language: Language) -> Analysis:
    """An extract as it reads in `language`; any other analysis as it is."""
    if analysis.model != EXTRACTIVE or analysis.state != "done" or analysis.language == language:
        return analysis
    return analysis.model_copy(update={"language": language, "next_action": next_action(analysis.openness, language)})


def chosen(analyses: Iterable[Analysis]) -> list[Analysis]:
    """One analysis for each paper and language, where concurrent runs by different models left more: what was done
    before what was not, a model's before an extract, then by cache key; in the order of the rows.
    """
    best: dict[tuple[str, str], Analysis] = {}
    for row in analyses:
        name = (row.arxiv_id, row.language)
        if name not in best or _order(row) < _order(best[name]):
            best[name] = row
    return list(best.values())


def analysis_in(language: Language, analyses: Iterable[Analysis]) -> Analysis | None:
    """The analysis to print in `language`, of the analyses of one paper: a finished one before any other, then one in
    that language; an extract is as good in either. None where there is none.
    """
    ordered = sorted(chosen(analyses), key=lambda a: (a.state != "done", a.language != language))
    return extract_in(ordered[0], language) if ordered else None


def _order(row: Analysis) -> tuple[bool, bool, str]:
    return row.state != "done", row.model == EXTRACTIVE, row.cache_key
