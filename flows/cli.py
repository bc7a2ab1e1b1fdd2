"""The command line. It only reads what the user says and shows what became of it; the flows do the work."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows import ephemeral
from flows.server import PORT, TAG, running_server
from papers.errors import DailyPapersError, UsageError
from papers.extracts import EXTRACTIVE
from papers.settings import PREFIX, SAMPLE, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

DateOption = Annotated[str | None, typer.Option("--date", help="YYYY-MM-DD")]
StoreOption = Annotated[str | None, typer.Option("--store", help="a folder, or s3://bucket/prefix")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="a profile's name, or a TOML file")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="of the analysis: zh, en or zh,en")]
ModelOption = Annotated[str | None, typer.Option("--model", help="extractive, or a model of pydantic-ai")]


class Infrastructure(StrEnum):
    """What a work pool starts flow runs in."""

    process = "process"
    docker = "docker"
    kubernetes = "kubernetes"


InfrastructureOption = Annotated[Infrastructure, typer.Option("--infrastructure", help="what flow runs are started in")]


class Form(StrEnum):
    """How a document is printed."""

    md = "md"
    json = "json"


class Rows(StrEnum):
    """How the rows of a query are given."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def main() -> None:
    """Run the command; the exit code is the design's: 0 done, 1 partly, 2 usage, 3 unreachable."""
    _quiet_prefect()
    try:
        app()
    except DailyPapersError as error:
        err.print(f"error: {escape(str(error))}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; what was finished is kept, and the same command goes on from there")
        sys.exit(130)


