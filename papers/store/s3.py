"""The store in an S3 bucket, and the probe for conditional writes of its server."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from papers.errors import StoreUnreachable
from papers.store.content_types import cache_control, content_type
from papers.store.interface import Change, WriterLock
from papers.store.lock_files import hold_lock, lock_folder

CONDITIONS_KEY = "meta/conditions.json"  # the result of the probe, for other processes
PROBE_LIFETIME = dt.timedelta(days=7)  # after which the server is probed again
READ_TIMEOUT = 60.0  # seconds until the server has to begin its response
MAX_WRITE_TRIES = 200  # tries of a write while other writers are faster
CONFLICT_CODES = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409", "NoSuchKey", "404"}


@dataclass(frozen=True)
class Conditions:
    """Whether a server honours `If-None-Match` and `If-Match` of a PUT, and whether it wants the ETag quoted.

    `why` is what went wrong, if it does not honour them.
    """

    endpoint: str
    honoured: bool
    quoted: bool
    why: str
    probed_at: str


class S3Store:
    """A store in an S3 bucket; endpoint, region and keys come from boto3's own settings (`AWS_ENDPOINT_URL`, ...).

    `writer_lock(name)` excludes other writers if the server does not support conditional writes: by default it is a
    lock file on this machine; with a Prefect server, a limit that all machines share (`flows.server.shared_limits`).
    """

    def __init__(self, bucket: str, prefix: str, client: Any = None, writer_lock: WriterLock | None = None) -> None:
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self.root = f"s3://{bucket}/{prefix}".rstrip("/")
        config = Config(
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=10,
            read_timeout=READ_TIMEOUT,
            request_checksum_calculation="when_required",  # many S3-compatible servers refuse trailing checksums
            response_checksum_validation="when_required",
        )
        # A session of its own: the default session would keep the first credentials that it was given.
        self._s3 = client or boto3.session.Session().client("s3", config=config)
        self.writer_lock: WriterLock = writer_lock or self._lock_file
        self._conditions: Conditions | None = None

    # --- plain reads and writes --------------------------------------------------------------------------------------

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None if it does not exist."""
        return self._get_with_tag(key)[0]

    def put(self, key: str, data: bytes) -> str:
        """One PUT, which is atomic in S3."""
        return self._put(key, data)

    def delete(self, key: str) -> None:
        """One DELETE."""
        self._call("delete_object", f"cannot remove {key}", Key=self.prefix + key)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys from all pages of the listing."""
        yield from (key for key, _ in self.stamps(prefix))

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """The keys of the listing with their ETags."""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", f"cannot list {prefix}", Prefix=self.prefix + prefix, **token)
            page = page or {}
            yield from ((o["Key"][len(self.prefix) :], o["ETag"].strip('"')) for o in page.get("Contents", []))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def exists(self, key: str) -> bool:
        """Whether the object exists."""
        return self._call("head_object", f"cannot look for {key}", Key=self.prefix + key) is not None

    # --- conditional writes ------------------------------------------------------------------------------------------

    def update(self, key: str, change: Change) -> None:
        """With conditional PUTs, or under the writer lock if the server honours none."""
        if not self.conditions().honoured:
            with self.writer_lock(_lock_name(key)):
                after = change(self.get(key))
                if after is not None:
                    self.put(key, after)
            return
        for n in range(MAX_WRITE_TRIES):
            before, tag = self._get_with_tag(key)
            after = change(before)
            if after is None or self._put_if(key, after, tag):
                return
            time.sleep(random.uniform(0, 0.02 * min(n + 1, 10)))  # noqa: S311 - jitter
        raise StoreUnreachable(
            f"The store {self.root}: {key} was written by others {MAX_WRITE_TRIES} times while it was to be written. "
            "Next: see how many runs of this date there are, and run it again."
        )

    def conditions(self, probe: bool = False) -> Conditions:
        """Which conditions the server honours; the result is stored for a week. `probe` probes the server again."""
        if self._conditions is None or probe:
            self._conditions = (None if probe else self._stored_conditions()) or self._probe()
        return self._conditions

    def _stored_conditions(self) -> Conditions | None:
        data = self.get(CONDITIONS_KEY)
        try:
            conditions = Conditions(**json.loads(data or b""))
            is_fresh = dt.datetime.fromisoformat(conditions.probed_at) > dt.datetime.now(dt.UTC) - PROBE_LIFETIME
        except (ValueError, TypeError):
            return None
        return conditions if is_fresh and conditions.endpoint == self._endpoint() else None

    def _probe(self) -> Conditions:
        """Test the server with writes that it has to refuse, and store the result."""
        why, quoted = "", False
        key = f"meta/probe-{uuid4().hex}"
        try:
            why = self._probe_none_match(key)
            for quoted in () if why else (False, True):  # Ceph wants the ETag bare, others want it quoted
                why = self._probe_match(key, quoted)
                if not why:
                    break
        finally:
            self.delete(key)
        conditions = Conditions(
            self._endpoint(), not why, quoted, why, dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        )
        self.put(CONDITIONS_KEY, json.dumps(asdict(conditions), indent=1).encode())
        return conditions

    def _probe_none_match(self, key: str) -> str:
        """What is wrong with `If-None-Match: *`; empty if nothing."""
        try:
            if not self._conditional_put(key, b"one", IfNoneMatch="*"):
                return "If-None-Match: * is refused where nothing is"
            if self._conditional_put(key, b"two", IfNoneMatch="*"):
                return "If-None-Match: * is accepted, and what was there overwritten"
        except StoreUnreachable as error:
            return f"If-None-Match is not known: {error.__cause__}"
        return ""

    def _probe_match(self, key: str, quoted: bool) -> str:
        """What is wrong with `If-Match`; empty if nothing."""
        tag = self._get_with_tag(key)[1] or ""
        wrong = "0" * len(tag)
        try:
            if self._conditional_put(key, b"three", IfMatch=_format_tag(wrong, quoted)):
                return "If-Match with a wrong ETag is accepted, and what was there overwritten"
            if not self._conditional_put(key, b"four", IfMatch=_format_tag(tag, quoted)):
                return "If-Match with the right ETag is refused"
        except StoreUnreachable as error:
            return f"If-Match is not known: {error.__cause__}"
        return "" if self.get(key) == b"four" else "what was written is not what is read"

    def _put_if(self, key: str, data: bytes, tag: str | None) -> bool:
        """Write if the object still has that ETag (None: does not exist); returns whether it was written."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": _format_tag(tag, self.conditions().quoted)}
        return self._conditional_put(key, data, **condition)

    def _conditional_put(self, key: str, data: bytes, **condition: str) -> bool:
        try:
            self._put(key, data, **condition)
        except StoreUnreachable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in CONFLICT_CODES:
                return False
            raise
        return True

    @contextmanager
    def _lock_file(self, name: str) -> Iterator[None]:
        with hold_lock(lock_folder(self.root), name, self.root):
            yield

    # --- calls -------------------------------------------------------------------------------------------------------

    def server_time(self) -> dt.datetime | None:
        """The server's clock, from the `Date` header of a response; None if there is none."""
        response = self._call("list_objects_v2", "cannot list", Prefix=f"{self.prefix}meta/", MaxKeys=1) or {}
        date = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        return dt.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=dt.UTC) if date else None

    def arrow_options(self) -> dict[str, Any]:
        """The options of pyarrow's S3FileSystem for the same server and keys."""
        keys = self._s3._request_signer._credentials.get_frozen_credentials()
        options: dict[str, Any] = {
            "access_key": keys.access_key,
            "secret_key": keys.secret_key,
            "session_token": keys.token,
            "region": self._s3.meta.region_name,
        }
        url = urlsplit(self._endpoint())
        if not (url.hostname or "").endswith("amazonaws.com"):
            options |= {"endpoint_override": url.netloc, "scheme": url.scheme}
        return options

    def _endpoint(self) -> str:
        return str(self._s3.meta.endpoint_url)

    def _get_with_tag(self, key: str) -> tuple[bytes | None, str | None]:
        action = f"cannot read {key}"
        response = self._call("get_object", action, Key=self.prefix + key)
        if response is None:
            return None, None
        try:
            return bytes(response["Body"].read()), str(response["ETag"]).strip('"')
        except (BotoCoreError, OSError) as error:  # the connection broke in the middle of the response
            raise self._store_error(action, error) from error

    def _put(self, key: str, data: bytes, **condition: str) -> str:
        caching = cache_control(key)
        headers = {"ContentType": content_type(key), **({"CacheControl": caching} if caching else {}), **condition}
        response = self._call("put_object", f"cannot write {key}", Key=self.prefix + key, Body=data, **headers) or {}
        return str(response.get("ETag", "")).strip('"')

    def _call(self, operation: str, action: str, **arguments: Any) -> dict[str, Any] | None:
        """The response of an S3 call; None if the key does not exist. Raises StoreUnreachable for all other errors."""
        try:
            response: dict[str, Any] = getattr(self._s3, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404") and operation in ("get_object", "head_object", "delete_object"):
                return None
            raise self._store_error(f"{action} ({code})", error) from error
        except (BotoCoreError, OSError) as error:
            raise self._store_error(action, error) from error
        return response

    def _store_error(self, action: str, error: Exception) -> StoreUnreachable:
        hint = "see AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's name"
        return StoreUnreachable(f"The store {self.root}: {action}: {error}. Next: {hint}.")


def _format_tag(tag: str, quoted: bool) -> str:
    return f'"{tag}"' if quoted else tag


def _lock_name(key: str) -> str:
    """The name of the lock for a key: all keys of a date share one."""
    date_parts = [part for part in key.split("/") if part.startswith("date=")]
    return (date_parts or [key.replace("/", "-")])[0]
