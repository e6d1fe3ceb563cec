"""Stops the notebook instance that it runs on when nobody has used it for some time.

The lifecycle configuration of the instance writes this file and runs it every few minutes as root, so that users, who
are not root, cannot turn it off. It asks Jupyter on the instance itself, and calls SageMaker's API through the VPC:
nothing here needs the internet. It runs on the Python of the instance, which is 3.7 on Amazon Linux 2.

https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html
"""

from __future__ import annotations

import calendar
import json
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

JUPYTER = "https://localhost:8443"
METADATA = Path("/opt/ml/metadata/resource-metadata.json")
UPTIME = Path("/proc/uptime")


def main(
    minutes: int,
    jupyter: str = JUPYTER,
    metadata: Path = METADATA,
    uptime: Path = UPTIME,
    run: Any = subprocess.run,
) -> str:
    """Stop the instance if it is idle for longer than ``minutes``; what was decided."""
    seconds = idle_seconds(jupyter, uptime)
    if seconds < minutes * 60:
        return f"used {seconds:.0f} s ago"
    name = json.loads(metadata.read_text())["ResourceName"]
    region = json.loads(metadata.read_text())["ResourceArn"].split(":")[3]
    command = ["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", name, "--region", region]
    run(command, check=True, timeout=60)
    return f"stopped after {seconds:.0f} s"


def idle_seconds(jupyter: str, uptime: Path) -> float:
    """Seconds since somebody used a kernel or a terminal, or since the instance started; none while a kernel works."""
    since_start = float(uptime.read_text().split()[0])
    kernels = [session["kernel"] for session in get(jupyter, "/api/sessions")]
    if any(kernel["execution_state"] not in ("idle", "dead") for kernel in kernels):
        return 0.0
    used = [item["last_activity"] for item in [*kernels, *get(jupyter, "/api/terminals")]]
    return min([since_start, *(age(moment) for moment in used)])


def get(jupyter: str, path: str) -> Any:
    """What Jupyter says. Its certificate is its own, and it is this very machine."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(jupyter + path, timeout=20, context=context) as answer:
        return json.loads(answer.read().decode())


def age(moment: str) -> float:
    """Seconds since a time that Jupyter writes, such as 2026-01-31T08:00:00.000000Z."""
    text = moment.replace("Z", "").split("+")[0].split(".")[0]
    return time.time() - calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
