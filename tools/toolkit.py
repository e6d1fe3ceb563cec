"""Makes the environment in which the tests run scripts and agents as AWS's containers do.

AWS's training toolkit is published as source with a part in C. On a machine without a compiler the environment is not
made, and the tests that need it say so; everything else works.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PINNED = Path(__file__).resolve().parent.parent / "requirements" / "toolkit.txt"


def main(folder: Path) -> int:
    print(f"Setting up {folder}: AWS's toolkits, Evidently, SHAP and agents (once; about two minutes)", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", PINNED]).returncode:
        (folder / "bin" / "python").unlink()
        print(
            "The toolkit is not installed, for the reason above; a part of it needs a C compiler. "
            "The tests that need it will be skipped, and say so.",
            file=sys.stderr,
        )
    (folder / ".ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
