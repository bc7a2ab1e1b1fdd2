"""A fake S3 server that accepts `If-None-Match` and `If-Match` and overwrites anyway, as some servers do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.servers import serve_http


class OverwritingHandler(BaseHTTPRequestHandler):
    """GET, HEAD, PUT and DELETE of objects and ListObjectsV2, in memory; no conditions, no signatures."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        """Store the object, whatever the headers say."""
        self.objects[self._path()] = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._respond(200, b"", self.objects[self._path()])

    def do_GET(self) -> None:
        """An object, or a listing of the bucket."""
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            return self._list_bucket(query)
        return self._send_object(True)

    def do_HEAD(self) -> None:
        """An object's headers."""
        self._send_object(False)

    def do_DELETE(self) -> None:
        """Delete an object."""
        self.objects.pop(self._path(), None)
        self._respond(204, b"")

    def _send_object(self, body: bool) -> None:
        data = self.objects.get(self._path())
        if data is None:
            return self._respond(404, b"<Error><Code>NoSuchKey</Code></Error>" if body else b"")
        return self._respond(200, data if body else b"", data)

    def _list_bucket(self, query: dict[str, list[str]]) -> None:
        bucket, prefix = self._path().strip("/"), query.get("prefix", [""])[0]
        keys = sorted(k.removeprefix(f"/{bucket}/") for k in list(self.objects) if k.startswith(f"/{bucket}/{prefix}"))
        rows = "".join(
            f"<Contents><Key>{escape(k)}</Key><ETag>&quot;{_etag(self.objects[f'/{bucket}/{k}'])}&quot;</ETag></Contents>"
            for k in keys
            if f"/{bucket}/{k}" in self.objects
        )
        xml = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._respond(200, xml.encode())

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _respond(self, status: int, body: bytes, data: bytes | None = None) -> None:
        self.send_response(status)
        if data is not None:
            self.send_header("ETag", f'"{_etag(data)}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _etag(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@contextmanager
def unconditional_server() -> Iterator[dict[str, str]]:
    """Such a server on loopback; yields the environment variables for its use."""
    handler = type("Handler", (OverwritingHandler,), {"objects": {}})
    with serve_http(handler) as url:
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
