"""The store in a folder of this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from papers.errors import StoreUnreachable
from papers.store.interface import Change
from papers.store.lock_files import locked

STRIPES = 256  # lock files of a folder: keys share them, so that their number stays bounded


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
