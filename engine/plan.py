"""A plan: a partial order of steps with causal links and the decomposition that they came from.

Every planner returns one. Compiling it turns each step into a node, each causal link into a data edge and each other
ordering into a control edge; see docs/design.md, "Plans". Terms as in M. Ghallab, D. Nau, P. Traverso, "Automated
Planning", 2004 (causal links: ch. 5; task networks and decompositions: ch. 11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import DefinitionError
from planweave.engine.graph import Graph
from planweave.engine.location import Location
from planweave.engine.wording import clip

if TYPE_CHECKING:
    from planweave.engine.planorder import Durations
    from planweave.engine.planschedule import Schedule
    from planweave.engine.recovery import Recovery

REPLAN_SECONDS = 30.0
"""Seconds of processor time that a search for another plan may take unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A ground atom: a predicate with objects.

    >>> str(Fact("at", ("truck", "depot")))
    '(at truck depot)'
    """

    predicate: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join(map(str, (self.predicate, *self.arguments)))})"


@dataclass(frozen=True, slots=True)
class FactPattern:
    """Says which precondition a callable's parameter stands for: ``Annotated[T, FactPattern("at ?from")]``.

    The words after the predicate are parameters of the operator, with a question mark, or objects.
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not self.text.strip("() "):
            raise DefinitionError(
                f"FactPattern({clip(self.text)}) names no predicate",
                where=Location.of_user(),
                mend='write a predicate and its arguments: "at ?from"',
            )

    def ground(self, objects: Mapping[str, str]) -> Fact:
        """The fact of this pattern, given the object of each parameter.

        >>> FactPattern("at ?what depot").ground({"what": "truck"})
        Fact(predicate='at', arguments=('truck', 'depot'))
        """
        predicate, *words = self.text.strip("() ").split()
        return Fact(predicate, tuple(objects.get(word.lstrip("?"), word) if word[0] == "?" else word for word in words))


@dataclass(frozen=True, slots=True)
class Step:
    """A primitive step: an operator with objects.

    Attributes:
        id: of the step, and of its node: unique in the plan.
        name: of the operator.
        arguments: the objects.
        parameters: the names of the operator's parameters, without question marks, one for each object.
        duration: how long it takes, in seconds; None: nobody says.
    """

    id: str
    name: str
    arguments: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    duration: float | None = None

    @property
    def objects(self) -> dict[str, str]:
        """The object of each parameter; none where the planner names no parameters."""
        if not self.parameters:
            return {}
        return dict(zip(self.parameters, self.arguments, strict=True))


@dataclass(frozen=True, slots=True)
class CausalLink:
    """``producer`` makes ``fact`` true for ``consumer``; a producer of None: it is true initially.

    ``positive`` is False for a negative precondition, whose "producer" made the fact false.
    """

    producer: str | None
    fact: Fact
    consumer: str
    positive: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """A task as it was decomposed: by which method, into what. A leaf names the ``step`` that it is.

    Decompositions are as deep as plans are long, too deep for recursion: compare and walk them as here.
    """

    name: str
    arguments: tuple[str, ...] = ()
    method: str | None = None
    children: tuple[Decomposition, ...] = field(default=(), repr=False)
    step: str | None = None

    def walk(self) -> Iterator[Decomposition]:
        """The task and all below it, each before its children.

        >>> [one.name for one in Decomposition("trip", (), "by-car", (Decomposition("drive", step="drive"),)).walk()]
        ['trip', 'drive']
        """
        left = [self]
        while left:
            one = left.pop()
            yield one
            left.extend(reversed(one.children))

    def _content(self) -> tuple[object, ...]:
        return self.name, self.arguments, self.method, self.step, len(self.children)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decomposition):
            return NotImplemented
        return all(one._content() == two._content() for one, two in zip(self.walk(), other.walk(), strict=False))

    def __hash__(self) -> int:
        return hash(self._content())


