"""A causal link is a data edge: how a plan, whoever made it, becomes a graph."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

import planweave as pw


def link(producer: str | None, fact: str, consumer: str, positive: bool = True) -> pw.CausalLink:
    """A causal link; the fact is written as ``at truck depot``."""
    predicate, *objects = fact.split()
    return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer, positive)


def step(text: str, **objects: str) -> pw.Step:
    """A step, written as ``id`` or ``id:operator``, with its parameters and their objects."""
    name, _, operator = text.partition(":")
    return pw.Step(name, operator or name, tuple(objects.values()), tuple(objects))


def refusal(plan: pw.Plan, error: type[pw.PlanweaveError], **options: Any) -> pw.PlanweaveError:
    """The error that the plan ends with."""
    with pytest.raises(error) as caught:
        pw.compile(plan, **options)
    return caught.value


def edges(graph: pw.Graph) -> dict[tuple[str, str], str]:
    """The kind of each edge."""
    return {(one, two): data["kind"] for one, two, data in graph.nx.edges(data=True)}


REPORT = pw.Plan(
    "report",
    (step("gather_data"), step("analyze_data"), step("write_report")),
    (link("gather_data", "data_available", "analyze_data"), link("analyze_data", "analysis_complete", "write_report")),
    (("gather_data", "analyze_data"), ("analyze_data", "write_report")),
)


def gather() -> list[int]:
    return [1, 2, 3]


def analyse(data_available: list[int]) -> int:
    return sum(data_available)


def write(analysis_complete: int) -> str:
    return f"the sum is {analysis_complete}"


def test_the_plan_of_a_textbook_runs() -> None:
    """Law: what the task behind an operator returns arrives where its effect is a precondition."""
    graph = pw.compile(REPORT, actions={"gather_data": gather, "analyze_data": analyse, "write_report": write})
    assert edges(graph) == {("gather_data", "analyze_data"): "data", ("analyze_data", "write_report"): "data"}
    assert graph.name == "report" and graph.run().result == {"write_report": "the sum is 6"}


def test_a_parameter_named_like_the_operators_gets_the_object() -> None:
    """Law: objects are constants; hyphens become underscores, and keywords get one behind them."""
    seen: list[Any] = []

    @pw.task(executor="inline")
    def drive(from_: str, to: str, by_road: str, speed: int = 50) -> None:
        seen.append((from_, to, by_road, speed))

    one = step("drive", **{"from": "a", "to": "b", "by-road": "r1"})
    pw.compile(pw.Plan("trip", (one,)), actions={"drive": drive}).run()
    assert seen == [("a", "b", "r1", 50)]


def test_a_predicate_with_hyphens_is_named_with_underscores() -> None:
    """Law: ``data-available`` fills ``data_available``."""
    plan = pw.Plan("p", (step("make"), step("use")), (link("make", "data-available", "use"),))
    graph = pw.compile(plan, actions={"make": lambda: 4, "use": lambda data_available: data_available + 1})
    assert graph.run().result == {"use": 5}


def test_an_operator_may_be_used_by_several_steps() -> None:
    """Law: each step is a node of its own, with its objects and its producers."""
    plan = pw.Plan(
        "p",
        (step("a:load", what="x"), step("b:load", what="y"), step("c:join")),
        (link("a", "have x", "c"), link("b", "have y", "c")),
    )

    def join(
        first: Annotated[str, pw.FactPattern("have x")], second: Annotated[str, pw.FactPattern("(have y)")]
    ) -> str:
        return first + second

    graph = pw.compile(plan, actions={"load": lambda what: what * 2, "join": join})
    assert [node.id for node in graph.nodes] == ["a", "b", "c"]
    assert graph.run().result == {"c": "xxyy"}


def test_patterns_tell_two_preconditions_with_one_predicate_apart() -> None:
    """Law: a pattern is grounded by the objects of the step; without one it is an error that names both facts."""
    plan = pw.Plan(
        "p",
        (step("a"), step("b"), step("move", start="depot", goal="shop")),
        (link("a", "at truck depot", "move"), link("b", "at crane shop", "move")),
    )

    def move(
        there: Annotated[str, pw.FactPattern("at crane ?goal")], here: Annotated[str, pw.FactPattern("at truck ?start")]
    ) -> str:
        return f"{here}-{there}"

    actions: dict[str, Any] = {"a": lambda: "A", "b": lambda: "B", "move": move}
    assert pw.compile(plan, actions=actions).run().result == {"move": "A-B"}

    error = refusal(plan, pw.BindingError, actions={**actions, "move": lambda at: at})
    assert error.what == (
        "parameter 'at' of 'move' could be any of (at truck depot), (at crane shop) (operator 'move')"
    )
    assert error.mend == 'say which: at: Annotated[T, pw.FactPattern("at truck ?start")]' and error.node == "move"

    def lost(here: Annotated[str, pw.FactPattern("at truck ?goal")]) -> None: ...

    error = refusal(plan, pw.BindingError, actions={**actions, "move": lost})
    assert "stands for (at truck shop), which is no precondition here" in error.what
    assert error.mend == (
        "the preconditions that have a value: (at truck depot), (at crane shop); its parameters: ?start, ?goal"
    )


def test_a_pattern_without_a_predicate_is_refused() -> None:
    """Law: an empty pattern, or one that is no text, is found where it is written."""
    patterns: list[Any] = [" () ", "", None, 5]
    for pattern in patterns:
        with pytest.raises(pw.DefinitionError, match="names no predicate"):
            pw.FactPattern(pattern)


def test_a_parameter_that_is_an_object_and_a_fact_is_refused() -> None:
    """Law: both match: nobody can tell which is meant, unless a pattern says that it is the fact."""
    plan = pw.Plan("p", (step("a"), step("b", at="depot")), (link("a", "at depot", "b"),))
    error = refusal(plan, pw.BindingError, actions={"a": lambda: 1, "b": lambda at: at})
    assert "'at' of 'b' is both a parameter of the operator and a precondition of it" in error.what
    assert error.mend == (
        'for the value write at: Annotated[T, pw.FactPattern("at ?at")]; for the object rename both parameters'
    )

    def use(at: Annotated[int, pw.FactPattern("at ?at")]) -> int:
        return at

    assert pw.compile(plan, actions={"a": lambda: 1, "b": use}).run().result == {"b": 1}


def test_a_parameter_that_stands_for_nothing_is_refused_with_what_there_is() -> None:
    """Law: the mend lists objects and predicates as a parameter could be named; defaults are left alone."""
    plan = pw.Plan("p", (step("a"), step("b", **{"the-truck": "t"})), (link("a", "all-set", "b"),))
    actions: dict[str, Any] = {"a": lambda: 1, "b": lambda wheel: wheel}
    error = refusal(plan, pw.BindingError, actions=actions)
    assert "parameter 'wheel' of 'b' stands for nothing that the operator has" in error.what
    assert error.mend == "name it like one of: the_truck, all_set"
    assert pw.compile(plan, actions={**actions, "b": lambda wheel=4: wheel}).run().result == {"b": 4}


def test_a_fact_that_is_true_initially_comes_from_the_inputs_of_the_run() -> None:
    """Law: from a run input of that name, else the parameter's default, else it is an error of the run."""
    plan = pw.Plan("p", (step("a"), step("b")), (link(None, "topic", "a"), link(None, "topic", "b")))
    needing = pw.compile(plan, actions={"a": lambda topic: topic, "b": lambda topic="none": topic})
    assert needing.run(topic="x").result == {"a": "x", "b": "x"}
    with pytest.raises(pw.InputError, match="topic"):
        needing.run()
    optional = pw.compile(plan, actions={"a": lambda topic=1: topic, "b": lambda topic=1: topic})
    assert optional.run().result == {"a": 1, "b": 1}
    assert optional.run(topic=2).result == {"a": 2, "b": 2}


