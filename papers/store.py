"""The store: bytes under keys, in a folder or in an S3 bucket, whole or not at all.

What the keys hold is not known here: `papers.snapshots` and the stages know.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from papers.errors import StoreUnreachable, UsageError
from papers.media import cache_control, content_type


class Store(Protocol):
    """Bytes under keys such as `snapshots/papers/date=2026-02-20/part-0.parquet`."""

    root: str

    def get(self, key: str) -> bytes | None:
        """The bytes under `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, whole or not at all."""

    def delete(self, key: str) -> None:
        """Remove what is under `key`; nothing happens where nothing is."""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, in order."""

    def exists(self, key: str) -> bool:
        """Whether anything is under `key`."""


def open_store(root: str) -> Store:
    """The store at `root`: `s3://bucket/prefix`, or a folder (made on the first write).

    Raises UsageError for another scheme or an address without a bucket.
    """
    if "://" not in root:
        return FolderStore(Path(root))
    url = urlsplit(root)
    if url.scheme != "s3" or not url.netloc:
        raise UsageError(f"DAILY_PAPERS_STORE={root}: give a folder, or s3://bucket/prefix")
    return S3Store(url.netloc, url.path.strip("/"))


class FolderStore:
    """A store in a folder: a temporary file, fsync, rename."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, str(folder)

    def get(self, key: str) -> bytes | None:
        """The bytes of the file, or None when it is not there."""
        try:
            return (self.folder / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unusable(self.root, f"cannot read {key}", error) from error

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
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise _unusable(self.root, f"cannot write {key}", error) from error

    def delete(self, key: str) -> None:
        """Unlink the file."""
        try:
            (self.folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.root, f"cannot remove {key}", error) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """Walk the deepest folder that the prefix names."""
        start = self.folder / prefix.rpartition("/")[0]
        try:
            found = [p for p in start.rglob("*") if p.is_file() and not p.name.endswith(".part")]
        except OSError as error:
            raise _unusable(self.root, f"cannot list {prefix}", error) from error
        yield from sorted(k for p in found if (k := p.relative_to(self.folder).as_posix()).startswith(prefix))

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return (self.folder / key).is_file()


class S3Store:
    """A store in an S3 bucket; endpoint, region and keys by boto3's own settings (`AWS_ENDPOINT_URL`, ...)."""

    def __init__(self, bucket: str, prefix: str, client: Any = None) -> None:
        import boto3  # slow to import, and a folder needs none of it
        from botocore.config import Config

        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self.root = f"s3://{bucket}/{prefix}".rstrip("/")
        config = Config(
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=10,
            read_timeout=60,
            request_checksum_calculation="when_required",  # many compatible servers refuse trailing checksums
            response_checksum_validation="when_required",
        )
        # A session of its own: the default one would keep the first keys that it saw.
        self._s3 = client or boto3.session.Session().client("s3", config=config)

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when it is not there."""
        answer = self._call("get_object", f"cannot read {key}", Key=self.prefix + key)
        return None if answer is None else bytes(answer["Body"].read())

    def put(self, key: str, data: bytes) -> None:
        """One PUT, which S3 does whole or not at all."""
        lasting = cache_control(key)
        headers = {"ContentType": content_type(key), **({"CacheControl": lasting} if lasting else {})}
        self._call("put_object", f"cannot write {key}", Key=self.prefix + key, Body=data, **headers)

    def delete(self, key: str) -> None:
        """One DELETE; S3 says the same whether the object was there or not."""
        self._call("delete_object", f"cannot remove {key}", Key=self.prefix + key)

    def keys(self, prefix: str) -> Iterator[str]:
        """All pages of the listing."""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", f"cannot list {prefix}", Prefix=self.prefix + prefix, **token)
            page = page or {}
            yield from (o["Key"][len(self.prefix) :] for o in page.get("Contents", []))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        return self._call("head_object", f"cannot look for {key}", Key=self.prefix + key) is not None

    def _call(self, operation: str, doing: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer of an S3 call, None for a key that is not there; StoreUnreachable for all else."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._s3, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404") and operation != "list_objects_v2":
                return None
            raise _unusable(self.root, f"{doing} ({code})", error) from error
        except BotoCoreError as error:
            raise _unusable(self.root, doing, error) from error
        return answer


def _unusable(root: str, doing: str, error: Exception) -> StoreUnreachable:
    hint = (
        "see AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's name"
        if root.startswith("s3://")
        else "see the folder's permissions and the disk's free space"
    )
    return StoreUnreachable(f"The store {root}: {doing}: {error}. Next: {hint}.")
