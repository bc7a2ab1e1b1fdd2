"""CPU of a command and of every process that it starts, also of those that outlive their parent.

The command runs below a process of its own, to which the kernel gives the orphans, and which waits for all of them.
The processes of the benchmark itself are not counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
ORPHANS_S = 60  # seconds in which the processes that outlive the command have to end


@dataclass(frozen=True)
class Cost:
    """What a command took: user and system CPU of all its processes, time on the clock; its exit code and output."""

    cpu: float
    seconds: float
    code: int
    output: str


def run_command(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    """Run a command in `folder` and measure it. Raises AssertionError if a process that it started does not end."""
    runner = [sys.executable, "-P", __file__, str(folder), *command]
    process = subprocess.run(runner, env=env, capture_output=True, text=True, check=False)
    output, _, measured = process.stdout.rpartition("\n")
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-2000:]
    values = json.loads(measured)
    return Cost(values["cpu"], values["seconds"], values["code"], output + process.stderr)


def main(folder: str, command: Sequence[str]) -> None:
    """Run the command, wait for all that it started, and print what they took as the last line."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    code = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL).wait()
    seconds = time.monotonic() - started
    signal.alarm(ORPHANS_S)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("\n" + json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "seconds": seconds, "code": code}), end="")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
