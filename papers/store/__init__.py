"""The store: bytes under keys, in a folder or in an S3 bucket, whole or not at all.

What the keys hold is not known here: `papers.tables` and the stages know.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from papers.errors import UsageError
from papers.store.folder import FolderStore
from papers.store.interface import Change, Exclusive, Store

__all__ = ["Change", "Exclusive", "FolderStore", "Store", "open_store"]


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
    from papers.store.s3 import S3Store  # boto3 is slow to import, and a folder needs none of it

    return S3Store(url.netloc, url.path.strip("/"), exclusive=exclusive)