def _quiet_prefect() -> None:
    """Prefect's own console lines and analytics off, unless the user set them: the run says what happens itself.

    And the server that `up` has started, for whatever command this is; without one Prefect starts an ephemeral one.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")  # as the deployments: see flows/setup.py
    if url := running_server():
        os.environ.setdefault("PREFECT_API_URL", url)


def _set(**values: str | None) -> None:
    """Settings of the command line, which win over the environment."""
    os.environ.update({PREFIX + name.upper(): value for name, value in values.items() if value is not None})


def _flow(languages: int, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    from prefect import tags

    from flows.progress import shown

    ephemeral.wait()
    with shown(languages), tags(TAG):
        return asyncio.run(call())


@app.command()
def run(
    date: DateOption = None,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
    from_raw: Annotated[
        bool, typer.Option("--from-raw", help="no request: from the pages that the store keeps")
    ] = False,
) -> None:
    """Report one date, or the newest listed day and the gaps of the last days."""
    from flows.dates import parse_date

    day = parse_date(date) if date else None
    if from_raw and day is None:
        raise UsageError("--from-raw needs the date that is to be made again: --date YYYY-MM-DD")
    _set(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    ephemeral.start()
    from flows.daily import daily

    reports = _flow(len(settings.language), lambda: daily(day, settings.profile, from_raw=from_raw))
    for report in reports:
        _show(report)
    if any(r.failed for r in reports):
        sys.exit(1)


@app.command()
def backfill(
    start: Annotated[str, typer.Argument(help="YYYY-MM-DD, the first date")],
    end: Annotated[str, typer.Argument(help="YYYY-MM-DD, the last date")],
    deploy: Annotated[
        bool, typer.Option("--deploy", help="on the Prefect server's workers, as runs of daily/daily")
    ] = False,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
) -> None:
    """Report every date of a range that is not complete yet, oldest first; the same command again goes on."""
    from flows.dates import parse_date

    first, last = parse_date(start), parse_date(end)
    _set(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    ephemeral.start()
    from flows.backfill import DatesLeft
    from flows.backfill import backfill as backfill_flow

    try:
        report = _flow(
            len(settings.language), lambda: backfill_flow(first, last, profile, language, model, deploy=deploy)
        )
    except DatesLeft as error:
        _show_dates(error.report)
        raise
    _show_dates(report)


@app.command()
def rerender(date: DateOption = None, store: StoreOption = None, profile: ProfileOption = None) -> None:
    """Write the editions of one date, or of all dates, again from the snapshots."""
    from flows.dates import parse_date

    day = parse_date(date) if date else None
    _set(store=store, profile=profile)
    ephemeral.start()
    from flows.rerender import rerender as rerender_flow

    keys = _flow(1, lambda: rerender_flow(day))
    out.print(f"{len(keys)} editions rendered in {load_settings().store}")


@app.command()
def refresh(
    days: Annotated[int, typer.Option("--days", min=1, help="how many of the last days")] = 7,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
) -> None:
    """Fetch the lists of the last days again: later upvotes and stars, and papers listed late."""
    _set(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    ephemeral.start()
    from flows.refresh import refresh as refresh_flow

    reports = _flow(len(settings.language), lambda: refresh_flow(days, settings.profile))
    for report in reports:
        _show(report)
    if not reports:
        out.print(f"{settings.store} holds none of the last {days} days. Next: daily-papers run")
    if any(r.failed for r in reports):
        sys.exit(1)


@app.command()
def roundup(
    period: Annotated[str, typer.Argument(help="2026-W08, 2026-02, last-week or last-month")],
    store: StoreOption = None,
    profile: ProfileOption = None,
) -> None:
    """Write the roundup of a week or a month from the snapshots: the best, what rises, the trends, the coverage."""
    _set(store=store, profile=profile)
    ephemeral.start()
    from flows.roundup import roundup as roundup_flow

    keys = _flow(1, lambda: roundup_flow(period))
    root = load_settings().store
    for key in keys:
        out.print(f"  {_where(root, key)}")


@app.command()
def watch(store: StoreOption = None, profile: ProfileOption = None) -> None:
    """Fail (exit code 1) when the newest listed day has no complete snapshot."""
    _set(store=store, profile=profile)
    from flows.watch import watch as watch_flow

    date = _flow(1, lambda: watch_flow(load_settings().profile))
    out.print(f"{date}: complete in {load_settings().store}")


@app.command()
def setup(
    infrastructure: InfrastructureOption = Infrastructure.process,
    lost_after: Annotated[
        float | None, typer.Option("--lost-after", min=1, help="seconds without a heartbeat (one in 30 s): crashed")
    ] = None,
) -> None:
    """Make what the deployments need on the Prefect server: work pool, limits, automations, variables, blocks."""
    _set_up(infrastructure, lost_after)


def _set_up(infrastructure: Infrastructure, lost_after: float | None = None) -> None:
    from flows.setup import LOST_AFTER, set_up

    made = asyncio.run(set_up(load_settings(), infrastructure.value, lost_after or LOST_AFTER))
    out.print(
        f"work pool {made.pool} ({infrastructure}); limits: " + ", ".join(f"{n} {k}" for n, k in made.limits.items())
    )
    out.print("automations: " + "; ".join(made.automations))
    out.print("variables: " + ", ".join(f"{name}={value}" for name, value in made.variables.items()))
    if not made.address:
        err.print("warning: a failed run is told to nobody: set DAILY_PAPERS_ALERT_URL and run this again")


@app.command()
def up(
    workers: Annotated[int, typer.Option("--workers", min=1, help="worker processes on this machine")] = 1,
    port: Annotated[int, typer.Option("--port", help="of the server; 0: any free one")] = PORT,
) -> None:
    """Start Prefect's server and workers here, with limits, automations and deployments; `down` ends them."""
    from flows import server

    load_settings()  # a fault in them is told before anything is started
    record, fresh = server.start(port)
    os.environ["PREFECT_API_URL"] = f"{record['url']}/api"
    out.print(f"server: {'started' if fresh else 'runs already'}")
    _set_up(Infrastructure.process)
    record = server.start_workers(record, workers)  # they come up while the deployments are made
    server.deploy(record, server.deployments_file())
    out.print(f"deployments: {server.deployments_file()}; workers: {len(record['workers'])}")
    out.print(f"UI: {record['url']}")
    out.print(f"logs: {server.home()}/daily-papers-*.log; daily-papers down ends all of it")


@app.command()
def down() -> None:
    """End what `up` has started; a run that is cut off can be retried and goes on from where it was."""
    from flows import server

    ended = server.stop()
    out.print(f"ended {len(ended)} processes" if ended else "nothing of `daily-papers up` runs")


