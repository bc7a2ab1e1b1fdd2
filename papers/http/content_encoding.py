"""Response bodies decoded within a bound: a compressed body is never unpacked beyond the size cap."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import IO, cast

import zstandard

from papers.errors import ReasonedError
from papers.reasons import make_reason

ACCEPTED = "gzip"  # what requests ask for; deflate and zstd are decoded too, since some servers send them unasked
PIECE = 64 * 1024  # bytes that one step of decoding yields at most
GZIP_MAGIC = b"\x1f\x8b"
MAX_WINDOW = 2**26  # bytes of zstd's window, which is allocated before anything is decoded


class TooLarge(Exception):
    """The decoded body is larger than the cap."""


class UnsupportedEncoding(ReasonedError):
    """A content encoding that is not supported."""


class DamagedBody(ReasonedError):
    """A body that is incomplete, or not in the encoding that its header names; another try may give a better one."""


class BodyReader:
    """Collects a body of at most `cap` bytes after decoding; `encoding` is the response's `Content-Encoding`."""

    def __init__(self, encoding: str, cap: int) -> None:
        self._body, self._cap = bytearray(), cap
        self._is_within_stream = False  # whether a compressed stream has begun and not ended
        self._decode = self._decoder(encoding.strip().lower())

    def feed(self, data: bytes) -> None:
        """Take the next bytes as they came. Raises TooLarge or DamagedBody."""
        try:
            self._decode(data)
        except (zlib.error, zstandard.ZstdError) as error:
            raise DamagedBody(make_reason("damaged-encoding", error=error)) from error

    def body(self) -> bytes:
        """The whole decoded body. Raises DamagedBody for an incomplete one; of zstd that cannot be seen."""
        if self._is_within_stream:
            raise DamagedBody(make_reason("body-ends-early"))
        return bytes(self._body)

    def write(self, data: bytes) -> int:
        """Append decoded bytes. Raises TooLarge."""
        if len(self._body) + len(data) > self._cap:
            raise TooLarge
        self._body += data
        return len(data)

    def _decoder(self, encoding: str) -> Callable[[bytes], object]:
        if encoding in ("", "identity"):
            return self.write
        if encoding in ("gzip", "x-gzip"):
            return self._zlib(zlib.MAX_WBITS | 16)
        if encoding == "deflate":
            return self._zlib(zlib.MAX_WBITS)
        if encoding == "zstd":
            writer = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_writer(cast(IO[bytes], self), PIECE)
            return writer.write
        raise UnsupportedEncoding(make_reason("unknown-encoding", encoding=encoding[:40]))

    def _zlib(self, window_bits: int) -> Callable[[bytes], object]:
        decoder = zlib.decompressobj(window_bits)

        def decode(data: bytes) -> None:
            nonlocal decoder
            while data:
                if decoder.eof:
                    if window_bits == zlib.MAX_WBITS or not data.startswith(GZIP_MAGIC):
                        return  # padding
                    decoder = zlib.decompressobj(window_bits)  # gzip: another member follows
                self.write(decoder.decompress(data, PIECE))
                data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
                self._is_within_stream = not decoder.eof

        return decode
