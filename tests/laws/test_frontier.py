"""Laws of the frontier as a pure object, against the meaning of the join rules looked at anew after each verb."""

from __future__ import annotations

from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planweave.engine.frontier import Frontier, Vertex
from planweave.engine.policy import Join
from planweave.engine.state import EXITS, NodeState
from planweave.testing import dags

OK, SKIPPED, FAILED, HELD = NodeState.SUCCEEDED, NodeState.SKIPPED, NodeState.FAILED, NodeState.UPSTREAM_FAILED
PENDING, READY, RUNNING, EXPANDED = NodeState.PENDING, NodeState.READY, NodeState.RUNNING, NodeState.EXPANDED
CANCELLED, RETRY_WAIT = NodeState.CANCELLED, NodeState.RETRY_WAIT
JOINS: st.SearchStrategy[Join] = st.sampled_from(get_args(Join))


class FrontierMachine(RuleBasedStateMachine):
    """A scheduler that does anything that it may do, in any order."""

    @initialize(dag=dags(min_nodes=1, max_nodes=7), data=st.data())
    def begin(self, dag: dict[str, list[str]], data: st.DataObject) -> None:
        names = list(dag)
        before = [tuple(names.index(need) for need in needs) for needs in dag.values()]
        after = [[j for j, needs in enumerate(before) if i in needs] for i in range(len(before))]
        self.joins: dict[int, Join] = {
            i: join for i in range(len(before)) if (join := data.draw(JOINS)) != "all_success"
        }
        self.controls = {i: frozenset(n for n in needs if data.draw(st.booleans())) for i, needs in enumerate(before)}
        self.records: list[tuple[float, NodeState, int, object]] = []
        self.frontier = Frontier(before, after, self.joins, self.controls, self.records.append)
        self.taken: list[int] = []
        self.now = 0.0
        self.frontier.begin(self.now)

    def some(self, data: st.DataObject, state: NodeState) -> int:
        self.now += 1
        return data.draw(st.sampled_from([i for i, one in enumerate(self.frontier.state) if one is state]))

    def has(self, state: NodeState) -> bool:
        return state in self.frontier.state

    # ------------------------------------------------------------------ verbs

    @precondition(lambda self: self.frontier.ready)
    @rule()
    def takes_what_is_ready(self) -> None:
        self.taken += self.frontier.take_ready()

    @precondition(lambda self: any(self.frontier.state[i] is READY for i in self.taken))
    @rule(data=st.data())
    def starts(self, data: st.DataObject) -> None:
        position = data.draw(st.sampled_from([i for i in self.taken if self.frontier.state[i] is READY]))
        self.taken.remove(position)
        self.frontier.move(position, RUNNING, self.now, 1)

    @precondition(lambda self: self.has(RUNNING))
    @rule(data=st.data(), how=st.sampled_from(["succeed", "succeed", "fail", "skip", "retry"]))
    def ends(self, data: st.DataObject, how: str) -> None:
        position = self.some(data, RUNNING)
        if how == "succeed":
            self.frontier.succeed(position, self.now)
        elif how == "fail":
            self.frontier.fail(position, self.now, ValueError())
        elif how == "skip":
            self.frontier.skip(position, self.now)
        else:
            self.frontier.retry(position, self.now, {})

    @precondition(lambda self: self.has(RETRY_WAIT))
    @rule(data=st.data())
    def is_due(self, data: st.DataObject) -> None:
        self.frontier.due(self.some(data, RETRY_WAIT), self.now)

    @precondition(lambda self: self.has(RUNNING) and len(self.frontier.state) < 25)
    @rule(data=st.data(), count=st.integers(1, 4))
    def expands(self, data: st.DataObject, count: int) -> None:
        """A node becomes a graph, whose nodes may wait for any node that does not wait for it."""
        position = self.some(data, RUNNING)
        first = len(self.frontier.state)
        outside = [i for i in range(first) if position not in self.waits_for(i)]
        vertices: list[Vertex] = []
        for offset in range(count):
            choices = outside + list(range(first, first + offset))
            needs = data.draw(st.lists(st.sampled_from(choices), max_size=3, unique=True)) if choices else []
            controls = frozenset(need for need in needs if data.draw(st.booleans()))
            vertices.append(Vertex(tuple(needs), data.draw(JOINS), controls))
            self.joins[first + offset], self.controls[first + offset] = vertices[-1].join, controls
        assert self.frontier.expand(position, vertices, self.now) == first

    @precondition(lambda self: self.frontier.closing)
    @rule()
    def closes(self) -> None:
        """An expansion all of whose nodes have ended ends as its failures say."""
        position = self.frontier.closing.pop(0)
        if self.frontier.state[position] is not EXPANDED:
            return
        out = self.frontier.unhandled(position)
        if out:
            self.frontier.fail_upstream(position, self.now, out[0])
        else:
            self.frontier.succeed(position, self.now)

    @precondition(lambda self: len(self.records) > 25)
    @rule()
    def is_cancelled(self) -> None:
        """What runs is given back, all else has ended; what runs may still end in any way, and makes nothing ready."""
        running = self.frontier.cancel(self.now)
        assert running == [i for i, state in enumerate(self.frontier.state) if state is RUNNING]
        for position in running:
            self.frontier.cancel_running(position, self.now)
        assert all(state.is_end for state in self.frontier.state) and not self.frontier.active

    @precondition(lambda self: not self.frontier.active)
    @rule()
    def is_over(self) -> None:
        """When nothing is active, nothing is left to do."""
        assert not self.frontier.ready and all(state.is_end for state in self.frontier.state)

    # ------------------------------------------------------------------ what must be true between verbs

    def waits_for(self, position: int) -> set[int]:
        """Everything that must end before the node can: its predecessors, its graph, and what those wait for."""
        found: set[int] = set()
        work = [position]
        while work:
            here = work.pop()
            if here not in found:
                found.add(here)
                work += self.frontier.before[here]
                work += [i for i in range(len(self.frontier.state)) if self.frontier.parent_of(i) == here]
        return found

    def verdict(self, position: int) -> str:
        """What the join rule of a pending node says now: wait, run, skip or fail."""
        states = [self.frontier.state[i] for i in self.frontier.before[position]]
        needed = [self.frontier.state[i] for i in self.frontier.before[position] if i not in self.controls[position]]
        done, broken = all(state.is_end for state in states), any(state.is_broken for state in states)
        join = self.joins.get(position, "all_success")
        if join == "one_success":
            if OK in states or not states:
                return "run"
            return "wait" if not done else "fail" if broken else "skip"
        if join == "all_done":
            return "run" if done else "wait"
        if broken or not done:
            return "fail" if broken else "wait"
        return "skip" if join == "all_success" and SKIPPED in needed else "run"

    @invariant()
    def every_node_is_decided_as_its_join_rule_says(self) -> None:
        """A node is pending as long as its rule waits, and then leaves that state as the rule says."""
        wanted = {READY: "run", HELD: "fail", SKIPPED: "skip"}
        first = {position: to for _, to, position, _ in reversed(self.records)}
        for position in range(len(self.frontier.state)):
            to = first.get(position, PENDING)
            if to is not CANCELLED:
                assert self.verdict(position) == wanted.get(to, "wait"), f"{position} went from pending to {to}"

    @invariant()
    def every_record_is_a_legal_move(self) -> None:
        state = dict.fromkeys(range(len(self.frontier.state)), PENDING)
        for _, to, position, _ in self.records:
            assert to in EXITS[state[position]]
            state[position] = to
        assert list(state.values()) == self.frontier.state

    @invariant()
    def what_is_ready_is_told_once(self) -> None:
        if not self.has(CANCELLED):
            told = self.taken + self.frontier.ready
            assert sorted(told) == [i for i, state in enumerate(self.frontier.state) if state is READY]

    @invariant()
    def it_counts_what_has_not_ended(self) -> None:
        assert self.frontier.active == sum(not state.is_end for state in self.frontier.state)

    @invariant()
    def an_expansion_closes_when_all_of_it_has_ended(self) -> None:
        parents = [i for i, state in enumerate(self.frontier.state) if state is EXPANDED]
        children = {i: [j for j in range(len(self.frontier.state)) if self.frontier.parent_of(j) == i] for i in parents}
        over = [i for i, some in children.items() if all(self.frontier.state[j].is_end for j in some)]
        assert sorted(i for i in self.frontier.closing if self.frontier.state[i] is EXPANDED) == sorted(over)

    @invariant()
    def causes_are_roots(self) -> None:
        for position, state in enumerate(self.frontier.state):
            root = self.frontier.state[self.frontier.root_of(position)]
            if state is HELD:
                assert root is FAILED or (root is CANCELLED and self.has(CANCELLED))
            elif state is SKIPPED:
                assert root is SKIPPED
            elif state is FAILED:
                assert self.frontier.root_of(position) == position

    @invariant()
    def failures_that_nobody_waits_for_get_out(self) -> None:
        for parent in (-1, *(i for i, state in enumerate(self.frontier.state) if state is EXPANDED)):
            waited = {i for some in self.frontier.before for i in some}
            level = [i for i in range(len(self.frontier.state)) if self.frontier.parent_of(i) == parent]
            out = [i for i in level if self.frontier.state[i].is_broken and i not in waited]
            assert sorted(self.frontier.unhandled(parent)) == out


TestFrontier = FrontierMachine.TestCase
TestFrontier.settings = settings(max_examples=150, stateful_step_count=40)
