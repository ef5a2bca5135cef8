"""A join rule says whether a node runs, given how those before it ended; what is absent arrives as Missing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import planweave as pw
from planweave.engine.join import FAILS_AT_ONCE, RULES, Verdict
from planweave.engine.policy import JOIN_NAMES
from planweave.engine.state import NodeState

OK, FAILED, UP, CANCELLED, SKIPPED = (
    NodeState.SUCCEEDED,
    NodeState.FAILED,
    NodeState.UPSTREAM_FAILED,
    NodeState.CANCELLED,
    NodeState.SKIPPED,
)
RUN, SKIP, FAIL = Verdict.RUN, Verdict.SKIP, Verdict.FAIL

TABLE: list[tuple[tuple[NodeState, ...], dict[str, Verdict]]] = [
    ((), {"all_success": RUN, "all_done": RUN, "one_success": RUN, "none_failed": RUN}),
    ((OK,), {"all_success": RUN, "all_done": RUN, "one_success": RUN, "none_failed": RUN}),
    ((FAILED,), {"all_success": FAIL, "all_done": RUN, "one_success": FAIL, "none_failed": FAIL}),
    ((UP,), {"all_success": FAIL, "all_done": RUN, "one_success": FAIL, "none_failed": FAIL}),
    ((CANCELLED,), {"all_success": FAIL, "all_done": RUN, "one_success": FAIL, "none_failed": FAIL}),
    ((SKIPPED,), {"all_success": SKIP, "all_done": RUN, "one_success": SKIP, "none_failed": RUN}),
    ((OK, OK), {"all_success": RUN, "all_done": RUN, "one_success": RUN, "none_failed": RUN}),
    ((OK, FAILED), {"all_success": FAIL, "all_done": RUN, "one_success": RUN, "none_failed": FAIL}),
    ((OK, SKIPPED), {"all_success": SKIP, "all_done": RUN, "one_success": RUN, "none_failed": RUN}),
    ((FAILED, SKIPPED), {"all_success": FAIL, "all_done": RUN, "one_success": FAIL, "none_failed": FAIL}),
    ((SKIPPED, SKIPPED), {"all_success": SKIP, "all_done": RUN, "one_success": SKIP, "none_failed": RUN}),
    ((FAILED, UP), {"all_success": FAIL, "all_done": RUN, "one_success": FAIL, "none_failed": FAIL}),
]


@pytest.mark.parametrize(("ends", "verdicts"), TABLE, ids=lambda value: "-".join(value) or "nothing")
def test_the_rules_judge_by_this_table(ends: tuple[NodeState, ...], verdicts: dict[str, Verdict]) -> None:
    """Law: the table above, in whatever order the predecessors stand."""
    assert set(verdicts) == set(JOIN_NAMES) == set(RULES)
    for order in itertools.permutations(ends):
        assert {name: rule([(state, True) for state in order]) for name, rule in RULES.items()} == verdicts


def test_a_skipped_node_that_is_only_waited_for_does_not_matter() -> None:
    """Law: under all_success a skip spreads along data, not along control edges."""
    assert RULES["all_success"]([(OK, True), (SKIPPED, False)]) is RUN
    assert RULES["all_success"]([(OK, True), (SKIPPED, True)]) is SKIP
    assert RULES["all_success"]([(OK, True), (FAILED, False)]) is FAIL


def test_the_rules_that_one_failure_settles_are_those_that_no_success_can_save() -> None:
    """Law: a rule is in FAILS_AT_ONCE exactly if a broken predecessor fails it whatever the others do."""
    others = [(), *itertools.product(NodeState, repeat=1), *itertools.product((OK, FAILED, SKIPPED), repeat=2)]
    for name, rule in RULES.items():
        doomed = all(rule([(FAILED, True), *((state, True) for state in rest)]) is FAIL for rest in others)
        assert doomed == (name in FAILS_AT_ONCE)


@pw.task(executor="inline")
def good() -> str:
    return "good"


@pw.task(executor="inline")
def bad() -> str:
    raise ValueError("bad")


@pw.task(executor="inline")
def show(*parts: Any) -> tuple[Any, ...]:
    return parts


@pw.task(executor="inline")
def never(flag: str = "") -> bool:
    return False


def skipped() -> str:
    """The handle of a node that is skipped."""
    return pw.when(never(), then=good, id="skip")


PARTS: dict[str, Any] = {"good": good, "bad": bad, "skip": skipped}
FAILED_PART = pw.Missing(FAILED, "bad")
SKIPPED_PART = pw.Missing(SKIPPED, "skip")


@pytest.mark.parametrize(
    ("join", "parts", "expected"),
    [
        ("all_success", ["good", "good"], ("good", "good")),
        ("all_success", ["good", "skip"], SKIPPED_PART),
        ("all_done", ["good", "bad", "skip"], ("good", FAILED_PART, SKIPPED_PART)),
        ("all_done", ["bad"], (FAILED_PART,)),
        ("all_done", ["skip"], (SKIPPED_PART,)),
        ("none_failed", ["good", "skip"], ("good", SKIPPED_PART)),
        ("none_failed", ["skip"], (SKIPPED_PART,)),
        ("one_success", ["skip"], SKIPPED_PART),
    ],
)
def test_what_is_absent_arrives_as_missing(join: Any, parts: list[str], expected: Any) -> None:
    """Law: a node that runs without a value gets Missing(state, cause) in its place, and a skipped node gives one."""

    @pw.workflow
    def flow() -> Any:
        return show.using(join=join)(*(PARTS[part]() for part in parts))

    assert flow.run().result == expected


@pytest.mark.parametrize(
    ("join", "parts"), [("all_success", "good bad"), ("none_failed", "bad skip"), ("one_success", "bad")]
)
def test_a_rule_that_is_broken_names_the_root(join: Any, parts: str) -> None:
    """Law: the node is upstream_failed, its cause is the node that failed, and so is the run's."""

    @pw.workflow
    def flow() -> Any:
        return show.using(join=join)(*(PARTS[part]() for part in parts.split()))

    run: pw.Run[Any] = pw.run(flow, check=False)
    assert (run.nodes["show"].state, run.nodes["show"].cause) == (UP, "bad")
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["bad"]


