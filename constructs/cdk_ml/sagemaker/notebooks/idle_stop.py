"""Stops a notebook instance that nobody uses: a timer on the instance itself, which works without the internet.

https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html
"""

from __future__ import annotations

import base64

from cdk_ml.workflow.runtime_code import runtime_code

LONGEST_SCRIPT = 16_384
"""Characters of a lifecycle script in base64."""

_CHECK_MINUTES = 5
_PROGRAM = "/usr/local/bin/stop_when_idle.py"


def on_start(*, idle_minutes: int, script: str = "") -> str:
    """The script that SageMaker runs as root whenever the instance starts.

    :param idle_minutes: minutes without use after which the instance is stopped.
    :param script: what the user wants to be done before.
    """
    program = base64.b64encode((runtime_code("notebook_idle") / "stop_when_idle.py").read_bytes()).decode()
    every = f"{_CHECK_MINUTES}min"
    lines = [
        "#!/bin/bash",
        "set -eu",
        f"base64 --decode > {_PROGRAM} <<'PROGRAM'",
        program,
        "PROGRAM",
        # Root's, so that users cannot change it; systemd's, because Amazon Linux 2023 comes without cron.
        f"chmod 0755 {_PROGRAM}",
        f"systemd-run --unit=stop-when-idle --on-active={every} --on-unit-active={every} "
        f"/usr/bin/python3 {_PROGRAM} {idle_minutes}",
        *([f"su - ec2-user <<'SCRIPT'\n{script.rstrip()}\nSCRIPT"] if script else []),
    ]
    return base64.b64encode("\n".join([*lines, ""]).encode()).decode()
