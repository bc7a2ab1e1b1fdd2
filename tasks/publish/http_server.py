"""The site over HTTP, out of the store: for a look at it, and for a small team. GET and HEAD alone."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from papers.errors import StoreUnreachable
from papers.store import Store
from papers.store.content_types import cache_control, content_type
from tasks.publish.page_layout import POLICY, SEARCH_POLICY


def site_server(store: Store, host: str = "127.0.0.1", port: int = 8000) -> ThreadingHTTPServer:
    """A server of what lies under `site/` in the store; port 0 takes a free one. Raises OSError for a taken one."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "daily-papers", ""
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """The file, or 404."""
            self._answer(body=True)

        def do_HEAD(self) -> None:
            """Its headers alone."""
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            path = urlsplit(self.path).path
            try:
                status, key, data = look_up(store, path)
            except StoreUnreachable:
                status, key, data = 503, "", b"The store cannot be reached.\n"
            moved = {"Location": f"/{path.strip('/')}/"} if status == 301 else {}
            self._say(status, key, data, body, **moved)

        def _say(self, status: int, key: str, data: bytes, body: bool, **more: str) -> None:
            self.send_response(status)
            for name, value in (headers_of(key) | more).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a line a request says nothing that the browser does not."""

    return ThreadingHTTPServer((host, port), Handler)


def look_up(store: Store, path: str) -> tuple[int, str, bytes]:
    """The status, the key ("" for none) and the bytes that answer a path. Raises StoreUnreachable."""
    key = key_of(path)
    if key and store.exists(key):
        return 200, key, store.get(key) or b""
    if key and store.exists(f"{key}/index.html"):
        return 301, "", b""
    return 404, "", b"There is no such page. The site begins at /\n"


def key_of(path: str) -> str | None:
    """The key that a request's path asks for; None for one that leaves the site."""
    parts = unquote(urlsplit(path).path).split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    parts = [p for p in parts if p]
    bad = any(p in (".", "..") or "\\" in p or "\0" in p for p in parts)
    return None if bad else "/".join(["site", *parts])


def headers_of(key: str) -> dict[str, str]:
    """What is said of a page besides its bytes; "" for an answer that is no file of the site."""
    policy = SEARCH_POLICY if key.endswith(("/search.html", "/pagefind-worker.js")) else POLICY
    return {
        "Content-Type": content_type(key) if key else "text/plain; charset=utf-8",
        "Cache-Control": cache_control(key) or "no-store",
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
