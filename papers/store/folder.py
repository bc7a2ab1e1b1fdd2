"""The store in a local folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from papers.errors import StoreUnreachable
from papers.store.interface import Change
from papers.store.lock_files import hold_lock

STRIPES = 256  # number of lock files in a folder; keys share them


class FolderStore:
    """A store in a folder: writes are temporary file, fsync, rename. Names that begin with a dot are not keys."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, str(folder)

    def get(self, key: str) -> bytes | None:
        """The bytes of the file, or None if it does not exist."""
        try:
            return (self.folder / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._store_error(f"cannot read {key}", error) from error

    def put(self, key: str, data: bytes) -> str:
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
                stamp = _stamp(os.fstat(file.fileno()))
            temporary.chmod(0o644)
            temporary.replace(target)
            _sync_folder(target.parent)
            return stamp
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise self._store_error(f"cannot write {key}", error) from error

    def update(self, key: str, change: Change) -> None:
        """Read, change and write while holding a lock file; the lock of a killed process is released."""
        name = f"{sum(key.encode()) % STRIPES:02x}"
        with hold_lock(self.folder / ".locks", name, self.root):
            after = change(self.get(key))
            if after is not None:
                self.put(key, after)

    def delete(self, key: str) -> None:
        """Unlink the file."""
        try:
            (self.folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise self._store_error(f"cannot remove {key}", error) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """Scan from the deepest folder in the prefix."""
        yield from (key for key, _ in self._entries(prefix))

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Stamps of modification time, size and inode: replacing a file by a rename changes one of them."""
        for key, entry in self._entries(prefix):
            with suppress(FileNotFoundError):  # removed since the listing
                yield key, _stamp(entry.stat())

    def temporary_files(self) -> Iterator[Path]:
        """Temporary files of writers that were killed, or that are writing now."""
        yield from sorted(self.folder.rglob(".*.part"))

    def exists(self, key: str) -> bool:
        """Whether the file exists."""
        return (self.folder / key).is_file()

    def _entries(self, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
        files: list[tuple[str, os.DirEntry[str]]] = []
        base_folder = prefix.rpartition("/")[0]
        folders_to_scan = [(f"{base_folder}/" if base_folder else "", self.folder / base_folder)]
        while folders_to_scan:
            key_prefix, folder = folders_to_scan.pop()
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        key = key_prefix + entry.name
                        if entry.name.startswith("."):
                            continue
                        if entry.is_dir():
                            folders_to_scan.append((f"{key}/", folder / entry.name))
                        elif key.startswith(prefix):
                            files.append((key, entry))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise self._store_error(f"cannot list {prefix}", error) from error
        return sorted(files, key=lambda pair: pair[0])

    def _store_error(self, action: str, error: Exception) -> StoreUnreachable:
        hint = "see the folder's permissions and the disk's free space"
        return StoreUnreachable(f"The store {self.root}: {action}: {error}. Next: {hint}.")


def _stamp(stat: os.stat_result) -> str:
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"


def _sync_folder(folder: Path) -> None:
    """Flush a rename to disk; not every file system supports it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