class Odd:
    """One that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = object.__hash__


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, True), (1, 1.0), (Odd(), Odd())])
def test_an_input_has_one_default(one: Any, other: Any) -> None:
    """Law: two actions whose defaults for one fact differ are refused: a run without the input could give only one."""
    plan = pw.Plan("p", (step("a"), step("b")), (link(None, "topic", "a"), link(None, "topic", "b")))
    actions: dict[str, Any] = {"a": lambda topic=one: topic, "b": lambda topic=other: topic}
    error = refusal(plan, pw.BindingError, actions=actions)
    assert error.what.startswith("the run input 'topic' has the default ") and error.node == "b"
    same = pw.compile(plan, actions={**actions, "b": lambda topic=one: topic})
    assert [value is one for value in same.run().result.values()] == [True, True]
    needed = pw.compile(plan, actions={**actions, "b": lambda topic: topic})
    assert needed.run(topic=7).result == {"a": 7, "b": 7}


def test_an_input_stands_for_one_fact() -> None:
    """Law: two facts of a predicate that are true initially are told apart by patterns, by objects, or not at all."""
    plan = pw.Plan(
        "p",
        (step("a:use", where="t-1"), step("b:use", where="t2"), step("c:use", where="t2")),
        (link(None, "at t-1", "a"), link(None, "at t2", "b"), link(None, "at t2", "c")),
    )
    error = refusal(plan, pw.BindingError, actions={"use": lambda at: at})
    assert error.what == "the run input 'at' would stand for (at t-1) in step 'a' and (at t2) in step 'b'"
    assert error.mend == 'write at: Annotated[T, pw.FactPattern("at ?where")]: its input is then called at_t2'

    def use(at: Annotated[int, pw.FactPattern("at ?where")]) -> int:
        return at

    graph = pw.compile(plan, actions={"use": use})
    assert [one.name for one in graph.inputs] == ["at_t_1", "at_t2"]
    assert graph.run(at_t_1=1, at_t2=2).result == {"a": 1, "b": 2, "c": 2}

    alike = pw.Plan("p", plan.steps[:2], (link(None, "at t-1", "a"), link(None, "at t_1", "b")))
    alike = pw.Plan("p", (step("a:use", where="t-1"), step("b:use", where="t_1")), alike.links)
    assert refusal(alike, pw.BindingError, actions={"use": use}).mend == "give one of the objects another name"


def test_a_fact_has_one_producer_for_each_consumer() -> None:
    """Law: a plan with two links for a fact of a step is refused; to say one link twice changes nothing."""
    steps = (step("a"), step("b"), step("c"))
    actions: dict[str, Any] = {"a": lambda: 1, "b": lambda: 2, "c": lambda f: f}
    twice = pw.Plan("p", steps, (link("a", "f", "c"), link("b", "f", "c")))
    error = refusal(twice, pw.BindingError, actions=actions)
    assert error.what == "the plan has two links for (f): it is made true by 'a' and made true by 'b'"
    initially = pw.Plan("p", steps, (link(None, "f", "c"), link("b", "f", "c")))
    assert "it is true initially and made true by 'b'" in refusal(initially, pw.BindingError, actions=actions).what
    same = pw.Plan("p", steps, (link("a", "f", "c"), link("a", "f", "c"), link("b", "f", "c", positive=False)))
    assert pw.compile(same, actions=actions).run().result["c"] == 1


def test_a_default_before_a_positional_parameter_is_passed_on() -> None:
    """Law: what stands behind a / gets its own value, whatever is left to its default before it."""

    def use(a: int = 1, b: str = "b", c: Any = 3, /, d: Any = 4) -> tuple[Any, ...]:
        return a, b, c, d

    plan = pw.Plan("p", (step("use", b="X"),))
    graph = pw.compile(plan, actions={"use": use})
    assert graph.run().result == {"use": (1, "X", 3, 4)} and len(graph["use"].args) == 2
    both = pw.compile(pw.Plan("p", (step("use", d="D", c="C"),)), actions={"use": use})
    assert both.run().result == {"use": (1, "b", "C", "D")}


@pytest.mark.parametrize("name", ["", "  ", None, 5, "a/b", "a[0]", "a@1", "a\nb"])
def test_the_id_of_a_step_is_a_name(name: Any) -> None:
    """Law: a step cannot be called like something that another node may become."""
    plan = pw.Plan("p", (step("a"), pw.Step(name, "b")))
    with pytest.raises(pw.DefinitionError, match="cannot be the id of a node"):
        pw.compile(plan, actions={"a": lambda: 1, "b": lambda: 2})


def test_messages_about_large_plans_are_short() -> None:
    """Law: ten thousand links, and names of any length, are told in a few words."""
    many = tuple(link("a", f"f {i} {'x' * 1000}", "z") for i in range(10_000))
    plan = pw.Plan("p" * 1000, (step("a"), step("z", **{"y" * 1000: "o" * 1000})), many)
    actions: dict[str, Any] = {"a": lambda: 1, "z": lambda f: f}
    broken: list[Any] = [actions, {"a": len}, {**actions, "z": lambda other: other}, 5 * ["x" * 1000]]
    for some in broken:
        with pytest.raises(pw.DefinitionError) as caught:
            pw.compile(plan, actions=some)
        assert len(str(caught.value)) < 1000
    unknown = pw.Plan("p", (step("a"),), (), (("x" * 5000, "a"),))
    assert len(str(refusal(unknown, pw.UnknownNameError, actions=actions))) < 500


def test_an_option_that_there_is_not_is_refused() -> None:
    """Law: pw.compile says which options a plan has, instead of Python's own error."""
    error = refusal(REPORT, pw.DefinitionError, actions={}, replans=3)
    assert error.what == "a plan does not compile so: got an unexpected keyword argument 'replans'"
    assert error.mend == "its options: actions, pools, replan, replan_time_limit"


