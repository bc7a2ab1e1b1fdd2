"""For every test: no variables of the user, no network except loopback; fixtures for stores."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

# Before Prefect is imported anywhere: it reads its settings once.
os.environ.update(
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    DO_NOT_TRACK="1",
    PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="CRITICAL",
    PREFECT_SERVER_LOGGING_LEVEL="CRITICAL",
    AWS_EC2_METADATA_DISABLED="true",
)
for name in [n for n in os.environ if n.startswith("DAILY_PAPERS_") and n != "DAILY_PAPERS_SHARED"]:
    del os.environ[name]

import hypothesis
import pytest
import stamina

from papers.store import Store, open_store
from tests.servers import ceph, ceph_missing

# No test fails because a machine is busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects to another host fails at once."""
    connect = socket.socket.connect

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test asked {address[0]}: tests talk to this machine alone")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a new folder, without the checkout's `.env` and `data/`."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries follow at once; their number stays the same."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


# --- stores --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder_store(tmp_path: Path) -> Store:
    """A store in a new folder."""
    return open_store(str(tmp_path / "store"))


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of moto's S3 server, in a thread of this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_store(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in a new bucket of the server that `env` names."""
    import boto3

    for name, value in env.items():
        monkeypatch.setenv(name, value)
    bucket = f"papers-{uuid4().hex[:12]}"
    boto3.session.Session().client("s3").create_bucket(Bucket=bucket)
    return open_store(f"s3://{bucket}/in/here")


@pytest.fixture
def moto_store(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store on moto's server."""
    env = {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return s3_store(env, monkeypatch)


@pytest.fixture(scope="session")
def ceph_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a Ceph S3 server that lasts for the session."""
    if why := ceph_missing():
        pytest.skip(why)
    with ceph(tmp_path_factory.mktemp("ceph")) as env:
        yield env


@pytest.fixture
def ceph_store(ceph_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store on a real S3 server, Ceph's."""
    return s3_store(ceph_env, monkeypatch)
