"""The store in an S3 bucket, and what its server is found to honour."""

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
from papers.store.interface import Change, Exclusive
from papers.store.lock_files import locked, machine_locks

CONDITIONS = "meta/conditions.json"  # what the probe found, for the next process
BELIEVED = dt.timedelta(days=7)  # after which the server is asked again
ANSWER = 60.0  # seconds that the server may take to begin its answer
ROUNDS = 200  # of a write that others are always faster than
REFUSED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409", "NoSuchKey", "404"}


@dataclass(frozen=True)
class Conditions:
    """Whether a server honours `If-None-Match` and `If-Match` of a PUT, and how it wants the ETag written.

    `why` says what it did instead.
    """

    endpoint: str
    honoured: bool
    quoted: bool
    why: str
    probed_at: str


class S3Store:
    """A store in an S3 bucket; endpoint, region and keys by boto3's own settings (`AWS_ENDPOINT_URL`, ...).

    `exclusive(name)` keeps other writers out while a server that honours no conditions is written to: by default a
    lock file of this machine; with a Prefect server, a limit that all machines keep (`flows.server.shared_limits`).
    """

    def __init__(self, bucket: str, prefix: str, client: Any = None, exclusive: Exclusive | None = None) -> None:
        self.bucket, self.prefix = bucket, f"{prefix}/" if prefix else ""
        self.root = f"s3://{bucket}/{prefix}".rstrip("/")
        config = Config(
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=10,
            read_timeout=ANSWER,
            request_checksum_calculation="when_required",  # many compatible servers refuse trailing checksums
            response_checksum_validation="when_required",
        )
        # A session of its own: the default one would keep the first keys that it saw.
        self._s3 = client or boto3.session.Session().client("s3", config=config)
        self.exclusive: Exclusive = exclusive or self._lock_file
        self._conditions: Conditions | None = None

    # --- plain reads and writes --------------------------------------------------------------------------------------

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when it is not there."""
        return self._tagged(key)[0]

    def put(self, key: str, data: bytes) -> None:
        """One PUT, which S3 does whole or not at all."""
        self._put(key, data)

    def delete(self, key: str) -> None:
        """One DELETE."""
        self._call("delete_object", f"cannot remove {key}", Key=self.prefix + key)

    def keys(self, prefix: str) -> Iterator[str]:
        """All pages of the listing."""
        yield from (key for key, _ in self.stamps(prefix))

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """The ETags of the listing."""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", f"cannot list {prefix}", Prefix=self.prefix + prefix, **token)
            page = page or {}
            yield from ((o["Key"][len(self.prefix) :], o["ETag"].strip('"')) for o in page.get("Contents", []))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        return self._call("head_object", f"cannot look for {key}", Key=self.prefix + key) is not None

    # --- conditional writes ------------------------------------------------------------------------------------------

    def update(self, key: str, change: Change) -> None:
        """By conditional PUTs, or, where the server honours none, while other writers are kept out."""
        if not self.conditions().honoured:
            with self.exclusive(_name_of(key)):
                after = change(self.get(key))
                if after is not None:
                    self.put(key, after)
            return
        for n in range(ROUNDS):
            before, tag = self._tagged(key)
            after = change(before)
            if after is None or self._put_if(key, after, tag):
                return
            time.sleep(random.uniform(0, 0.02 * min(n + 1, 10)))  # noqa: S311 - so that writers do not keep step
        raise StoreUnreachable(
            f"The store {self.root}: {key} was written by others {ROUNDS} times while it was to be written. "
            "Next: see how many runs of this date there are, and run it again."
        )

    def conditions(self, ask: bool = False) -> Conditions:
        """What the server honours: remembered in the store for a week; `ask` asks the server again."""
        if self._conditions is None or ask:
            self._conditions = (None if ask else self._remembered()) or self._probed()
        return self._conditions

    def _remembered(self) -> Conditions | None:
        data = self.get(CONDITIONS)
        try:
            found = Conditions(**json.loads(data or b""))
            fresh = dt.datetime.fromisoformat(found.probed_at) > dt.datetime.now(dt.UTC) - BELIEVED
        except (ValueError, TypeError):
            return None
        return found if fresh and found.endpoint == self._endpoint() else None

    def _probed(self) -> Conditions:
        """Ask the server by writes that it has to refuse, and remember the answer."""
        why, quoted = "", False
        key = f"meta/probe-{uuid4().hex}"
        try:
            why = self._probe_none_match(key)
            for quoted in () if why else (False, True):  # Ceph wants the ETag bare, others in quotes
                why = self._probe_match(key, quoted)
                if not why:
                    break
        finally:
            self.delete(key)
        found = Conditions(
            self._endpoint(), not why, quoted, why, dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        )
        self.put(CONDITIONS, json.dumps(asdict(found), indent=1).encode())
        return found

    def _probe_none_match(self, key: str) -> str:
        """What is wrong with `If-None-Match: *`, or nothing."""
        try:
            if not self._conditional_put(key, b"one", IfNoneMatch="*"):
                return "If-None-Match: * is refused where nothing is"
            if self._conditional_put(key, b"two", IfNoneMatch="*"):
                return "If-None-Match: * is accepted, and what was there overwritten"
        except StoreUnreachable as error:
            return f"If-None-Match is not known: {error.__cause__}"
        return ""

    def _probe_match(self, key: str, quoted: bool) -> str:
        """What is wrong with `If-Match`, or nothing."""
        tag = self._tagged(key)[1] or ""
        wrong = "0" * len(tag)
        try:
            if self._conditional_put(key, b"three", IfMatch=_written(wrong, quoted)):
                return "If-Match with a wrong ETag is accepted, and what was there overwritten"
            if not self._conditional_put(key, b"four", IfMatch=_written(tag, quoted)):
                return "If-Match with the right ETag is refused"
        except StoreUnreachable as error:
            return f"If-Match is not known: {error.__cause__}"
        return "" if self.get(key) == b"four" else "what was written is not what is read"

    def _put_if(self, key: str, data: bytes, tag: str | None) -> bool:
        """Write when the object still has that ETag (None: is not there); whether it had."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": _written(tag, self.conditions().quoted)}
        return self._conditional_put(key, data, **condition)

    def _conditional_put(self, key: str, data: bytes, **condition: str) -> bool:
        try:
            self._put(key, data, **condition)
        except StoreUnreachable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response.get("Error", {}).get("Code") in REFUSED:
                return False
            raise
        return True

    @contextmanager
    def _lock_file(self, name: str) -> Iterator[None]:
        with locked(machine_locks(self.root), name, self.root):
            yield

    # --- calls -------------------------------------------------------------------------------------------------------

    def server_time(self) -> dt.datetime | None:
        """The server's clock, by the date of an answer; None when it gives none."""
        answer = self._call("list_objects_v2", "cannot list", Prefix=f"{self.prefix}meta/", MaxKeys=1) or {}
        said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        return dt.datetime.strptime(said, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=dt.UTC) if said else None

    def arrow_options(self) -> dict[str, Any]:
        """What pyarrow's S3FileSystem needs to reach the same server with the same keys."""
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

    def _tagged(self, key: str) -> tuple[bytes | None, str | None]:
        doing = f"cannot read {key}"
        answer = self._call("get_object", doing, Key=self.prefix + key)
        if answer is None:
            return None, None
        try:
            return bytes(answer["Body"].read()), str(answer["ETag"]).strip('"')
        except (BotoCoreError, OSError) as error:  # the server ended in the middle of its answer
            raise self._unusable(doing, error) from error

    def _put(self, key: str, data: bytes, **condition: str) -> None:
        lasting = cache_control(key)
        headers = {"ContentType": content_type(key), **({"CacheControl": lasting} if lasting else {}), **condition}
        self._call("put_object", f"cannot write {key}", Key=self.prefix + key, Body=data, **headers)

    def _call(self, operation: str, doing: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer of an S3 call, None for a key that is not there; StoreUnreachable for all else."""
        try:
            answer: dict[str, Any] = getattr(self._s3, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404") and operation in ("get_object", "head_object", "delete_object"):
                return None
            raise self._unusable(f"{doing} ({code})", error) from error
        except (BotoCoreError, OSError) as error:
            raise self._unusable(doing, error) from error
        return answer

    def _unusable(self, doing: str, error: Exception) -> StoreUnreachable:
        hint = "see AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's name"
        return StoreUnreachable(f"The store {self.root}: {doing}: {error}. Next: {hint}.")


def _written(tag: str, quoted: bool) -> str:
    return f'"{tag}"' if quoted else tag


def _name_of(key: str) -> str:
    """The name of the lock for a key: one for all keys of a date."""
    dated = [part for part in key.split("/") if part.startswith("date=")]
    return (dated or [key.replace("/", "-")])[0]