def test_one_success_starts_with_the_first_success() -> None:
    """Law: a node that needs one of several values starts as soon as there is one; the others are Missing to it."""

    @pw.workflow
    def flow() -> Any:
        slow = good.using(after=[pw.sleep(0.02)], id="slow")()
        return show.using(join="one_success")(bad.using(id="broken")(), good(), slow)

    run = flow.run()
    assert run.result == (pw.Missing(FAILED, "broken"), "good", pw.Missing(NodeState.PENDING, "slow"))
    order = [event.node for event in run.events if event.kind == "succeeded"]
    assert order.index("show") < order.index("slow")


def test_a_failure_that_a_rule_lets_pass_does_not_fail_the_run() -> None:
    """Law: a failure is handled by those who wait for the node, when their rule lets them run."""

    @pw.workflow
    def flow() -> Any:
        return show.using(join="all_done")(bad())

    run = flow.run()
    assert run.state == "succeeded"
    assert run.nodes["bad"].state is FAILED


def test_missing_is_false_and_says_what_it_stands_for() -> None:
    """Law: ``part or default`` works, and a Missing shows its state and cause."""
    missing = pw.Missing(FAILED, "load")
    assert not missing
    assert (missing.state, missing.cause) == (FAILED, "load")
    assert repr(missing) == "Missing(state=<NodeState.FAILED: 'failed'>, cause='load')"


def test_a_parameter_must_admit_that_it_may_be_absent() -> None:
    """Law: under a tolerant rule the compiler refuses a parameter whose annotation has no room for Missing."""

    @pw.task
    def strict(part: str) -> str:
        return part

    @pw.task
    def tolerant(part: str | pw.Missing, parts: list[str | pw.Missing]) -> str:
        return str(part)

    @pw.task
    def silent(part) -> str:  # type: ignore[no-untyped-def]
        return str(part)

    joins: list[Any] = ["all_done", "none_failed", "one_success"]
    for join in joins:
        with pytest.raises(pw.TypeMismatchError, match="may be absent, but its annotation is str"):
            graph_of(lambda join=join: strict.using(join=join)(good()))
        assert graph_of(lambda join=join: tolerant.using(join=join)(good(), [good(), "x"]))
        assert graph_of(lambda join=join: silent.using(join=join)(good()))
        assert graph_of(lambda join=join: strict.using(join=join)("a constant is there"))


def graph_of(build: Any) -> pw.Graph:
    """The graph of what ``build`` composes."""

    @pw.workflow
    def flow() -> Any:
        return build()

    return flow.graph()
