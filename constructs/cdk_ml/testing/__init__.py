"""Proofs for your own tests: compliance, determinism, precise IAM, portability, valid workflows, rehearsed deployments.

The same functions prove every construct and reference stack of cdk-ml.
"""

from cdk_ml.testing.compliance import assert_compliant
from cdk_ml.testing.determinism import assert_deterministic
from cdk_ml.testing.emulated_template import Dropped, without_unsupported
from cdk_ml.testing.emulator import Deployment, DeploymentError, Emulator, StackEvent
from cdk_ml.testing.iam import assert_iam_precise
from cdk_ml.testing.permissions import assert_permitted
from cdk_ml.testing.pipelines import assert_pipelines_valid
from cdk_ml.testing.portability import assert_portable
from cdk_ml.testing.rehearsal import assert_deployable, assert_destroyable, assert_updatable
from cdk_ml.testing.state_machines import assert_state_machines_valid

__all__ = [
    "Deployment",
    "DeploymentError",
    "Dropped",
    "Emulator",
    "StackEvent",
    "assert_compliant",
    "assert_deployable",
    "assert_destroyable",
    "assert_deterministic",
    "assert_iam_precise",
    "assert_permitted",
    "assert_pipelines_valid",
    "assert_portable",
    "assert_state_machines_valid",
    "assert_updatable",
    "without_unsupported",
]
