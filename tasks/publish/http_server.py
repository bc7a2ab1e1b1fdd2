"""The site over HTTP from the store, for a preview or a small team. Only GET and HEAD."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from papers.errors import StoreUnreachable
from papers.store import Store
from papers.store.content_types import cache_control, content_type
from tasks.publish.page_layout import POLICY, SEARCH_POLICY


def site_server(store: Store, host: str = "127.0.0.1", port: int = 8000) -> ThreadingHTTPServer:
    """A server of the files under `site/` in the store; port 0 picks a free port. Raises OSError for a port in use."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "daily-papers", ""
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Send the file, or 404."""
            self._answer(body=True)

        def do_HEAD(self) -> None:
            """Send only the headers."""
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            path = urlsplit(self.path).path
            try:
                status, key, data = look_up(store, path)
            except StoreUnreachable:
                status, key, data = 503, "", b"The store cannot be reached.\n"
            redirect = {"Location": f"/{path.strip('/')}/"} if status == 301 else {}
            self._send(status, key, data, body, **redirect)

        def _send(self, status: int, key: str, data: bytes, body: bool, **extra_headers: str) -> None:
            self.send_response(status)
            for name, value in (headers_of(key) | extra_headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: the browser shows the same."""

    return ThreadingHTTPServer((host, port), Handler)


def look_up(store: Store, path: str) -> tuple[int, str, bytes]:
    """The status, the key ("" for none) and the body of the response to a path. Raises StoreUnreachable."""
    key = key_of(path)
    if key and store.exists(key):
        return 200, key, store.get(key) or b""
    if key and store.exists(f"{key}/index.html"):
        return 301, "", b""
    return 404, "", b"There is no such page. The site begins at /\n"


def key_of(path: str) -> str | None:
    """The key for the path of a request; None for a path that leaves the site."""
    parts = unquote(urlsplit(path).path).split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    parts = [p for p in parts if p]
    invalid = any(p in (".", "..") or "\\" in p or "\0" in p for p in parts)
    return None if invalid else "/".join(["site", *parts])


def headers_of(key: str) -> dict[str, str]:
    """The headers for the file at `key`; "" for a response that is not a file of the site."""
    policy = SEARCH_POLICY if key.endswith(("/search.html", "/pagefind-worker.js")) else POLICY
    return {
        "Content-Type": content_type(key) if key else "text/plain; charset=utf-8",
        "Cache-Control": cache_control(key) or "no-store",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