@dataclass(frozen=True)
class Plan:
    """A partial order of steps.

    Attributes:
        name: of the plan; its graph and runs bear it.
        steps: in an order that the orderings allow.
        links: which step makes which precondition of which other true.
        orderings: pairs of ids: the first step comes before the second.
        decomposition: the tasks that the plan was found for, as they were decomposed.
        needed: the orderings that are left where those that methods impose are dropped; None: nobody has said.
        is_relaxed: whether the orderings that methods impose were dropped.
        recovery: finds another plan when a step of this one fails; None: nobody does.
    """

    name: str
    steps: tuple[Step, ...]
    links: tuple[CausalLink, ...] = ()
    orderings: tuple[tuple[str, str], ...] = ()
    decomposition: tuple[Decomposition, ...] = field(default=(), repr=False)
    needed: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    is_relaxed: bool = False
    recovery: Recovery | None = field(default=None, repr=False, compare=False)

    def relaxed(self) -> Plan:
        """The plan without the orderings that its methods impose and nothing needs, so that more can run in parallel.

        Every order of the steps that is left can be executed and reaches the goal: causal links, threats to them,
        preconditions of methods and effects of tasks keep what they need.

        Raises:
            DefinitionError: whoever made the plan did not say which orderings are needed.

        >>> plan = Plan("p", (Step("a", "a"), Step("b", "b")), orderings=(("a", "b"),), needed=())
        >>> plan.relaxed().orderings
        ()

        Source: explanation-based order generalisation, S. Kambhampati, S. Kedar, "A unified framework for
        explanation-based generalization of partially ordered and partially instantiated plans", 1994.
        """
        if self.needed is None:
            raise DefinitionError(
                f"nobody said which orderings the plan {clip(self.name)} needs",
                where=Location.of_user(),
                mend="relax a plan that htn.find_plan found, or give needed=",
            )
        return replace(self, orderings=self.needed, is_relaxed=True)

    def text(self) -> str:
        """The plan in the text format of the International Planning Competition (``==>`` ... ``root`` ... ``<==``).

        Raises:
            DefinitionError: a name that the format cannot hold, or a task that was not decomposed.

        >>> pack = Step("pack", "pack", ("box",))
        >>> print(Plan("p", (pack,), decomposition=(Decomposition("pack", ("box",), step="pack"),)).text())
        ==>
        0 pack box
        root 0
        <==

        Source: https://ipc2020.hierarchical-task.net/benchmarks/output-format.
        """
        from planweave.engine.plantext import plan_text

        return plan_text(self)

    def to_json(self) -> str:
        """The plan as a JSON document, all but its recovery.

        Raises:
            DocumentError: a name in it is no text, or its orderings are no partial order.
        """
        from planweave.engine.document.plans import dumps

        return dumps(self)

    @staticmethod
    def from_json(text: str | bytes) -> Plan:
        """The plan of a JSON document; further fields of it are passed over.

        Raises:
            DocumentError: the document is not a plan.
        """
        from planweave.engine.document.plans import loads

        return loads(text)

    def critical_path(self, durations: Durations = None) -> tuple[Step, ...]:
        """The steps along the longest path: however many work at it, the plan takes as long as these.

        Args:
            durations: how long steps take, by the name of their operator or as a function of the step; where it does
                not say, what the plan says; where that does not either, 1.

        Raises:
            CycleError: the orderings are no partial order.
            UnknownNameError: an ordering or link names a step that is not there.

        >>> plan = Plan("p", (Step("a", "a"), Step("b", "b"), Step("c", "c")), orderings=(("a", "c"),))
        >>> [step.id for step in plan.critical_path()], [step.id for step in plan.critical_path({"b": 3})]
        (['a', 'c'], ['b'])
        """
        from planweave.engine.planorder import Order

        order = Order(self)
        return tuple(self.steps[i] for i in order.critical_path(order.durations(durations)))

    def schedule(self, workers: int | None = None, durations: Durations = None) -> Schedule:
        """When each step begins, with so many workers: a good schedule, and a bound that says how good.

        Args:
            workers: how many steps may be under way at once; None: as many as can.
            durations: as for ``critical_path``.

        Raises:
            CycleError: the orderings are no partial order.
            UnknownNameError: an ordering or link names a step that is not there.

        >>> plan = Plan("p", (Step("a", "a"), Step("b", "b"), Step("c", "c")), orderings=(("a", "c"),))
        >>> plan.schedule(workers=2).starts, plan.schedule(workers=1).makespan
        ({'a': 0.0, 'b': 0.0, 'c': 1.0}, 3.0)

        Source: R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Applied Mathematics 17, 1969.
        """
        from planweave.engine.planschedule import schedule

        return schedule(self, workers, durations)

    @property
    def width(self) -> int:
        """The largest number of steps none of which waits for another: more can never run side by side.

        Raises:
            CycleError: the orderings are no partial order.

        >>> Plan("p", (Step("a", "a"), Step("b", "b"), Step("c", "c")), orderings=(("a", "c"),)).width
        2
        """
        from planweave.engine.planorder import Order

        return Order(self).width()

    def to_graph(
        self,
        *,
        actions: Mapping[str, Callable[..., Any] | None] | None = None,
        pools: Mapping[str, int] | None = None,
        replan: int = 0,
        replan_time_limit: float = REPLAN_SECONDS,
    ) -> Graph:
        """Compile the plan: the task of each operator, by name; None declares a no-op.

        A parameter of the task's function that is named like a parameter of the operator gets the object; one
        named like the predicate of a precondition gets the value of the step that made it true, or the run input
        of that name where it was true initially, else its default. One with a ``FactPattern`` stands for that fact,
        and its run input is named after all of it: ``at_truck_depot``, so that an input stands for one fact. Names
        that Python cannot have are written with ``_`` for ``-``, and keywords with ``_`` behind them: ``from_``.

        With ``replan``, an action that fails for good does not fail the run: steps that are running finish, nothing
        new starts, and the plan's recovery looks for another plan, which goes on from there in nodes ``replan-1/...``.

        Args:
            actions: the function or task of each operator; other plans use only operators that have one.
            pools: how many nodes of each named pool may run at once.
            replan: how often another plan may be looked for; 0: never.
            replan_time_limit: seconds of processor time that each search may take.

        Raises:
            UnknownNameError: an operator has no action; a link or ordering names a step that is not there.
            BindingError: a parameter stands for nothing, or for two things; a fact has two producers; an input would
                stand for two facts, or have two defaults.
            CycleError: the orderings are no partial order.
            DefinitionError: the plan is to be replaced, and has no recovery.
        """
        from planweave.engine.actions import compile_plan

        return compile_plan(self, actions or {}, pools or {}, Location.of_user(), replan, replan_time_limit)

    def render(self, path: str, **options: Any) -> Any:
        """Draw the plan into a file: .svg .png .pdf .dot .mmd .html by suffix; see ``planweave.visualize``.

        ``kind="decomposition"`` is the usual picture: the tasks as they were decomposed, with every step in order of
        execution. It says what each step is for, and it stays readable however long the plan is. ``kind="order"``
        shows the partial order instead: which step makes what true for which other, and what may run at the same time.

        Raises:
            RenderError: an unknown suffix, kind or option, or a picture that cannot be made.
        """
        from planweave.engine.rendering import render

        return render(self, path, **options)

    def _repr_svg_(self) -> str:
        from planweave.engine.rendering import svg

        return svg(self)