@app.command()
def site(
    serve: Annotated[bool, typer.Option("--serve", help="and serve it until stopped")] = False,
    full: Annotated[bool, typer.Option("--full", help="make every page again, and remove what no page is")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="of the server; 0: a free one")] = 8000,
    host: Annotated[str, typer.Option("--host", help="of the server")] = "127.0.0.1",
    store: StoreOption = None,
    profile: ProfileOption = None,
) -> None:
    """Bring the site up to date with the store: the days that changed, or with --full all of it."""
    _set(store=store, profile=profile)
    from flows.publish import site as site_flow

    report = _flow(1, lambda: site_flow(full))
    root = load_settings().store
    out.print(f"{len(report.days)} days made again, {report.written} files written: {_where(root, 'site/index.html')}")
    for warning in report.warnings:
        err.print(f"warning: {escape(warning)}")
    if serve:
        _serve(root, host, port)


def _serve(root: str, host: str, port: int) -> None:
    """Serve the site until the user stops it."""
    from papers.store import open_store
    from tasks.publish.serve import site_server

    try:
        server = site_server(open_store(root), host, port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{host}:{port} cannot be served on: {error}. Next: another --port, or --port 0") from error
    with server:
        out.print(f"http://{host}:{server.server_port}/  (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("stopped")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SELECT … FROM papers, readings, analyses, curation, runs …")],
    store: StoreOption = None,
    form: Annotated[Rows, typer.Option("--form", help="how rows are printed or written")] = Rows.table,
    output: Annotated[Path | None, typer.Option("--output", help="a file, instead of printing")] = None,
) -> None:
    """SQL over the snapshots: a table for each dataset (docs/tables.md), with the column date."""
    from papers.query import rows_of, run_query, write_result
    from papers.store import open_store

    _set(store=store)
    found = run_query(open_store(load_settings().store), sql)
    if output is not None and form is Rows.table:
        form = Rows(output.suffix[1:]) if output.suffix in (".csv", ".json", ".parquet") else Rows.csv
    if form is Rows.parquet and output is None:
        raise UsageError("a Parquet file needs a name: --output FILE")
    if form is not Rows.table:
        write_result(found, output or Path("/dev/stdout"), form)
        return
    names, rows = rows_of(found)
    table = Table(*names)
    for row in rows:
        table.add_row(*(escape("" if value is None else str(value)) for value in row))
    wide = out if out.is_terminal else Console(width=200, highlight=False)
    wide.print(table)


@app.command()
def doctor(store: StoreOption = None, model: ModelOption = None) -> None:
    """Whether the store, the sites, the model and the Prefect server can be used."""
    _set(store=store, model=model)
    from flows.doctor import examine

    lines = asyncio.run(examine(load_settings()))
    for line in lines:
        out.print(f"{line.state:5}  {line.name:22}  {escape(line.what)}")
    if any(line.state == "fault" for line in lines):
        sys.exit(1)


@app.command()
def fsck(
    store: StoreOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="mend what can be mended; all is copied first")] = False,
) -> None:
    """Check every object of the store, and the datasets against each other."""
    _set(store=store)
    from papers.fsck import check_store
    from papers.store import open_store

    faults = notes = 0
    opened = open_store(load_settings().store)
    for found in check_store(opened, repair):
        faults, notes = faults + (found.level == "fault"), notes + (found.level == "note")
        done = f" Repaired: {found.repaired}." if found.repaired else ""
        out.print(escape(f"{found.level:5}  {found.key}: {found.what}.{done} Next: {found.next}"))
    out.print(f"{opened.root}: {faults} faults, {notes} notes")
    if faults:
        sys.exit(1)


@app.command()
def reindex(store: StoreOption = None) -> None:
    """Make the index of all listed papers anew from the snapshots."""
    _set(store=store)
    from papers.index import rebuild_index
    from papers.store import open_store

    opened = open_store(load_settings().store)
    out.print(f"{opened.root}: {rebuild_index(opened)} listed papers in the index")


