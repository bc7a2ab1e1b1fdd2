"""Measures the extract, the analysis without a model: `python -m tests.bench.bench_extract`.

The parts, of which arguments choose some (`make bench-extract ARGS="roles abstracts"`):

- roles: micro-F1 of the sentence roles on the development part of CSAbstruct, and the roles of what is chosen there
- abstracts: faults of form in the extracts of all listed abstracts; contributions missing or beside the work
- papers: how many of the recorded papers, read whole, get a contribution, results, usage, limitations
- cost: CPU of the extracts of a day of 35 papers

`--against FOLDER` measures another checkout in the same run. `--misses N` prints N examples of each fault. Exits with 1
if a bound is missed, with 2 without the recordings.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.analyze.extractive.entity_names import short_name
from tasks.analyze.extractive.roles import ROLES, label_sentences
from tests.bench import extract_documents
from tests.bench.bounds import check, finish, print_line
from tests.bench.extract_documents import Document
from tests.shared import SHARED

HERE = Path(__file__).resolve().parents[2]
PARTS = ("roles", "abstracts", "papers", "cost")
AGREED = 0.6  # the share of people from which a label counts as agreed
COST_RUNS = 3  # of each checkout, in turn; the least counts
MOST_RATIO = 1.5
Extract = dict[str, Any]  # {"fields", "quotes", "numbers"} of extract_run.py

_PROPOSES = re.compile(
    r"\b(?:we|this (?:paper|work|study|report)) (?:\w+ )?(?:propose|introduce|present)s?\b", re.IGNORECASE
)
_WRONG_BEGINNING = re.compile(r"[a-z)\]}](?![A-Z\d-])|(?:it|this|these)\b", re.IGNORECASE)
_LOWER_BEGINNING = re.compile(r"[a-z](?![A-Z\d^-]|[a-z][A-Z])")
_COMMAND = re.compile(r"\\[A-Za-z%&_#$,]|\$[^$\d][^$]*\$|``")
_WHOLE = re.compile(r"[.!?。！？][\"'”’)\]]*$")
_ALSO = re.compile(r"\b(?:we|and) (?:also|further(?:more)?|additionally)\b", re.IGNORECASE)


def extracts_of(checkout: Path, documents: list[Document]) -> tuple[list[Extract], float]:
    """The extracts by the code of a checkout, and their CPU seconds."""
    script = Path(__file__).with_name("extract_run.py")
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work.json"
        work.write_text(json.dumps(documents, ensure_ascii=False), encoding="utf-8")
        output = subprocess.run(
            [sys.executable, str(script), str(work)],
            cwd=checkout, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if output.returncode:
        raise SystemExit(f"The extract failed with the code of {checkout}:\n{output.stderr[-2000:]}")
    result = json.loads(output.stdout)
    if Path(result["checkout"]) != checkout.resolve():
        raise SystemExit(f"The code of {result['checkout']} was measured instead of {checkout}.")
    return result["extracts"], result["seconds"]


# --- roles ---------------------------------------------------------------------------------------------------------


def measure_labels(abstracts: list[dict[str, Any]]) -> None:
    """Print micro-F1 and the F1 of each role, of this checkout's labels."""
    rows = [
        (label, found, share)
        for a in abstracts
        for label, found, share in zip(a["labels"], label_sentences(a["sentences"]), a["confs"], strict=True)
    ]
    for least, bound in ((0.0, 0.66), (AGREED, 0.80)):
        some = [(label, found) for label, found, share in rows if share >= least]
        right = sum(label == found for label, found in some) / len(some)
        check(right >= bound, f"roles, confs >= {least}: micro-F1 {right:.3f} of {len(some)} sentences  >= {bound}")
        print_line("        " + ", ".join(f"{role} {_f1(some, role):.2f}" for role in ROLES))


def _f1(rows: list[tuple[str, str]], role: str) -> float:
    hits = sum(label == found == role for label, found in rows)
    return 2 * hits / (sum(label == role for label, _ in rows) + sum(found == role for _, found in rows) or 1)


