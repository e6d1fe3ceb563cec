"""Says what would go wrong with one resource or stack, and what somebody should know before it happens.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal import schemas, stack_policy, traits
from cdk_ml.rehearsal.classify import Change, Effect
from cdk_ml.rehearsal.outcome import Kind
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.validation import violations
from cdk_ml.rehearsal.values import text
from cdk_ml.rehearsal.world import Physical, StackState, World

_REPLACEMENT_PAGE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
)
_EXPORTS_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
_POLICY_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html"
_STACK_POLICY_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"


def with_update_policy(template: Template, resource: Resource, found: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes as the update policy of the resource has them."""
    if resource.type != _GROUP or not any(change.effect is Effect.CONDITIONAL for change in found):
        return found
    body = template.raw["Resources"].get(resource.logical_id)
    policy = body.get("UpdatePolicy") if isinstance(body, Mapping) else None
    replacing = policy.get("AutoScalingReplacingUpdate") if isinstance(policy, Mapping) else None
    replaces = isinstance(replacing, Mapping) and text(replacing.get("WillReplace")).lower() == "true"
    effect = Effect.REPLACEMENT if replaces else Effect.IN_PLACE
    return tuple(Change(c.property, effect) if c.effect is Effect.CONDITIONAL else c for c in found)


def rewritten(stage: Stage, template: Template) -> None:
    """Macros rewrite the template first, so that what it says is not what is deployed."""
    found = stage.macros.get(template.path)
    if found:
        message = f"{', '.join(found)} rewrites the template before it is deployed, and that is not rehearsed"
        fix = "Rehearse what it makes: the processed template, which get-template of a change set returns"
        stage.find(Kind.UNRESOLVED, Severity.INFO, template.path, None, message, fix)


def no_properties(stage: Stage, template: Template, resource: Resource) -> None:
    """A function stands for all the properties, and what it returns is no mapping."""
    message = f"{', '.join(resource.properties)} stands where the properties of {resource.logical_id} belong"
    stage.find(Kind.UNRESOLVED, Severity.ERROR, template.path, resource, message, "Give each property by its name")


def no_schema(stage: Stage, template: Template, resource: Resource, region: str) -> None:
    """The type is not in the region, or nowhere."""
    elsewhere = schemas.regions_of(resource.type)
    if elsewhere:
        message = f"{resource.type} does not exist in {region}"
        fix = f"Deploy to {', '.join(elsewhere[:6])}{' ...' if len(elsewhere) > 6 else ''}, or use another type"
        stage.find(Kind.REGION, Severity.ERROR, template.path, resource, message, fix)
        return
    close = get_close_matches(resource.type, schemas.types(region), n=1, cutoff=0.8)
    fix = f"Did you mean {close[0]}" if close else "Use a type of the CloudFormation template reference"
    stage.find(
        Kind.UNKNOWN_TYPE, Severity.ERROR, template.path, resource, f"there is no resource type {resource.type}", fix
    )


def validate(
    stage: Stage, template: Template, resource: Resource, schema: schemas.Schema, properties: Mapping[str, Any]
) -> None:
    """The properties break the schema."""
    for message in violations(schema, properties):
        fix = f"See the properties of {resource.type} in the CloudFormation template reference"
        stage.find(Kind.INVALID_PROPERTY, Severity.ERROR, template.path, resource, message, fix)


def protected(stage: Stage, old: Physical, action: str, *, perhaps: bool = False) -> None:
    """The stack policy does not let an update touch the resource.

    :param perhaps: the update may come to the action, and may not.
    """
    if stage.policy is not None and not stack_policy.allows(stage.policy, action, old):
        message = f"the stack policy does not allow {action} of {old.logical_id}"
        message = f"{message}, which this update may come to" if perhaps else message
        fix = "Give a temporary policy with the update (--stack-policy-during-update-body), or leave the resource alone"
        severity = Severity.WARNING if perhaps else Severity.ERROR
        stage.find(Kind.STACK_POLICY, severity, old.stack, old, message, fix, _STACK_POLICY_PAGE)


def type_changed(stage: Stage, template: Template, resource: Resource, old: Physical) -> None:
    """The same logical id has another type."""
    message = f"update of resource type is not permitted: {old.type} became {resource.type}"
    fix = "Give the new resource a new logical id"
    stage.find(Kind.NEVER_UPDATABLE, Severity.ERROR, template.path, resource, message, fix, _REPLACEMENT_PAGE)


