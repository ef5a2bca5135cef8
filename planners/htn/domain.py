"""A domain: the types, predicates, operators, compound tasks and methods that problems are stated in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from planweave.engine.location import Location
from planweave.engine.plan import Fact
from planweave.planners.htn.builder import TOTAL_COST, Builder, Texts
from planweave.planners.htn.errors import DomainError
from planweave.planners.htn.formula import OBJECT, Parameter, both
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem


class Domain:
    """A hierarchical planning domain.

    Attributes:
        name: of the domain.
        requirements: what its HDDL file says that it requires, without colons.
        types: the direct supertypes of each type; ``object`` stands above all and need not be named.
        constants: the types of each constant.
        predicates: the parameters of each predicate.
        functions: the parameters of each numeric function.
        operators, tasks, methods: by name.
        declares_propositions: whether a fact without arguments declares its predicate by being used: until a type, a
            constant or a predicate is declared.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.requirements: tuple[str, ...] = ()
        self.types: dict[str, tuple[str, ...]] = {}
        self.constants: dict[str, tuple[str, ...]] = {}
        self.predicates: dict[str, tuple[Parameter, ...]] = {}
        self.functions: dict[str, tuple[Parameter, ...]] = {}
        self.operators: dict[str, Operator] = {}
        self.tasks: dict[str, CompoundTask] = {}
        self.methods: dict[str, Method] = {}
        self.declares_propositions = True
        self._builder(name).name("domain")

    def __repr__(self) -> str:
        return (
            f"<domain '{self.name}' with {len(self.operators)} operators, {len(self.tasks)} compound tasks "
            f"and {len(self.methods)} methods>"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Domain) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]  # because a domain grows while it is built

    def _content(self) -> tuple[object, ...]:
        return (
            self.name,
            self.types,
            self.constants,
            self.predicates,
            self.functions,
            self.operators,
            self.tasks,
            self.methods,
        )

    def supertypes(self, name: str) -> tuple[str, ...]:
        """A type and all types above it, ``object`` last."""
        found: dict[str, None] = {}
        left = [name]
        while left:
            one = left.pop()
            if one not in found and one != OBJECT:
                found[one] = None
                left.extend(reversed(self.types.get(one, ())))
        return (*found, OBJECT)

    def methods_for(self, task: str) -> tuple[Method, ...]:
        """The methods of a compound task, in the order in which they were defined."""
        return tuple(method for method in self.methods.values() if method.task == task)

    def add(self, *parts: Operator | CompoundTask | Method) -> None:
        """Add operators, compound tasks and methods.

        Raises:
            DomainError: a name is taken.
        """
        for part in parts:
            family: dict[str, object] = self._family(part)  # type: ignore[assignment]  # because each is a dict of its own kind
            taken = self.operators.get(part.name) or self.tasks.get(part.name) if not isinstance(part, Method) else None
            first = family.get(part.name) or taken
            if first is not None:
                where: Location | None = getattr(first, "where", None)
                raise DomainError(
                    f"the name '{part.name}' is taken" + (f" (by what {where} defines)" if where is not None else ""),
                    where=part.where,
                    node=part.name,
                    mend="give one of them another name",
                )
            family[part.name] = part

    def _family(self, part: Operator | CompoundTask | Method) -> object:
        match part:
            case Operator():
                return self.operators
            case CompoundTask():
                return self.tasks
            case Method():
                return self.methods

    def type(self, name: str, *above: str) -> None:
        """Declare a type.

        Args:
            name: of the type.
            above: its direct supertypes, which have been declared; ``object`` stands above all types.

        Raises:
            DomainError: the name cannot be one or is taken; there is no such supertype.

        >>> domain = Domain("delivery")
        >>> domain.type("vehicle")
        >>> domain.type("truck", "vehicle")
        >>> domain.supertypes("truck")
        ('truck', 'vehicle', 'object')
        """
        builder = self._builder(name)
        self.types[builder.new_name("type", {**self.types, OBJECT: ()})] = builder.types(above)
        self.declares_propositions = False

    def constant(self, name: str, *types: str) -> None:
        """Declare an object that every problem of the domain has.

        Args:
            name: of the object.
            types: its types; none: ``object``.

        Raises:
            DomainError: the name cannot be one or is taken; there is no such type.

        >>> domain = Domain("delivery")
        >>> domain.type("place")
        >>> domain.constant("depot", "place")
        >>> domain.constants
        {'depot': ('place',)}
        """
        builder = self._builder(name)
        self.constants[builder.new_name("constant", self.constants)] = builder.types(types) or (OBJECT,)
        self.declares_propositions = False

    def predicate(self, name: str, *parameters: str) -> None:
        """Declare a predicate.

        Args:
            name: of the predicate.
            parameters: its typed variables, in one text or several.

        Raises:
            DomainError: the name cannot be one or is taken; there is no such type.

        >>> domain = Domain("delivery")
        >>> domain.predicate("at", "?what ?where")
        >>> [str(one) for one in domain.predicates["at"]]
        ['?what - object', '?where - object']
        """
        builder = self._builder(name)
        self.predicates[builder.new_name("predicate", self.predicates)] = builder.parameters(parameters)
        self.declares_propositions = False

    def function(self, name: str, *parameters: str) -> None:
        """Declare a numeric function, for costs and durations.

        Args:
            name: of the function.
            parameters: its typed variables, in one text or several.

        Raises:
            DomainError: the name cannot be one or is taken; there is no such type.

        >>> domain = Domain("delivery")
        >>> domain.function("distance", "?from ?to")
        """
        builder = self._builder(name)
        self.functions[builder.new_name("function", self.functions)] = builder.parameters(parameters)

    def operator(
        self,
        name: str,
        parameters: Texts = (),
        *,
        preconditions: Texts = (),
        effects: Texts = (),
        cost: float | str | None = None,
        duration: float | str | None = None,
    ) -> None:
        """Define a primitive task: what can be done.

        Texts are HDDL without the outermost parentheses.

        Args:
            name: of the operator; steps of plans bear it.
            parameters: its typed variables: ``?truck - vehicle ?from ?to - place``.
            preconditions: what must hold: ``at ?truck ?from``, ``not blocked ?to``, ``or (p) (q)``.
            effects: what it changes: ``at ?truck ?to``, ``not at ?truck ?from``, ``when (p) (q)``.
            cost: of a step: a number, or a function with terms: ``distance ?from ?to``.
            duration: of a step, in seconds: a number, or a function with terms.

        Raises:
            DomainError: the name is taken, or a text uses a name that is not declared. Facts without arguments declare
                themselves in domains that declare neither types, constants nor predicates.

        >>> domain = Domain("report")
        >>> domain.operator("gather_data", effects=["data_available"])
        >>> str(domain.operators["gather_data"].effect)
        '(data_available)'
        """
        builder = self._builder(name)
        declared = builder.parameters(parameters)
        inner = builder.within(declared)
        precondition, effect = inner.condition(preconditions), inner.effect(effects)
        if cost is not None:
            effect = both(effect, inner.cost(cost))
        seconds = None if duration is None else inner.amount(duration, "duration")
        self.add(Operator(builder.name("operator"), declared, precondition, effect, seconds, builder.where))

    def task(self, name: str, parameters: Texts = (), *, effects: Texts = ()) -> None:
        """Define a compound task, which methods decompose.

        Args:
            name: of the task.
            parameters: its typed variables.
            effects: what holds once it is done, whichever method does it: later steps may rely on that.

        Raises:
            DomainError: the name is taken, or a text uses a name that is not declared.

        >>> domain = Domain("report")
        >>> domain.task("research_topic", effects=["research_complete"])
        >>> str(domain.tasks["research_topic"].effect)
        '(research_complete)'
        """
        builder = self._builder(name)
        declared = builder.parameters(parameters)
        effect = builder.within(declared).effect(effects)
        self.add(CompoundTask(builder.name("task"), declared, effect, builder.where))

    def method(
        self,
        name: str,
        task: str,
        subtasks: Texts = (),
        *,
        parameters: Texts = (),
        preconditions: Texts = (),
        constraints: Texts = (),
        ordered: bool = True,
        orderings: Iterable[tuple[str, str] | str] | None = None,
    ) -> None:
        """Define a way to do a compound task.

        Args:
            name: of the method.
            task: what it does, with terms: ``deliver ?package ?place``.
            subtasks: what it decomposes the task into: ``drive ?truck ?place``, or with a label
                ``first (drive ?truck ?place)``. Tasks and operators are defined before the methods that use them.
            parameters: its typed variables; those of the task need not be repeated.
            preconditions: what must hold when the first of the subtasks begins.
            constraints: on variables: ``not = ?from ?to``.
            ordered: whether each subtask is done after the one before it; without effect where there are orderings.
            orderings: pairs of labels, or of names where subtasks have no labels: the first is done before the second.

        Raises:
            DomainError: the name is taken, or a text uses a name that is not declared.

        >>> domain = Domain("report")
        >>> domain.operator("gather")
        >>> domain.operator("analyse")
        >>> domain.task("research")
        >>> domain.method("by_hand", "research", ["gather", "analyse"])
        >>> domain.methods["by_hand"].network.orderings
        (('gather', 'analyse'),)
        """
        builder = self._builder(name)
        done, arguments, declared = builder.head(task, builder.parameters(parameters))
        inner = builder.within(declared)
        method = Method(
            builder.name("method"),
            declared,
            done,
            arguments,
            inner.condition(preconditions),
            inner.network(subtasks, ordered, orderings, constraints),
            builder.where,
        )
        self.add(method)

    def problem(
        self,
        tasks: Texts = (),
        state: Iterable[str | Fact] = (),
        *,
        objects: Mapping[str, Texts] | None = None,
        goal: Texts = (),
        parameters: Texts = (),
        constraints: Texts = (),
        ordered: bool = True,
        orderings: Iterable[tuple[str, str] | str] | None = None,
        values: Mapping[str, float] | None = None,
        metric: str | None = None,
        name: str | None = None,
    ) -> Problem:
        """State a problem: what is to be done, and from where.

        Args:
            tasks: what is to be done: ``deliver parcel shop``.
            state: the facts that are true initially, ``at truck depot``; all others are false.
            objects: the names of the objects of each type: ``{"truck": ["t1", "t2"]}``.
            goal: what must hold at the end.
            parameters: typed variables of the tasks, for which any objects may be chosen.
            constraints: on these variables.
            ordered: whether each task is done after the one before it; without effect where there are orderings.
            orderings: pairs of labels, or of names where tasks have no labels: the first is done before the second.
            values: of numeric functions: ``{"distance depot shop": 12}``.
            metric: the function to minimise; None: the total cost where operators have costs, else the number of steps.
            name: of the problem; None: that of the domain.

        Raises:
            DomainError: a text uses a name that is not declared, or an object of a wrong type.

        >>> domain = Domain("report")
        >>> domain.operator("gather", effects=["data"])
        >>> domain.problem(tasks=["gather"], goal=["data"]).network.subtasks[0].name
        'gather'
        """
        builder = self._builder(self.name if name is None else name)
        own = builder.typed_objects(objects or {})
        builder = replace(builder, objects={**self.constants, **own})
        declared = builder.parameters(parameters)
        inner = builder.within(declared)
        if metric is None and TOTAL_COST.function in self.functions:
            metric = TOTAL_COST.function
        return Problem(
            builder.name("problem"),
            self,
            own,
            builder.state(state),
            inner.network(tasks, ordered, orderings, constraints),
            declared,
            builder.condition(goal),
            builder.values(values or {}),
            None if metric is None else builder.fluent(metric),
            builder.where,
        )

    def _builder(self, name: str) -> Builder:
        return Builder(self, name, Location.of_user(), self.constants)
