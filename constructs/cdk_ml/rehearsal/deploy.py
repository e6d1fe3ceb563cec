"""Deploys one stack: creates what is new, updates or replaces what changed, then cleans up what nobody needs any more.

CloudFormation starts a resource as soon as what it depends on is done. A replacement is made before the resource that
it replaces goes, in the clean-up after everything else.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_ml.assembly import Resource, Template
from cdk_ml.checks.finding import Severity
from cdk_ml.rehearsal import (
    graph,
    judgement,
    limits,
    making,
    names,
    parameters,
    policies,
    references,
    rules,
    schemas,
    stack_policy,
)
from cdk_ml.rehearsal.classify import Effect, changes, worst
from cdk_ml.rehearsal.cleanup import clean_up
from cdk_ml.rehearsal.elsewhere import OtherStacks
from cdk_ml.rehearsal.intrinsics import Resolver
from cdk_ml.rehearsal.outcome import Action, Kind, Problem
from cdk_ml.rehearsal.roles import races
from cdk_ml.rehearsal.source import resources_of, written_out
from cdk_ml.rehearsal.stage import Stage
from cdk_ml.rehearsal.values import NO_VALUE, text
from cdk_ml.rehearsal.world import Physical, StackState


class Deployment:
    """The deployment of one stack, or of a nested one.

    :ivar made: the resources as they are once they are done, by logical id.
    :ivar resources: those of the template, by logical id, whether their conditions hold or not.
    """

    def __init__(
        self,
        stage: Stage,
        template: Template,
        given: Mapping[str, Any],
        *,
        start: int,
        cause: int | None = None,
        parent: Deployment | None = None,
    ) -> None:
        self.made: dict[str, Physical] = {}
        self.template = template
        self.place: names.Place = parameters.place(
            template, parent.place.region if parent is not None else stage.region
        )
        self._stage = stage
        self._start, self._cause, self._parent = start, cause, parent
        self._old = stage.stacks.get(template.path)
        self._events: dict[str, int | None] = {}
        self._children: list[Deployment] = []
        self._replaced: list[tuple[Physical, str]] = []
        self._others = OtherStacks(stage, template, self.place)
        values, problems = parameters.values(template, given)
        if parent is not None:
            problems += parameters.unknown(template, given)
        self.resolver = Resolver.of(
            template.raw,
            parameters.pseudo(template, self.place) | values,
            self.place.region,
            references.lookup(self),
            self._others.export,
            self._others.output,
        )
        self.resolver.conditions = written_out(template, self.resolver, "Conditions")
        self.resources = resources_of(template, self.resolver)
        self._modular = any(schemas.is_module(resource.type) for resource in self.resources.values())
        self._outputs = written_out(template, self.resolver, "Outputs")
        limits.quotas(stage, template, self.resources)
        self._blame(None, [*problems, *limits.readable(self.resources, self._outputs)])
        self._blame(None, [*rules.broken(template, self.resolver)])
        judgement.rewritten(stage, template)

    def run(self) -> int:
        """Deploy the stack and clean up after it; when that is over."""
        self.forward()
        last = self._last_event()
        return self.clean_up(self._start if last is None else max(self._start, self._stage.end(last)))

    def forward(self) -> None:
        """Create, update and replace."""
        for name, condition in self.resolver.conditions.items():
            self._blame(None, [*references.in_condition(name, condition, self.resources, self.resolver)])
            self.resolver.holds(name)
        active = {name: r for name, r in self.resources.items() if self.resolver.holds(r.condition)}
        self._blame(None, self._problems())
        needs = {name: self._needs(resource, active) for name, resource in active.items()}
        in_order, cycles = graph.order(needs)
        for circle in cycles:
            message = f"circular dependency: {' needs '.join(circle)}"
            fix = "Take one of the references out, for instance into a resource of its own that needs both"
            self._stage.find(Kind.CYCLE, Severity.ERROR, self.template.path, active[circle[0]], message, fix)
        for name in in_order:
            self._deploy(active[name], tuple(needs[name]))
        races(self._stage, self.template, active, self.made)
        self._stage.stacks[self.template.path] = self._state()
        self._stage.replaced[self.template.path] = tuple(old.logical_id for old, _ in self._replaced)

    def clean_up(self, start: int) -> int:
        """Delete what was replaced or removed; when that is over."""
        old = self._old.resources if self._old is not None else {}
        removed = [(gone, gone.deletion_policy) for name, gone in old.items() if name not in self.made]
        end = clean_up(self._stage, [*self._replaced, *removed], start, self._last_event())
        for child in self._children:
            end = max(end, child.clean_up(start))
        return end

    def _deploy(self, resource: Resource, needs: tuple[str, ...]) -> None:
        properties = self.resolver.resolve(resource.properties)
        kept_by = policies.of(resource, self.resolver)
        self._blame(resource, self._problems())
        if not isinstance(properties, Mapping):
            # Fn::If can leave all of them out, and what a macro makes of them is not known.
            if properties is not NO_VALUE and "Fn::Transform" not in resource.properties:
                judgement.no_properties(self._stage, self.template, resource)
            properties = {}
        schema = self._schema(resource)
        wanted = making.Wanted(resource, schema, properties, needs, kept_by)
        old = self._old.resources.get(resource.logical_id) if self._old is not None else None
        changed = changes(resource.type, schema, old.properties, properties) if old is not None else ()
        found = judgement.with_update_policy(self.template, resource, changed)
        effect = worst(found)
        if old is not None and old.type != resource.type:
            judgement.type_changed(self._stage, self.template, resource, old)
            effect = Effect.REPLACEMENT
        if schema is not None and (old is None or effect is not Effect.NONE):
            judgement.validate(self._stage, self.template, resource, schema, properties)
        if old is not None and effect is not Effect.NONE:
            replaces = effect is Effect.REPLACEMENT
            judgement.protected(self._stage, old, stack_policy.REPLACE if replaces else stack_policy.MODIFY)
            if effect is Effect.CONDITIONAL:
                judgement.protected(self._stage, old, stack_policy.REPLACE, perhaps=True)
        if old is None or effect is Effect.REPLACEMENT:
            generation = 0 if old is None else old.generation + 1
            child = self._stage.child(self.template, resource)
            made = making.new(wanted, self.place, generation, child.path if child is not None else None)
            if old is not None:
                self._replaced.append((old, made.update_replace_policy))
            if old is not None and old.type == resource.type:
                judgement.replaced(self._stage, self.template, resource, old, made, found)
            self._claim(resource, made, old)
            action = Action.CREATE if old is None else Action.REPLACE
        else:
            made = making.kept(self._stage, wanted, old)
            judgement.kept(self._stage, self.template, resource, found)
            action = Action.UPDATE
        self.made[resource.logical_id] = made
        start, cause = self._begin(needs)
        nested = self._nest(resource, properties, start, cause)
        if old is not None and effect is Effect.NONE:
            self._events[resource.logical_id] = nested if nested is not None else cause
            return
        handler = "update" if action is Action.UPDATE else "create"
        done = self._stage.end(nested) if nested is not None else start
        note = ", ".join(change.property for change in found)
        cause = nested if nested is not None else cause
        minutes = made.minutes(handler) + (policies.signals(self.template, resource) if handler == "create" else 0)
        event = self._stage.happens(action, made, done, minutes, cause=cause, note=note)
        self._events[resource.logical_id] = event

    def _schema(self, resource: Resource) -> schemas.Schema | None:
        schema = schemas.schema_of(resource.type, self.place.region)
        if schemas.is_opaque(resource.type):
            self._stage.opaque[resource.type] += 1
        elif schema is None:
            judgement.no_schema(self._stage, self.template, resource, self.place.region)
        return schema

    def _claim(self, resource: Resource, made: Physical, old: Physical | None) -> None:
        if made.claim is None:
            return
        holder = self._stage.claims.get(made.claim)
        first = made.schema is not None and made.schema.deletes_first
        if holder is not None and not (holder is old and first):
            judgement.taken(self._stage, self.template, resource, made, holder, old)
        self._stage.claims[made.claim] = made

    def _nest(self, resource: Resource, properties: Mapping[str, Any], start: int, cause: int | None) -> int | None:
        template = self._stage.child(self.template, resource)
        if template is None:
            return None
        given = properties.get("Parameters") or {}
        child = Deployment(self._stage, template, given, start=start, cause=cause, parent=self)
        child.forward()
        self._children.append(child)
        self._others.imported |= child._others.imported
        return child._last_event()

    def outputs(self, child: str) -> Mapping[str, Any]:
        """The outputs of a nested stack."""
        return self._stage.stacks[child].outputs

    def _needs(self, resource: Resource, active: Mapping[str, Resource]) -> list[str]:
        raw = [resource.properties, resource.metadata]
        found = (*resource.depends_on, *graph.references(raw, self.resolver))
        # Whatever is wrong with a condition is said when the resource is resolved.
        self._problems()
        for name in resource.depends_on:
            if name not in self.resources:
                problem = Problem(Kind.UNRESOLVED, f"DependsOn {name}: there is no such resource", "Remove it")
                self._blame(resource, [problem])
        inside = (n if n in active else references.module_of(n, active) for n in found if n in active or self._modular)
        return list(dict.fromkeys(name for name in inside if name is not None))

    def _begin(self, needs: tuple[str, ...]) -> tuple[int, int | None]:
        """When what a resource needs is done, and the event that ends last."""
        events = [event for name in needs if (event := self._events.get(name)) is not None]
        if not events:
            return self._start, self._cause
        last = max(events, key=self._stage.end)
        return max(self._start, self._stage.end(last)), last

    def _last_event(self) -> int | None:
        events = [event for event in self._events.values() if event is not None]
        return max(events, key=self._stage.end) if events else self._cause

    def _state(self) -> StackState:
        outputs: dict[str, Any] = {}
        exports: dict[str, Any] = {}
        for name, output in self._declared():
            outputs[name] = self.resolver.resolve(output.get("Value"))
            export = output.get("Export")
            if isinstance(export, Mapping) and "Name" in export:
                exports[text(self.resolver.resolve(export["Name"]))] = outputs[name]
        self._blame(None, [*limits.of_outputs(self._outputs, outputs, self.resolver), *self._problems()])
        state = StackState(
            path=self.template.path,
            name=self.template.name,
            account=self.place.account,
            region=self.place.region,
            resources=self.made,
            outputs=outputs,
            exports=exports,
            imports=frozenset(self._others.imported),
            parent=self._parent.template.path if self._parent is not None else None,
        )
        judgement.exports(self._stage, self.template, self._old, state)
        judgement.imports_itself(self._stage, self.template, self._others.missing & exports.keys())
        return state

    def _declared(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, output in self._outputs.items():
            if isinstance(output, Mapping) and self.resolver.holds(output.get("Condition")):
                yield name, output

    def _problems(self) -> list[Problem]:
        found = [*self.resolver.problems, *self._others.problems]
        self.resolver.problems.clear()
        self._others.problems.clear()
        return found

    def _blame(self, resource: Resource | None, problems: list[Problem]) -> None:
        for problem in problems:
            self._stage.find(problem.kind, Severity.ERROR, self.template.path, resource, problem.message, problem.fix)