def kept(stage: Stage, template: Template, resource: Resource, found: Sequence[Change]) -> None:
    """A change in place that the service refuses, or that may become a replacement."""
    for change in found:
        if change.refusal is not None:
            message = f"{change.property}: {change.refusal.rule}"
            fix, source = change.refusal.fix, change.refusal.source
            stage.find(Kind.NEVER_UPDATABLE, Severity.ERROR, template.path, resource, message, fix, source)
    perhaps = ", ".join(change.property for change in found if change.effect is Effect.CONDITIONAL)
    if not perhaps:
        return
    message = f"may be replaced, because {perhaps} changed: the schema says under some conditions"
    if traits.holds_data(resource.type):
        fix = "Look the property up in the template reference, and back the data up first"
        stage.find(
            Kind.DATA_LOSS,
            Severity.WARNING,
            template.path,
            resource,
            f"{message}; it holds data",
            fix,
            _REPLACEMENT_PAGE,
        )
    else:
        fix = "Look the property up in the template reference"
        stage.find(Kind.REPLACEMENT, Severity.INFO, template.path, resource, message, fix, _REPLACEMENT_PAGE)


def replaced(
    stage: Stage, template: Template, resource: Resource, old: Physical, new: Physical, found: Sequence[Change]
) -> None:
    """A resource is replaced, perhaps with its data."""
    because = ", ".join(change.property for change in found if change.effect is Effect.REPLACEMENT) or "its type"
    message = f"is replaced, because {because} changed"
    stage.find(Kind.REPLACEMENT, Severity.INFO, template.path, resource, message, "", _REPLACEMENT_PAGE)
    if traits.holds_data(old.type):
        lost(stage, old, new.update_replace_policy, message, "UpdateReplacePolicy")


def lost(stage: Stage, old: Physical, policy: str, message: str, attribute: str) -> None:
    """A resource with data is deleted, or goes on without a stack."""
    if policy == "Delete":
        text_ = f"{message}: {old.physical_id} is deleted with its data"
        fix = f"Take the change back, or set {attribute}: Retain and move the data"
        stage.find(Kind.DATA_LOSS, Severity.WARNING, old.stack, old, text_, fix, _POLICY_PAGE)
        return
    kept_ = "its data stays in a snapshot" if policy == "Snapshot" else f"{old.physical_id} stays, with its data"
    text_ = f"{message}: {kept_}, and belongs to no stack any more"
    fix = "Import it into a stack, move its data, or delete it yourself: it goes on costing"
    stage.find(Kind.ORPHAN, Severity.WARNING, old.stack, old, text_, fix, _POLICY_PAGE)


def taken(
    stage: Stage, template: Template, resource: Resource, made: Physical, holder: Physical, old: Physical | None
) -> None:
    """Somebody has the name already."""
    name = "/".join((made.claim or ("",))[len(traits.scope(made.type, "", "")) + 1 :])
    if old is not None and holder is old:
        message = (
            f"has to be replaced and keeps its name {name}: the new one is made while the old one exists, so it "
            "already exists"
        )
        fix = "Rename it in the same update, or do not name it"
    else:
        owner = f"{holder.stack}/{holder.logical_id}" if holder.stack != made.stack else holder.logical_id
        message = f"{name} already exists: {owner} has that name"
        fix = "Give it another name, or none"
    stage.find(Kind.ALREADY_EXISTS, Severity.ERROR, template.path, resource, message, fix, _REPLACEMENT_PAGE)


def exports(stage: Stage, template: Template, old: StackState | None, new: StackState) -> None:
    """An export is taken away or changed under the stacks that use it, or another stack has one of that name."""
    world = World(stage.stacks)
    for name, value in (old.exports if old is not None else {}).items():
        users = world.importers(old, name) if old is not None else ()
        if users and (name not in new.exports or new.exports[name] != value):
            what = "changed" if name in new.exports else "deleted"
            message = f"export {name} cannot be {what} while {', '.join(users)} imports it"
            fix = "Deploy the importing stack without it first, and keep the export until then (exportValue in the CDK)"
            stage.find(Kind.EXPORT_IN_USE, Severity.ERROR, template.path, None, message, fix, _EXPORTS_PAGE)
    for other in stage.stacks.values():
        if other.path == new.path or (other.account, other.region) != (new.account, new.region):
            continue
        for name in new.exports.keys() & other.exports.keys():
            message = f"export {name} already exists: {other.path} exports it"
            stage.find(
                Kind.ALREADY_EXISTS, Severity.ERROR, template.path, None, message, "Rename one of them", _EXPORTS_PAGE
            )


def imports_itself(stage: Stage, template: Template, names: Collection[str]) -> None:
    """A stack imports what it exports itself, which does not exist before the stack does."""
    for name in sorted(names):
        message = f"export {name} is imported by the stack that exports it: there is no export of that name yet"
        fix = "Refer to the value itself"
        stage.find(Kind.CYCLE, Severity.ERROR, template.path, None, message, fix, _EXPORTS_PAGE)


def import_each_other(stage: Stage, circle: Sequence[str]) -> None:
    """Stacks import each other's exports, so that none can be the first."""
    message = f"circular imports: {' needs '.join(circle)}"
    fix = "Move what both need into a stack of its own, and deploy that one first"
    stage.find(Kind.CYCLE, Severity.ERROR, circle[0], None, message, fix, _EXPORTS_PAGE)
