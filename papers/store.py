"""The store: bytes under keys, in a folder or in an S3 bucket, whole or not at all.

What the keys hold is not known here: `papers.snapshots` and the stages know.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from papers.errors import StoreUnreachable, UsageError
from papers.locks import locked

Change = Callable[[bytes | None], bytes | None]
Exclusive = Callable[[str], AbstractContextManager[None]]
STRIPES = 256  # lock files of a folder: keys share them, so that their number stays bounded


class Store(Protocol):
    """Bytes under keys such as `snapshots/papers/date=2026-02-20/part-0.parquet`."""

    root: str

    def get(self, key: str) -> bytes | None:
        """The bytes under `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, whole or not at all."""

    def update(self, key: str, change: Change) -> None:
        """Write what `change` makes of the bytes under `key` (None: nothing there); None of it leaves them.

        No other writer's bytes are lost: where one was first, `change` is called again with what it wrote.
        """

    def delete(self, key: str) -> None:
        """Remove what is under `key`; nothing happens where nothing is."""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, in order."""

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """All keys that begin with `prefix`, in order, each with a stamp that changes when its bytes do."""

    def exists(self, key: str) -> bool:
        """Whether anything is under `key`."""


def open_store(root: str, exclusive: Exclusive | None = None) -> Store:
    """The store at `root`: `s3://bucket/prefix`, or a folder (made on the first write).

    `exclusive(name)` keeps other writers out of a bucket whose server honours no conditional writes; by default lock
    files of this machine do.

    Raises UsageError for another scheme or an address without a bucket.
    """
    if "://" not in root:
        return FolderStore(Path(root))
    url = urlsplit(root)
    if url.scheme != "s3" or not url.netloc:
        raise UsageError(f"DAILY_PAPERS_STORE={root}: give a folder, or s3://bucket/prefix")
    from papers.s3 import S3Store  # boto3 is slow to import, and a folder needs none of it

    return S3Store(url.netloc, url.path.strip("/"), exclusive=exclusive)


class FolderStore:
    """A store in a folder: a temporary file, fsync, rename. Names that begin with a dot are its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, str(folder)

    def get(self, key: str) -> bytes | None:
        """The bytes of the file, or None when it is not there."""
        try:
            return (self.folder / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._unusable(f"cannot read {key}", error) from error

    def put(self, key: str, data: bytes) -> None:
        """Write a temporary file beside the target, then rename it over the target."""
        target = self.folder / key
        temporary = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
            temporary = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise self._unusable(f"cannot write {key}", error) from error

    def update(self, key: str, change: Change) -> None:
        """Read, change and write under a lock file, which a killed process leaves open."""
        name = f"{sum(key.encode()) % STRIPES:02x}"
        with locked(self.folder / ".locks", name, self.root):
            after = change(self.get(key))
            if after is not None:
                self.put(key, after)

    def delete(self, key: str) -> None:
        """Unlink the file."""
        try:
            (self.folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(f"cannot remove {key}", error) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """Walk the deepest folder that the prefix names."""
        yield from (key for key, _ in self._found(prefix))

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Time of change, size and inode: a rename over a file changes one of them."""
        for key, entry in self._found(prefix):
            with suppress(FileNotFoundError):  # removed since it was listed
                stat = entry.stat()
                yield key, f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"

    def leftovers(self) -> Iterator[Path]:
        """Temporary files that writers left behind when they were killed, or are writing at this moment."""
        yield from sorted(self.folder.rglob(".*.part"))

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return (self.folder / key).is_file()

    def _found(self, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
        found: list[tuple[str, os.DirEntry[str]]] = []
        base = prefix.rpartition("/")[0]
        todo = [(f"{base}/" if base else "", self.folder / base)]
        while todo:
            at, folder = todo.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        key = at + entry.name
                        if entry.name.startswith("."):
                            continue
                        if entry.is_dir():
                            todo.append((f"{key}/", folder / entry.name))
                        elif key.startswith(prefix):
                            found.append((key, entry))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise self._unusable(f"cannot list {prefix}", error) from error
        return sorted(found, key=lambda pair: pair[0])

    def _unusable(self, doing: str, error: Exception) -> StoreUnreachable:
        hint = "see the folder's permissions and the disk's free space"
        return StoreUnreachable(f"The store {self.root}: {doing}: {error}. Next: {hint}.")


def _sync_folder(folder: Path) -> None:
    """Bring a rename to the disk; not every file system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