def measure_chosen(abstracts: list[dict[str, Any]], extracts: list[Extract], name: str, bound: bool) -> None:
    """Print the labels of the sentences chosen as contribution and results; only those that people agreed on count."""
    labels: dict[str, Counter[str]] = {"contribution": Counter(), "results": Counter()}
    with_result = without = 0
    for abstract, extract in zip(abstracts, extracts, strict=True):
        agreed = [
            (s, label)
            for s, label, share in zip(abstract["sentences"], abstract["labels"], abstract["confs"], strict=True)
            if share >= AGREED
        ]
        fields = extract["fields"]
        for part, texts in (
            ("contribution", [fields["contribution"] or ""]),
            ("results", [r["finding"] for r in fields["results"]]),
        ):
            labels[part].update(label for s, label in agreed if any(_same_sentence(s, text) for text in texts))
        if any(label == "result" for _, label in agreed):
            with_result += 1
            without += not fields["results"]
    contribution, results = labels["contribution"], labels["results"]
    background = contribution["background"] / (contribution.total() or 1)
    right = results["result"] / (results.total() or 1)
    missing = without / (with_result or 1)
    print_line(f"  {name}: contributions {dict(contribution)}, results {dict(results)}")
    figures = (
        (background <= 0.08, f"contributions labelled background {background:.1%} of {contribution.total()}  <= 8%"),
        (right >= 0.80, f"results labelled result {right:.1%} of {results.total()}  >= 80%"),
        (missing <= 0.06, f"abstracts with an agreed result that get none {missing:.1%} of {with_result}  <= 6%"),
    )
    for holds, text in figures:
        check(holds, text) if bound else print_line(f"        {text}")


def _same_sentence(sentence: str, text: str) -> bool:
    """Whether a cleaned text is this sentence: the words of each are nearly those of the other."""
    one, other = set(re.findall(r"\w+", sentence.lower())), set(re.findall(r"\w+", text.lower()))
    return bool(other) and len(one & other) >= 0.8 * len(other) and len(one & other) >= 0.6 * len(one)


def roles(checkouts: list[tuple[str, Path]]) -> None:
    """The part `roles`."""
    print_line("\nroles: the development part of CSAbstruct")
    abstracts = extract_documents.labeled_abstracts("dev")
    measure_labels(abstracts)
    documents = [
        extract_documents.document(f"0000.{n:05}", "?", " ".join(a["sentences"]), []) for n, a in enumerate(abstracts)
    ]
    for name, checkout in checkouts:
        measure_chosen(abstracts, extracts_of(checkout, documents)[0], name, bound=checkout == HERE)


# --- abstracts -----------------------------------------------------------------------------------------------------


def parts_of(extract: Extract) -> Iterator[tuple[str, str]]:
    """(part, text) of everything that an edition prints as sentences."""
    fields = extract["fields"]
    for name in ("contribution", "contribution_short", "insight", "limitations", "suited_for", "abstract_short"):
        if fields[name]:
            yield name, fields[name]
    yield from (("usage", text) for text in fields["usage"].values() if text)
    yield from (("innovations", i["text"]) for i in fields["innovations"])
    yield from (("results", r["finding"]) for r in fields["results"])
    yield from (("highlights", text) for text in fields["highlights"])


def faults_of(document: Document, extract: Extract) -> Iterator[tuple[str, str]]:
    """(fault, text) of an extract."""
    title_tail = " ".join(document["title"].partition(":")[2].split())
    for part, text in parts_of(extract):
        if _LOWER_BEGINNING.match(text) or text[0] in ")]}" or re.match(r"(?:it|this|these)\b", text, re.IGNORECASE):
            yield "begins in the middle", f"{part}: {text}"
        if _COMMAND.search(text):
            yield "LaTeX", f"{part}: {text}"
        if not _WHOLE.search(text) and not (part == "contribution_short" and text.lower() == title_tail.lower()):
            yield "ends inside a sentence", f"{part}: {text}"
        if part == "highlights" and len(text) > 220:
            yield "highlight too long", text
    contribution = extract["fields"]["contribution"]
    if contribution is None:
        if _PROPOSES.search(" ".join(document["abstract"].split())):
            yield "proposes, but no contribution", document["abstract"]
        return
    if _beside_the_work(document, contribution):
        yield "contribution beside the work of the title", f"{document['title']} | {contribution}"


def _beside_the_work(document: Document, contribution: str) -> bool:
    """Whether another proposing sentence names the work of the title and this one does not, or this one adds to it."""
    if _ALSO.search(contribution[:60]):
        return True
    name = short_name(document["title"], document["abstract"])
    if name is None or name not in document["title"] or name in contribution:
        return False
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(document["abstract"].split()))
    named = re.compile(rf"(?<![\w/]){re.escape(name)}(?!\w)")
    return any(_PROPOSES.search(s) and named.search(s) and not _ALSO.search(s) for s in sentences)


