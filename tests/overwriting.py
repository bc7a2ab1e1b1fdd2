"""A double of an S3 server that takes `If-None-Match` and `If-Match` and overwrites all the same, as some do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.servers import serving


class Overwriting(BaseHTTPRequestHandler):
    """GET, HEAD, PUT and DELETE of objects and ListObjectsV2, in memory; no conditions, no signatures."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        """Store, whatever the headers ask."""
        self.objects[self._path()] = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200, b"", self.objects[self._path()])

    def do_GET(self) -> None:
        """An object, or a listing of the bucket."""
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            return self._listing(asked)
        return self._object(True)

    def do_HEAD(self) -> None:
        """An object's headers."""
        self._object(False)

    def do_DELETE(self) -> None:
        """Forget an object."""
        self.objects.pop(self._path(), None)
        self._answer(204, b"")

    def _object(self, body: bool) -> None:
        data = self.objects.get(self._path())
        if data is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>" if body else b"")
        return self._answer(200, data if body else b"", data)

    def _listing(self, asked: dict[str, list[str]]) -> None:
        bucket, prefix = self._path().strip("/"), asked.get("prefix", [""])[0]
        found = sorted(k.removeprefix(f"/{bucket}/") for k in list(self.objects) if k.startswith(f"/{bucket}/{prefix}"))
        rows = "".join(
            f"<Contents><Key>{escape(k)}</Key><ETag>&quot;{_tag(self.objects[f'/{bucket}/{k}'])}&quot;</ETag></Contents>"
            for k in found
            if f"/{bucket}/{k}" in self.objects
        )
        xml = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        self._answer(200, xml.encode())

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _answer(self, status: int, body: bytes, data: bytes | None = None) -> None:
        self.send_response(status)
        if data is not None:
            self.send_header("ETag", f'"{_tag(data)}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _tag(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@contextmanager
def overwriting_server() -> Iterator[dict[str, str]]:
    """Such a server on loopback; gives the variables to reach it by."""
    handler = type("Handler", (Overwriting,), {"objects": {}})
    with serving(handler) as url:
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
