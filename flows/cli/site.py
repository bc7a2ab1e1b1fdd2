"""The command that updates the site and serves it."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.console import err, location, out
from flows.cli.options import ProfileOption, StoreOption
from flows.cli.runs import run_with_progress
from papers.errors import UsageError
from papers.settings import load_settings, set_options


def site(
    serve: Annotated[bool, typer.Option("--serve", help="then serve it until stopped")] = False,
    full: Annotated[bool, typer.Option("--full", help="rebuild every page, and remove all other files")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="port of the server; 0: any free port")] = 8000,
    host: Annotated[str, typer.Option("--host", help="address of the server")] = "127.0.0.1",
    store: StoreOption = None,
    profile: ProfileOption = None,
) -> None:
    """Update the site from the store: the days that changed, or all of it with --full."""
    set_options(store=store, profile=profile)

    from flows.site import site as site_flow

    report = run_with_progress(1, lambda: site_flow(full))
    root = load_settings().store
    out.print(f"{len(report.days)} days rebuilt, {report.written} files written: {location(root, 'site/index.html')}")
    for warning in report.warnings:
        err.print(f"warning: {warning}")
    if serve:
        _serve(root, host, port)


def _serve(root: str, host: str, port: int) -> None:
    """Serve the site until the user stops it."""
    from papers.store import open_store
    from tasks.publish.http_server import site_server

    try:
        server = site_server(open_store(root), host, port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{host}:{port} cannot be served on: {error}. Next: another --port, or --port 0") from error
    with server:
        out.print(f"http://{host}:{server.server_port}/  (Ctrl-C stops it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("stopped")