def test_negative_links_and_links_that_nothing_reads_only_order() -> None:
    """Law: they carry no data; the same holds for plain orderings, and an ordering beside data says nothing new."""
    plan = pw.Plan(
        "p",
        (step("a"), step("b"), step("c"), step("d")),
        (link("a", "busy", "b", positive=False), link("b", "done", "c"), link("c", "result", "d")),
        (("c", "d"), ("a", "d")),
    )
    actions: dict[str, Any] = {"a": lambda: 1, "b": lambda: 2, "c": lambda: 3, "d": lambda result: result}
    graph = pw.compile(plan, actions=actions)
    assert edges(graph) == {
        ("a", "b"): "control",
        ("b", "c"): "control",
        ("a", "d"): "control",
        ("c", "d"): "data",
    }
    error = refusal(plan, pw.BindingError, actions={**actions, "b": lambda busy: busy})
    assert "stands for nothing" in error.what


def test_none_declares_that_nothing_is_to_be_done() -> None:
    """Law: a no-op is a node like others; an operator without an action is an error."""
    plan = pw.Plan("p", (step("a"), step("noop"), step("b")), (), (("a", "noop"), ("noop", "b")))
    graph = pw.compile(plan, actions={"a": lambda: 1, "noop": None, "b": lambda: 2})
    run = graph.run()
    assert run.result == {"b": 2} and run.nodes["noop"].value is None
    error = refusal(plan, pw.UnknownNameError, actions={"a": lambda: 1, "b": lambda: 2})
    assert error.what == "the operator 'noop' has no action" and error.node == "noop"
    assert error.mend == 'add it: actions={"noop": function}, or None if nothing is to be done for it'
    assert refusal(plan, pw.UnknownNameError).what == "the operator 'a' has no action"


