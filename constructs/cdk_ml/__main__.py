"""``python -m cdk_ml`` is ``cdk-ml``."""

from __future__ import annotations

from cdk_ml.cli import main

if __name__ == "__main__":
    main()
