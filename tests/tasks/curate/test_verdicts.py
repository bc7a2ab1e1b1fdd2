"""The curated post: each listed paper is picked, or skipped with a reason and a rule."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from papers.models import Analysis, Direction, Paper, Reading, Verdict
from papers.profile import Profile, load_profile
from papers.reasons import make_reason, reason_text
from papers.store import Store
from tasks.curate.editor_words import frequent_words
from tasks.curate.interests import directions_of, interest_points
from tasks.curate.trends import PastDirections, count_trends, past_directions
from tasks.curate.verdicts import curate
from tests.factories import DAY, analysis, paper, reading, verdict
from tests.plain import put_rows

DEFAULT = load_profile("default")
AGENT: dict[str, Any] = {"title": "An Agent for Agentic RL", "upvotes": 30}


def curated_verdict(p: Paper, r: Reading | None = None, a: Analysis | None = None) -> tuple[str, str, str]:
    got = curate([p], [r or reading()], [a or analysis()], DEFAULT)
    assert len(got) == 1
    return got[0].curated_decision, got[0].curated_rule, got[0].curated_reason


def test_a_paper_on_the_interests_is_picked() -> None:
    assert curated_verdict(paper(**AGENT))[:2] == ("pick", "pick")


REPORTED = make_reason("reported", date="2026-01-08", match=make_reason("same-id"))
CHANGED = make_reason("changed", changes=[make_reason("abstract-longer", added="We add.")])
TWIN = make_reason("on-list", id="0000.00002", match=make_reason("same-id"))


@pytest.mark.parametrize(
    ("fields", "rule", "reason"),
    [
        ({"dedupe_kind": "repeat", "dedupe_reason": REPORTED}, "repeat", "2026-01-08"),
        ({"dedupe_kind": "update", "dedupe_reason": CHANGED}, "update", 'abstract: added "We add."'),
        ({"dedupe_kind": "in-day", "dedupe_reason": TWIN}, "in-day", "already on this list"),
        ({"title": "Tea Pots", "abstract": "Cups.", "upvotes": 3}, "off-interest", "0 interest points (no direction)"),
        ({"title": "An Agent", "upvotes": 0}, "weak-signal", "0 upvotes, at least 1 required"),
        ({"title": "An Agent", "upvotes": None}, "weak-signal", "0 upvotes"),
        ({"title": "Position: Agents Plan"}, "excluded-position", "its title says “Position:”"),
        (
            {"abstract": "This position paper is on agents."},
            "excluded-position",
            "its abstract says “This position paper”",
        ),
        (
            {"abstract": "A mixed-methods study of agents."},
            "excluded-user-study",
            "its abstract says “A mixed-methods”",
        ),
    ],
)
def test_a_paper_is_skipped_by_the_rule(fields: dict[str, Any], rule: str, reason: str) -> None:
    most_upvoted = paper(2, title="Another Agent", upvotes=40)
    got = curate(
        [paper(**(AGENT | fields)), most_upvoted], [reading(1), reading(2)], [analysis(1), analysis(2)], DEFAULT
    )
    assert (got[0].curated_decision, got[0].curated_rule) == ("skip", rule)
    assert reason in got[0].curated_reason


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "A Survey of Agents"},
        {"title": "Agentic RL: A Technical Report"},
        {"abstract": "This position paper is on agents. We propose a framework for them."},
        {"title": "Protein Folding", "abstract": "Cells."},  # the day's only paper, and so its most upvoted
    ],
)
def test_surveys_reports_and_papers_with_a_method_can_be_picks(fields: dict[str, Any]) -> None:
    assert curated_verdict(paper(**(AGENT | fields)))[0] == "pick"


@pytest.mark.parametrize(
    ("inputs", "rule"),
    [
        ((reading(state="failed", reason=make_reason("no-reading")), analysis(state="failed")), "not-read"),
        (
            (reading(state="withdrawn", reason=make_reason("last-version-withdrawn")), analysis(state="failed")),
            "withdrawn",
        ),
        ((reading(), analysis(state="failed", reason=make_reason("answer-empty"))), "not-analyzed"),
        ((reading(), analysis(state="budget", reason=make_reason("dollar-budget", dollars="1"))), "budget"),
    ],
)
def test_what_was_not_read_or_analysed_is_not_picked(inputs: tuple[Reading, Analysis], rule: str) -> None:
    assert curated_verdict(paper(**AGENT), *inputs)[:2] == ("skip", rule)


def test_the_cut_of_the_day_skips_the_weaker_papers_and_gives_their_place() -> None:
    papers = [paper(n, **(AGENT | {"upvotes": 10 * n})) for n in range(1, 9)]
    got = curate(papers, [reading(n) for n in range(1, 9)], [analysis(n) for n in range(1, 9)], DEFAULT)
    pick_ids = [v.arxiv_id for v in got if v.curated_decision == "pick"]
    assert pick_ids == [f"0000.{n:05d}" for n in range(3, 9)]
    cut = next(v.pick_score for v in got if v.arxiv_id == "0000.00003")
    assert [(v.curated_rule, v.curated_reason) for v in got[:2]] == [
        ("below-cut", f"score {got[0].pick_score:.1f}, 8th of 8; the 6th pick has {cut:.1f}"),
        ("below-cut", f"score {got[1].pick_score:.1f}, 7th of 8; the 6th pick has {cut:.1f}"),
    ]


def test_every_listed_paper_has_one_verdict_in_any_order() -> None:
    papers = [paper(n, title=f"Agents and {n}", upvotes=n) for n in range(1, 20)]
    papers.append(paper(3, dedupe_kind="in-day", position=40))
    inputs = [reading(n) for n in range(1, 20)], [analysis(n) for n in range(1, 20)]
    in_order = curate(papers, *inputs, DEFAULT)
    assert [v.arxiv_id for v in in_order] == [p.arxiv_id for p in papers[:-1]]
    assert in_order[2].curated_rule != "in-day"
    random.Random(1).shuffle(papers)
    shuffled = curate(papers, *inputs, DEFAULT)
    assert sorted(shuffled, key=lambda v: v.arxiv_id) == in_order


def test_directions_keep_the_cue_and_its_place() -> None:
    abstract = "A world model\nof things, and agents in it: the world model plans, as world models do."
    one = paper(title="Plans", abstract=abstract, ai_keywords=["linear attention"])
    evidence = {d.name: d.evidence for d, _ in directions_of(one, [], DEFAULT)}
    assert evidence == {
        "World Model": "abstract: world model (3 times)",
    }
    other = paper(title="A World Model", abstract=abstract, ai_keywords=["linear attention"] * 3)
    evidence = {d.name: d.evidence for d, _ in directions_of(other, [], DEFAULT)}
    assert evidence == {
        "World Model": "title: World Model",
        "Attention": "keywords: linear attention",
        "Efficient LLM": "keywords: linear attention",
    }


def test_a_word_used_once_in_an_abstract_counts_only_where_nothing_else_does() -> None:
    alone = directions_of(paper(title="Plans", abstract="Clean reasoning for agents."), [], DEFAULT)
    assert [(d.name, points) for d, points in alone] == [("Reasoning", 0.5)]
    beside = directions_of(paper(title="An Agent", abstract="Clean reasoning for agents."), [], DEFAULT)
    assert [d.name for d, _ in beside] == ["Agent"]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Vector Quantization for Images", []),
        ("Vision-Language-Action Policies", ["VLA"]),
        ("Diffusion Language Models", ["Diffusion LLM"]),
        ("Diffusion Transformers", ["Diffusion"]),
        ("Feature Alignment for Depth", []),
        ("LLM Alignment", ["Alignment"]),
        ("Cross-Attention Maps", []),
    ],
)
def test_similar_words_are_not_cues(title: str, names: list[str]) -> None:
    assert [d.name for d, _ in directions_of(paper(title=title), [], DEFAULT)] == names


@pytest.mark.parametrize(
    ("title", "absent"),
    [
        ("Humanoid Control by Proximal Policy Optimization", "RLVR"),
        ("Lattices of Coupled Oscillators", "Attention"),
        ("Entropy Ratio Clipping", "Vision"),
        ("Game-Theoretic Alignment of LLMs", "Society and Interaction"),
        ("Fast Long Video Generation", "Video Understanding"),
        ("Screen Navigation for GUI Agents", "Robotics"),
        ("Robot Learning: A Tutorial", "Society and Interaction"),
        ("Reinforcement Fine-Tuning of Models", "Pretraining and Data"),
        ("A Binary Tokenizer for Multimodal Models", "Pretraining and Data"),
        ("Visual Reasoning with Looped Transformers", "Pretraining and Data"),
        ("VideoDPO for Video Generation", "Alignment"),
    ],
)
def test_cues_that_mislabel_are_none(title: str, absent: str) -> None:
    assert absent not in [d.name for d, _ in directions_of(paper(title=title), [], DEFAULT)]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Data Selection for Pretraining", "Pretraining and Data"),
        ("Text-to-Image Synthesis", "Image Generation"),
        ("Video Generation in Seconds", "Video Generation"),
        ("Speech Recognition", "Audio"),
        ("Gaussian Splatting", "3D"),
        ("Dexterous Grasping", "Robotics"),
        ("A Benchmark of Tools", "Evaluation"),
    ],
)
def test_each_wide_direction_has_cues(title: str, name: str) -> None:
    assert name in [d.name for d, _ in directions_of(paper(title=title), [], DEFAULT)]


def picks_of(papers: list[Paper], profile: Profile = DEFAULT) -> list[Verdict]:
    numbers = range(1, len(papers) + 1)
    verdicts = curate(papers, [reading(n) for n in numbers], [analysis(n) for n in numbers], profile)
    return sorted((v for v in verdicts if v.rating), key=lambda v: -(v.pick_score or 0))


def with_weights(**weights: float) -> Profile:
    other_weights = DEFAULT.curated.weights.model_copy(update=weights)
    return DEFAULT.model_copy(update={"curated": DEFAULT.curated.model_copy(update={"weights": other_weights})})


def test_the_most_upvoted_has_a_place_and_the_cut_names_it() -> None:
    papers = [paper(n, title=f"Agentic RL for LLM Agents {n}", upvotes=10) for n in range(1, 9)]
    papers.append(paper(9, title="Tea Pots", abstract="Cups.", upvotes=90))
    numbers = range(1, 10)
    verdicts = curate(papers, [reading(n) for n in numbers], [analysis(n) for n in numbers], with_weights(upvotes=0.0))
    assert verdicts[8].rating == 2
    assert "the day's most upvoted new paper (90 upvotes)" in verdicts[8].curated_reason
    left_out = [v for v in verdicts if v.curated_rule == "below-cut"]
    assert len(left_out) == 3
    assert all("0000.00009 has its place as the day's most upvoted paper" in v.curated_reason for v in left_out)


def test_a_trophy_is_left_out_only_by_its_own_rule() -> None:
    papers = [paper(n, title=f"Agentic RL for LLM Agents {n}", upvotes=10) for n in range(1, 9)]
    papers.append(paper(9, title="Tea Pots of an Agent", upvotes=5, github_stars=3000))
    numbers = range(1, 10)
    profile = with_weights(trophy=0.0, stars=0.0)
    verdicts = curate(papers, [reading(n) for n in numbers], [analysis(n) for n in numbers], profile)
    assert verdicts[8].curated_rule == "trophy-below-cut"
    assert "a trophy (Viral) adds points but gives no place" in verdicts[8].curated_reason


def test_a_must_read_has_a_signal_and_is_one_of_three() -> None:
    papers = [paper(n, title=f"Agentic RL for LLM Agents {n}", upvotes=10 + n) for n in range(1, 31)]
    assert [v.rating for v in picks_of(papers)] == [3, 3, 2, 2, 2, 2]
    without_votes = [p.model_copy(update={"upvotes": 0}) for p in papers]
    assert [v.rating for v in picks_of(without_votes)] == [2] * 6
    assert [v.rating for v in picks_of(papers[:2])] == [2, 2]


def test_the_reason_of_a_must_read_counts_as_the_rule_does() -> None:
    papers = [paper(n, title=f"An Agent {n}", abstract="", upvotes=n) for n in range(1, 14)]
    papers[9] = papers[9].model_copy(update={"abstract": "We run an agentic LLM agent.", "title": "Tea of an Agent"})
    profile = with_weights(upvotes=0.0)
    pick = next(v for v in picks_of(papers, profile) if v.arxiv_id == "0000.00010")
    assert pick.rating == 3
    assert pick.curated_reason.startswith("a must-read: 4th by upvotes, among the first 4 of 13, on Agent; ")
    chinese = reason_text(pick.curated, "zh", {"Agent": "智能体"})
    assert chinese.startswith("必读：点赞第 4，在 13 篇新论文的前 4 名之内，方向为智能体；")
    papers[9] = papers[9].model_copy(update={"upvotes": 8})  # the fifth place
    assert not [v for v in picks_of(papers, profile) if v.arxiv_id == "0000.00010" and v.rating == 3]


def test_words_are_named_as_they_are_written_and_only_if_they_name_a_subject() -> None:
    weights = {
        "horizon": 0.2,
        "agent": 0.1,
        "title:agent": 0.05,
        "only": 0.5,
        "benchmark": 0.09,
        "tea": 0.01,
        "l2": 0.6,
    }
    abstract = "Only long-horizon agents pass L2. Benchmarks of tea."
    words = frequent_words("Agents at a Horizon", abstract, ["L2", "tea"], weights)
    assert words == ["Horizon", "agents"]
    words = frequent_words("Agents at Last", abstract, ["long-horizon tasks", "benchmark"], weights)
    assert words == ["long-horizon", "agents", "Benchmarks"]
    assert frequent_words("Agents at Last", abstract, ["tea"], weights) == []  # one word alone says little


def test_the_reason_of_a_pick_names_the_words_that_earned_points() -> None:
    papers = [paper(n, title="Tea Pots", abstract="Cups.", upvotes=n) for n in range(1, 8)]
    fields = {
        "abstract": "LLM agents solve complex problems by search in language.",
        "ai_keywords": ["chain-of-thought"],
    }
    papers.append(paper(8, title="LLM Agents that Search", upvotes=1, **fields))
    pick = next(v for v in picks_of(papers) if v.arxiv_id == "0000.00008")
    assert "words that are frequent among editors' picks: “agents”, “search”; " in pick.curated_reason
    assert "用词多见于编辑所选的论文：“agents”、“search”；" in reason_text(pick.curated, "zh")


def test_the_name_of_the_work_is_no_word_of_editors() -> None:
    title, abstract = "FS-Researcher: Agents that Search", "FS-Researcher has agents that do research and search."
    assert "FS-Researcher" not in frequent_words(title, abstract, [])
    assert "agents" in frequent_words(title, abstract, [])


def test_the_reason_of_a_pick_says_what_earned_its_points() -> None:
    fields = {"organization": "OpenAI", "github_stars": 3000, "upvotes": 30}
    papers = [paper(n, title=f"Tea Pots {n}", upvotes=n) for n in range(1, 20)]
    papers += [paper(20, title="Agentic Model Technical Report", **fields), paper(21, title="Cups", upvotes=90)]
    pick = next(v for v in picks_of(papers) if v.arxiv_id == "0000.00020")
    assert pick.curated_reason.startswith(
        "2nd of 21 by upvotes; on Agent; a model or technical report; from a leading lab (OpenAI); 3000 stars; "
    )
    assert f"score {pick.pick_score:.1f}, 1st of " in pick.curated_reason
    chinese = reason_text(pick.curated, "zh", {"Agent": "智能体"})
    assert chinese.startswith(
        "点赞在 21 篇新论文中排第 2；属于关注的方向：智能体；模型或技术报告；来自重点机构 OpenAI；"
    )


def test_a_technical_report_has_the_direction_of_its_subject() -> None:
    def names(title: str) -> list[str]:
        return [d.name for d, _ in directions_of(paper(title=title, abstract="Tea."), [], DEFAULT)]

    assert names("Speech Technical Report") == ["Audio"]
    assert names("Great One Technical Report") == ["Pretraining and Data"]


def test_a_day_of_model_reports_alone_has_picks() -> None:
    papers = [paper(n, title=f"Model {n} Technical Report", upvotes=n) for n in range(1, 9)]
    picks = picks_of(papers)
    assert len(picks) == 6
    assert {v.kind for v in picks} == {"report"}


def test_equal_scores_go_by_upvotes_then_by_id_and_the_reason_says_so() -> None:
    papers = [paper(n, title="Agentic RL", abstract="") for n in range(1, 9)]
    numbers = range(1, 9)
    verdicts = curate(papers, [reading(n) for n in numbers], [analysis(n) for n in numbers], DEFAULT)
    assert [v.arxiv_id for v in verdicts if v.rating] == [f"0000.{n:05d}" for n in range(1, 7)]
    assert all("equal scores go by upvotes" in v.curated_reason for v in verdicts[6:])


def test_weights_of_zero_leave_the_order_to_upvotes() -> None:
    profile = with_weights(**dict.fromkeys(DEFAULT.curated.weights.model_fields, 0.0))
    papers = [paper(n, title=f"An Agent {n}", upvotes=n) for n in range(1, 9)]
    assert {v.arxiv_id for v in picks_of(papers, profile)} == {f"0000.{n:05d}" for n in range(3, 9)}


def test_a_further_direction_adds_less_than_the_first() -> None:
    directions = [(Direction(name=n, evidence=""), p) for n, p in (("A", 3.0), ("B", 2.0), ("C", 2.0), ("D", 1.0))]
    assert [interest_points(directions[:n]) for n in range(5)] == [0, 3, 4, 4.5, 4.75]


def test_papers_from_arxiv_and_days_without_upvotes_need_no_votes() -> None:
    assert curated_verdict(paper(title="An Agent", source="arxiv"))[1] == "pick"
    assert curated_verdict(paper(title="Agentic RL for Agents", upvotes=0))[1] == "pick"


def test_directions_of_a_model_replace_the_cues() -> None:
    one = paper(title="World Models")
    directions = directions_of(one, [analysis(directions=["RLVR", "no such direction"])], DEFAULT)
    assert [(d.name, d.evidence) for d, _ in directions] == [("RLVR", "model: RLVR")]


def test_trends_are_counts_of_the_new_papers(folder_store: Store) -> None:
    before = [verdict(1), verdict(2, rank=None), verdict(3, directions=[])]
    for back in (1, 28, 29):
        put_rows(folder_store, "curation", DAY - dt.timedelta(days=back), before)
    trends = count_trends([verdict(7), verdict(8, rank=None)], past_directions(folder_store, DAY))
    assert [t.model_dump() for t in trends] == [
        {
            "direction": "Agent",
            "count": 1,
            "total": 1,
            "trailing_count": 2,
            "trailing_total": 4,
            "trailing_days": 2,
            "change": 0.5,
            "low": -0.3672,
            "high": 0.85,
        }
    ]


def test_a_day_without_history_and_without_papers_has_no_trends() -> None:
    assert count_trends([], PastDirections({}, 0, 0)) == []
