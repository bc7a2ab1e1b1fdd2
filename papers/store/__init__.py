"""The store: bytes under keys, in a folder or in an S3 bucket, written atomically.

The store does not know what the keys mean: `papers.tables` and the stages do.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from papers.errors import UsageError
from papers.store.folder import FolderStore
from papers.store.interface import Change, Store, WriterLock

__all__ = ["Change", "FolderStore", "Store", "WriterLock", "open_store", "put_changed"]


def open_store(root: str, writer_lock: WriterLock | None = None) -> Store:
    """The store at `root`: `s3://bucket/prefix`, or a folder (created on the first write).

    `writer_lock(name)` excludes other writers of a bucket whose server does not support conditional writes; by default
    it is a lock file on this machine.

    Raises UsageError for another scheme or a URL without a bucket.
    """
    if "://" not in root:
        return FolderStore(Path(root))
    url = urlsplit(root)
    if url.scheme != "s3" or not url.netloc:
        raise UsageError(f"DAILY_PAPERS_STORE={root}: give a folder, or s3://bucket/prefix")
    from papers.store.s3 import S3Store  # boto3 is slow to import, and a folder does not need it

    return S3Store(url.netloc, url.path.strip("/"), writer_lock=writer_lock)


def put_changed(store: Store, key: str, data: bytes) -> bool:
    """Write `data` if it differs from what is stored; returns whether it was written."""
    if store.get(key) == data:
        return False
    store.put(key, data)
    return True
