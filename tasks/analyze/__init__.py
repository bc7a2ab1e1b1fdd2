"""Stage analyze: one analysis a paper and language, every number checked against the text."""

from __future__ import annotations

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from papers.models import Analysis, Language, Paper, Reading
from papers.numbers.normalization import spell, squeeze
from papers.numbers.parser import parse
from tasks.analyze.analyst import Analyst
from tasks.analyze.grounding.paper_text import words_of


def forget_texts() -> None:
    """Let go of what is kept of the texts that were analysed: it serves one paper's many checks, and no other's."""
    for kept in (spell, squeeze, words_of, parse):
        kept.cache_clear()


@task(
    name="analyze paper",
    task_run_name="analyze {paper.arxiv_id} {language}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def analyze_paper_task(analyst: Analyst, paper: Paper, reading: Reading, language: Language) -> Analysis:
    """The analysis of `paper` in `language`; its failure is a state with a reason. Raises ModelUnreachable."""
    analysis = await analyst.analyze(paper, reading, language)
    log, tokens = get_run_logger(), analysis.input_tokens + analysis.output_tokens
    if analysis.state == "done":
        said = (language, analysis.numbers_grounded, analysis.numbers_total, tokens)
        log.info("%s: analysed (%s): %d of %d numbers grounded, %d tokens", paper.arxiv_id, *said)
    else:
        log.warning("%s: analysis (%s) %s: %s", paper.arxiv_id, language, analysis.state, analysis.reason)
    return analysis
