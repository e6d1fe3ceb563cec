"""A firewall in front of an API: what attacks look like is refused, and so is who asks too often.

https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.tokens import outside
from cdk_ml.workflow.delivery_stream import delivery_stream
from cdk_ml.workspace import Workspace

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
_FEWEST, _MOST = 10, 2_000_000_000
_COMMON = "AWSManagedRulesCommonRuleSet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """What AWS WAF lets through to an API.

    :param requests_per_address: requests in five minutes that one address may make, 10 to 2000000000.
    :param counted: rules of AWS's common rule set that only count: what people write to a model, and the size of it,
        is no attack because it looks like one. ``CrossSiteScripting_BODY`` is another, where people ask about HTML.
    """

    requests_per_address: int = 1_000
    counted: Sequence[str] = ("SizeRestrictions_BODY",)


def firewall_problems(firewall: Firewall) -> Iterator[Problem]:
    """Why WAF would refuse ``firewall``."""
    value = firewall.requests_per_address
    if outside(value, _FEWEST, _MOST):
        fix = f"Use {_FEWEST} to {_MOST}"
        yield Problem("firewall.requests_per_address", value, "is no limit that WAF keeps", fix)
    if not all(firewall.counted):
        fix = "Name rules of the common rule set, or none"
        yield Problem("firewall.counted", firewall.counted, "has a rule without a name", fix)


def web_acl(
    scope: Construct, id: str, *, workspace: Workspace, firewall: Firewall, stage_arn: str, log_bucket: s3.IBucket
) -> waf.CfnWebACL:
    """Put a firewall in front of the stage of an API, and log what it refuses and counts."""
    made = Construct(scope, id)
    acl = waf.CfnWebACL(
        made,
        "Resource",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=_visible("Requests"),
        rules=[
            {
                "name": "Common",
                "priority": 0,
                "statement": {
                    "managedRuleGroupStatement": {
                        "vendorName": "AWS",
                        "name": _COMMON,
                        "ruleActionOverrides": [
                            {"name": name, "actionToUse": {"count": {}}} for name in firewall.counted
                        ],
                    }
                },
                "overrideAction": {"none": {}},
                "visibilityConfig": _visible("Common"),
            },
            {
                "name": "OftenFromOneAddress",
                "priority": 1,
                "statement": {"rateBasedStatement": {"limit": firewall.requests_per_address, "aggregateKeyType": "IP"}},
                "action": {"block": {}},
                "visibilityConfig": _visible("OftenFromOneAddress"),
            },
        ],
    )
    waf.CfnWebACLAssociation(made, "Association", resource_arn=stage_arn, web_acl_arn=acl.attr_arn)
    logged = delivery_stream(made, "Log", workspace=workspace, bucket=log_bucket, service="aws-waf-logs")
    waf.CfnLoggingConfiguration(
        made,
        "Logging",
        resource_arn=acl.attr_arn,
        log_destination_configs=[logged.attr_arn],
        # Whoever reads logs must not be able to sign in as who is in them.
        redacted_fields=[{"singleHeader": {"Name": "authorization"}}],
        logging_filter={
            "DefaultBehavior": "DROP",
            "Filters": [
                {
                    "Behavior": "KEEP",
                    "Requirement": "MEETS_ANY",
                    "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
                }
            ],
        },
    )
    return acl


def _visible(name: str) -> dict[str, Any]:
    return {"cloudWatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": False}
