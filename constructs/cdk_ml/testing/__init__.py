"""Proofs for your own tests: compliance, determinism, precise IAM, portability, valid workflows, deployment.

The same functions prove every construct and reference stack of cdk-ml.
"""

from cdk_ml.testing.compliance import assert_compliant
from cdk_ml.testing.determinism import assert_deterministic
from cdk_ml.testing.emulated_template import Dropped, without_unsupported
from cdk_ml.testing.emulator import Deployment, DeploymentError, Emulator, StackEvent
from cdk_ml.testing.iam import assert_iam_precise
from cdk_ml.testing.pipelines import assert_pipelines_valid
from cdk_ml.testing.portability import assert_portable
from cdk_ml.testing.state_machines import assert_state_machines_valid

__all__ = [
    "Deployment",
    "DeploymentError",
    "Dropped",
    "Emulator",
    "StackEvent",
    "assert_compliant",
    "assert_deterministic",
    "assert_iam_precise",
    "assert_pipelines_valid",
    "assert_portable",
    "assert_state_machines_valid",
    "without_unsupported",
]
