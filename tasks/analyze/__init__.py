"""Stage analyze: one analysis a paper and language, every number checked against the text."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.models import Analysis, Language, Paper, Reading
from tasks.analyze.analyst import Analyst


@task(
    name="analyze paper",
    task_run_name="analyze {paper.arxiv_id} {language}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def analyze_paper_task(analyst: Analyst, paper: Paper, reading: Reading, language: Language) -> Analysis:
    """The analysis of `paper` in `language`; its failure is a state with a reason. Raises ModelUnreachable."""
    return await analyst.analyze(paper, reading, language)