def test_tasks_keep_their_policies_and_positional_parameters() -> None:
    """Law: an action that is a task is run by its own policy."""

    @pw.task(retry=pw.Retry(attempts=2), executor="inline")
    def use(made: int, /, what: str) -> str:
        return f"{what}{made}"

    plan = pw.Plan("p", (step("make"), step("use", what="w")), (link("make", "made", "use"),))
    graph = pw.compile(plan, actions={"make": lambda: 7, "use": use})
    assert graph["use"].policy == use.policy
    assert graph.run().result == {"use": "w7"}


def test_faulty_plans_are_refused() -> None:
    """Law: unknown steps, two steps of one id, cycles, objects without parameters, pools without a place."""
    a, b = step("a"), step("b")
    actions: dict[str, Any] = {"a": lambda: 1, "b": lambda: 2}

    def says(plan: pw.Plan, error: type[pw.PlanweaveError], **more: Any) -> str:
        return refusal(plan, error, actions=actions, **more).what

    unknown = pw.UnknownNameError
    assert "the ordering a < z names the step 'z'" in says(pw.Plan("p", (a,), (), (("a", "z"),)), unknown)
    assert "the causal link for (f x) names the step 'z'" in says(pw.Plan("p", (a,), (link("z", "f x", "a"),)), unknown)
    assert "names the step 'z'" in says(pw.Plan("p", (a,), (link("a", "f", "z"),)), unknown)
    assert says(pw.Plan("p", (a, a)), pw.DuplicateIdError) == "two nodes are called 'a'"
    assert says(pw.Plan("p", (a,), (), (("a", "a"),)), pw.CycleError) == "'a' waits for itself"
    assert "nodes wait for each other" in says(pw.Plan("p", (a, b), (), (("a", "b"), ("b", "a"))), pw.CycleError)
    odd = pw.Step("a", "a", ("x", "y"), ("one",))
    assert "2 objects for 1 parameter (operator 'a')" in says(pw.Plan("p", (odd,)), pw.BindingError)
    text: Any = pw.Step("a", "a", "depot", ("one",))  # type: ignore[arg-type]  # that is the mistake
    assert "the objects of the step are the text 'depot'" in says(pw.Plan("p", (text,)), pw.BindingError)
    assert "has the limit 0" in says(pw.Plan("p", (a,)), pw.DefinitionError, pools={"x": 0})
    assert len(pw.compile(pw.Plan("p", (pw.Step("a", "a", ("x", "y")),)), actions=actions)) == 1


def test_the_compiler_checks_the_types_between_steps() -> None:
    """Law: what a producer provably cannot give is found before anything runs."""

    def analyse_text(data_available: str) -> int:
        return len(data_available)

    actions = {"gather_data": gather, "analyze_data": analyse_text, "write_report": write}
    error = refusal(REPORT, pw.TypeMismatchError, actions=actions)
    assert "parameter 'data_available' of 'analyze_data' wants str, but 'gather_data' gives list[int]" in error.what