@app.command()
def demo(store: StoreOption = "./demo") -> None:
    """Run the bundled sample day: no key, no network."""
    from papers.sample import SAMPLE_DAYS

    _set(store=store, hf_url=SAMPLE, arxiv_url=SAMPLE, model=EXTRACTIVE, language="zh,en", profile="default")
    ephemeral.start()
    from flows.daily import daily

    for day in SAMPLE_DAYS:
        for report in _flow(2, lambda day=day: daily(day)):  # type: ignore[misc]
            _show(report)
    root = load_settings().store
    out.print(f"the site: {_where(root, 'site/index.html')}; to look at it: daily-papers site --serve --store {root}")


@app.command()
def read(
    source: Annotated[str, typer.Argument(help="an arXiv id, an address, or an .html or .pdf file")],
    form: Annotated[Form, typer.Option("--format", help="md or json")] = Form.md,
    title: Annotated[str | None, typer.Option(help="the title that it must have")] = None,
    abstract: Annotated[str | None, typer.Option(help="the abstract that it must have")] = None,
) -> None:
    """Print what is read of a document, or why it is refused (exit code 1)."""
    from flows.documents import read_document

    found = asyncio.run(read_document(source, title, abstract, load_settings()))
    sys.stdout.write(found.as_json() + "\n" if form is Form.json else found.as_markdown())
    sys.exit(0 if found.accepted else 1)


@app.command()
def check(
    claims: Annotated[Path, typer.Argument(help='JSON lines: {"text": ..., "quote": ... (optional)}')],
    against: Annotated[str, typer.Option("--against", help="a source as in `read`, or a text file")],
) -> None:
    """Print a JSON line a claim: each of its numbers, and whether the source holds it."""
    from flows.documents import check_file

    for verdict in asyncio.run(check_file(claims, against, load_settings())):
        sys.stdout.write(json.dumps(verdict, ensure_ascii=False) + "\n")


@app.command()
def status(
    store: StoreOption = None,
    cost: Annotated[bool, typer.Option("--cost", help="tokens and dollars, by day and month")] = False,
) -> None:
    """What the store holds, a line a date."""
    _set(store=store)
    from flows.status import cost_rows, status_rows

    settings = load_settings()
    if cost:
        spent = Table("date", "model", "analyses", "input tokens", "output tokens", "USD")
        for line in cost_rows(settings.store):
            spent.add_row(*line)
        out.print(spent)
        return
    rows = status_rows(settings.store)
    if not rows:
        out.print(f"{settings.store} holds no day yet. Next: daily-papers run")
        return
    table = Table("date", "state", "listed", "new", "html", "pdf", "abs", "analyzed", "failed", "numbers", "last run")
    for row in rows:
        table.add_row(*row)
    wide = out if out.is_terminal else Console(width=200, highlight=False)  # no line is folded in a pipe
    wide.print(table)


def _show(report: Any) -> None:
    """The outcome of a date: counts, what went wrong and where the editions lie."""
    sources = ", ".join(f"{n} {source}" for source, n in sorted(report.sources.items())) or "none"
    out.print(f"{report.date}: {report.listed} listed, {report.new} new; read: {sources}")
    for warning in report.warnings:
        err.print(f"warning: {escape(warning)}")
    for arxiv_id, reason in report.failed.items():
        err.print(f"failed: {arxiv_id}: {escape(reason)}")
    if report.corrected:
        out.print(f"corrected by it: {', '.join(map(str, report.corrected))}")
    for key in report.editions:
        out.print(f"  {_where(report.store, key)}")


def _show_dates(report: Any) -> None:
    """A backfill's table, and the days that it corrected besides its own."""
    table = Table("date", "state", "listed", "new", "failed", "reason")
    for o in report.outcomes:
        table.add_row(str(o.date), o.state, str(o.listed), str(o.new), str(o.failed), escape(o.reason))
    (out if out.is_terminal else Console(width=200, highlight=False)).print(table)
    if report.corrected:
        out.print(f"corrected by it: {', '.join(map(str, report.corrected))}")


def _where(root: str, key: str) -> str:
    return f"{root}/{key}" if "://" in root else str(Path(root) / key)


if __name__ == "__main__":
    main()
