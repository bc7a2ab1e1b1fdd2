"""Response bodies decoded within a bound: a compressed body is never unpacked beyond the size cap."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import IO, cast

import zstandard

ACCEPTED = "gzip"  # what requests ask for; deflate and zstd are decoded too, since some servers send them unasked
PIECE = 64 * 1024  # bytes that one step of decoding yields at most
MAX_WINDOW = 2**26  # bytes of zstd's window, which is allocated before anything is decoded


class TooLarge(Exception):
    """The decoded body is larger than the cap."""


class UnsupportedEncoding(Exception):
    """A content encoding that is not supported, or a body that is not in the encoding that its header names."""


class BodyReader:
    """Collects a body of at most `cap` bytes after decoding; `encoding` is the response's `Content-Encoding`."""

    def __init__(self, encoding: str, cap: int) -> None:
        self._body, self._cap = bytearray(), cap
        self._decode = self._decoder(encoding.strip().lower())

    def feed(self, data: bytes) -> None:
        """Take the next bytes as they came. Raises TooLarge or UnsupportedEncoding."""
        try:
            self._decode(data)
        except (zlib.error, zstandard.ZstdError) as error:
            raise UnsupportedEncoding(f"the body is not what its Content-Encoding says: {error}") from error

    def body(self) -> bytes:
        """The decoded body so far."""
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
            writer = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_writer(
                cast(IO[bytes], _Sink(self.write)), PIECE
            )
            return writer.write
        raise UnsupportedEncoding(f"the content encoding {encoding[:40]!r} is not supported")

    def _zlib(self, window_bits: int) -> Callable[[bytes], object]:
        decoder = zlib.decompressobj(window_bits)

        def decode(data: bytes) -> None:
            while data and not decoder.eof:
                self.write(decoder.decompress(data, PIECE))
                data = decoder.unconsumed_tail

        return decode


class _Sink:
    """The file that zstandard writes to."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self.write = write
