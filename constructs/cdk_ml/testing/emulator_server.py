"""The emulator's process: started on a free port of the loopback interface, and ended for sure.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LOOPBACK = "127.0.0.1"
_STARTUP_SECONDS = 60
_POLL_SECONDS = 0.05
# The server ends with the process that started it, however that ends: the pipe between them closes, and the whole
# group goes, the functions it runs included.
_PROGRAM = """
import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.killpg(os.getpgid(0), 9)
threading.Thread(target=watch, daemon=True).start()
from ministack.app import main
main()
"""


class Server:
    """A running emulator.

    :ivar port: where it listens, on the loopback interface.
    :ivar url: the same as an address.
    :raises RuntimeError: when it does not answer; the message ends in what it printed.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """
        :param environment: variables of its process, on top of those of this one.
        """
        self.port = port = _free_port()
        self.url = f"http://{_LOOPBACK}:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="cdk-ml-emulator-")
        folder = Path(self._folder.name)
        log = folder / "emulator.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **_settings(port, folder), **environment},
                start_new_session=True,
            )
        try:
            self._wait(port, log)
        except BaseException:
            self.stop()
            raise

    def reset(self) -> None:
        """Forget everything.

        :raises RuntimeError: when it does not do so.
        """
        if _status(self.port, "POST", "/_ministack/reset") != 200:
            raise RuntimeError(f"The emulator at {self.url} did not forget what it holds.")

    def stop(self) -> None:
        """End the process, the functions it runs, and everything it wrote. Safe to call twice."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._folder.cleanup()

    def _wait(self, port: int, log: Path) -> None:
        deadline = time.monotonic() + _STARTUP_SECONDS
        while _status(port, "GET", "/_ministack/ready") != 200:
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"The emulator did not answer within {_STARTUP_SECONDS} seconds. It said:\n{said}")
            time.sleep(_POLL_SECONDS)


def _settings(port: int, folder: Path) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": _LOOPBACK,
        # Functions run as child processes instead of containers.
        "LAMBDA_EXECUTOR": "local",
        # Listeners of their own, for protocols that no stack is tested with.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _status(port: int, method: str, path: str) -> int | None:
    """Status of the answer; None without one."""
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=10)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