def abstracts(checkouts: list[tuple[str, Path]], misses: int) -> None:
    """The part `abstracts`."""
    documents = extract_documents.listed_abstracts()
    print_line(f"\nabstracts: {len(documents)} listed abstracts")
    for name, checkout in checkouts:
        extracts, _ = extracts_of(checkout, documents)
        faults: dict[str, list[str]] = {}
        for document, extract in zip(documents, extracts, strict=True):
            for fault, text in faults_of(document, extract):
                faults.setdefault(fault, []).append(text)
        parts = sum(1 for e in extracts for _ in parts_of(e))
        numbers = sum(e["numbers"] for e in extracts)
        filled = ", ".join(
            f"{part} {_share(extracts, part):.0%}" for part in ("contribution", "results", "innovations")
        )
        print_line(f"  {name}: {parts} texts, {numbers} numbers counted; abstracts with {filled}")
        for fault in sorted({*faults, *(_FAULTS if checkout == HERE else ())}):
            texts = faults.get(fault, [])
            if checkout == HERE:
                check(len(texts) <= _FAULTS[fault], f"{fault}: {len(texts)}  <= {_FAULTS[fault]}")
            else:
                print_line(f"        {fault}: {len(texts)}")
            for text in texts[:misses]:
                print_line(f"          {text[:400]}")


_FAULTS = {
    "begins in the middle": 0, "LaTeX": 0, "ends inside a sentence": 0, "highlight too long": 0,
    "proposes, but no contribution": 0,
    "contribution beside the work of the title": 1,  # "V_0.5" reads as a number and fails its check
}  # fmt: skip


def _share(extracts: list[Extract], part: str) -> float:
    return sum(_has(e, part) for e in extracts) / len(extracts)


def _has(extract: Extract, part: str) -> bool:
    value = extract["fields"][part]
    return any(value.values()) if isinstance(value, dict) else bool(value)


# --- papers, cost --------------------------------------------------------------------------------------------------


def papers(checkouts: list[tuple[str, Path]], misses: int) -> None:
    """The part `papers`."""
    documents = extract_documents.whole_papers()
    print_line(f"\npapers: {len(documents)} recorded papers, read whole")
    bounds = {"contribution": 0.95, "results": 0.80, "usage": 0.60, "limitations": 0.30}
    for name, checkout in checkouts:
        extracts, _ = extracts_of(checkout, documents)
        print_line(f"  {name}:")
        for part, bound in bounds.items():
            text = f"{part} printed for {sum(_has(e, part) for e in extracts)} of {len(extracts)}  >= {bound:.0%}"
            if checkout == HERE:
                check(_share(extracts, part) >= bound, text)
            else:
                print_line(f"        {text}")
            without = [d["id"] for d, e in zip(documents, extracts, strict=True) if not _has(e, part)]
            if misses and without:
                print_line(f"          none: {', '.join(without)}")


def cost(checkouts: list[tuple[str, Path]]) -> None:
    """The part `cost`."""
    documents = extract_documents.day_documents()
    whole = sum(d["source"] != "abs" for d in documents)
    print_line(f"\ncost: {len(documents)} papers of {extract_documents.DAY}, {whole} read whole")
    seconds: dict[str, list[float]] = {name: [] for name, _ in checkouts}
    for _ in range(COST_RUNS):
        for name, checkout in checkouts:
            seconds[name].append(extracts_of(checkout, documents)[1])
    for name, runs in seconds.items():
        print_line(f"  {name}: {min(runs):.2f} s CPU ({', '.join(f'{s:.2f}' for s in runs)})")
    if len(checkouts) > 1:
        ratio = min(seconds[checkouts[0][0]]) / min(seconds[checkouts[1][0]])
        check(ratio <= MOST_RATIO, f"{ratio:.2f} times the CPU of {checkouts[1][0]}  <= {MOST_RATIO}")


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    return output.stdout.strip() or "no commit"


def main() -> int:
    """Run the parts; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"some of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="measure this checkout too")
    parser.add_argument("--misses", type=int, default=0, help="examples of each fault to print")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not (SHARED / "recorded").is_dir() or not (SHARED / "roles").is_dir():
        print_line(f"{SHARED} has no recorded inputs")
        return 2
    checkouts = [("this checkout", HERE)]
    if options.against:
        checkouts.append((f"{options.against.resolve().name} ({_commit(options.against)})", options.against.resolve()))
    chosen = options.parts or PARTS
    if "roles" in chosen:
        roles(checkouts)
    if "abstracts" in chosen:
        abstracts(checkouts, options.misses)
    if "papers" in chosen:
        papers(checkouts, options.misses)
    if "cost" in chosen:
        cost(checkouts)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
