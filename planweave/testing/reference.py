"""The reference: what every run of a script must end in, worked out part after part, without any scheduling.

It is written from the meaning of the parts alone, and shares nothing with the engine but the names of states. Since
the states and values of a script do not depend on what happens first, each node has one end; only which of several
failures a node names as its cause may differ, so there it gives the set of those that are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from planweave.engine.state import NodeState
from planweave.testing.build import given
from planweave.testing.script import (
    Argument,
    Branch,
    Cluster,
    Do,
    Each,
    Item,
    Loop,
    Part,
    Pause,
    Ref,
    Script,
    Work,
    used,
)

OK, FAILED, SKIPPED, HELD = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED, NodeState.UPSTREAM_FAILED


@dataclass(eq=False)
class End:
    """What a node must end in.

    Attributes:
        id: of the node.
        state: its last state.
        value: what it gives, with ``"<skipped>"`` and ``"<broken>"`` where something is missing.
        roots: the ids of the nodes that it may name as its cause; its own for one that failed.
        work: what it runs; None for a control structure.
        attempts: how many attempts there are, unless it is cancelled or its value comes from the cache.
        needed: whether anything waits for it.
    """

    id: str
    state: NodeState = OK
    value: Any = None
    roots: frozenset[str] = frozenset()
    work: Work | None = None
    attempts: int = 0
    needed: bool = False

    @property
    def name(self) -> str:
        """The last part of its id."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def is_broken(self) -> bool:
        """Whether it has no value because of a failure."""
        return self.state in (FAILED, HELD)

    def ends(self, state: NodeState, roots: Iterable[End] = ()) -> End:
        """Set how it ends, and because of whom; itself unless said otherwise."""
        self.state = state
        self.roots = frozenset().union(*(one.roots for one in roots)) or frozenset({self.id})
        return self


Term: TypeAlias = "End | int | bool | list[Term] | None"
"""What an argument stands for in a run: a node, a constant, or a list of these."""


@dataclass
class Expected:
    """What every run of a script must end in.

    Attributes:
        nodes: the end of each node, by id.
        roots: the nodes that the error of the run may name; empty when it succeeds.
        result: of the run, when it succeeds.
    """

    nodes: dict[str, End] = field(default_factory=dict)
    roots: frozenset[str] = frozenset()
    result: Any = None

    @property
    def succeeds(self) -> bool:
        """Whether the run succeeds."""
        return not self.roots


def expected(script: Script) -> Expected:
    """Work out what every run of ``script`` ends in."""
    found = Expected()
    own, output = _Level(found, "", {}, None).lay(script)
    broken = _broken(own, output)
    found.roots = frozenset().union(*(end.roots for end in broken))
    if not broken:
        found.result = _last_values(script, own) if script.output is None else _value(output)
    return found


def _broken(own: list[End], output: Term) -> list[End]:
    """The nodes by which a failure gets out of a script: its output reads them, or nothing waits for them."""
    return [end for end in _nodes(output) if end.is_broken] + [end for end in own if end.is_broken and not end.needed]


def _nodes(term: Term) -> list[End]:
    if isinstance(term, list):
        return [end for one in term for end in _nodes(one)]
    return [term] if isinstance(term, End) else []


def _value(term: Term) -> Any:
    if isinstance(term, list):
        return [_value(one) for one in term]
    if not isinstance(term, End):
        return term
    return term.value if term.state is OK else "<skipped>" if term.state is SKIPPED else "<broken>"


def _last_values(script: Script, own: list[End]) -> dict[str, Any]:
    """The values of the nodes that nothing refers to, by the ids that they have in the graph of the script."""
    inner = used(script)
    return {end.id: _value(end) for end in own if end.name not in inner}


@dataclass
class _Level:
    """One script in its place.

    Attributes:
        found: where the ends of nodes are noted.
        prefix: what the ids of its nodes begin with.
        scope: what each name stands for.
        item: what it is given; ``item_name``: what the engine calls that.
    """

    found: Expected
    prefix: str
    scope: Mapping[str, Term]
    item: Term
    item_name: str = ""

    def lay(self, script: Script) -> tuple[list[End], Term]:
        """Let every part end; gives the nodes of this level, and what the output stands for."""
        own: list[End] = []
        self.scope = dict(self.scope)
        for part in script.parts:
            if isinstance(part, Cluster):
                inner, self.scope[part.name] = self._inner(f"{part.name}/").lay(part.script)
                own += inner
            else:
                self.scope[part.name] = end = self._node(part.name)
                self._judge(part, end)
                own.append(end)
        return own, self._term(script.output)

    def _inner(self, suffix: str) -> _Level:
        """The level of a script in this one that is given nothing else."""
        return _Level(self.found, self.prefix + suffix, self.scope, self.item, self.item_name)

    def _body(self, suffix: str, item: Term, item_name: str) -> _Level:
        """The level of a body, which is given something of its own."""
        return _Level(self.found, self.prefix + suffix, self.scope, item, item_name)

    def _node(self, name: str) -> End:
        assert self.prefix + name not in self.found.nodes, "ids are unique"
        end = self.found.nodes[self.prefix + name] = End(self.prefix + name)
        return end

    def _term(self, argument: Argument | bool | None) -> Term:
        if isinstance(argument, Ref):
            return self.scope[argument.name]
        if isinstance(argument, Item):
            return self.item
        return [self._term(one) for one in argument] if isinstance(argument, tuple) else argument

    def _judge(self, part: Part, end: End) -> None:
        """How a node ends."""
        match part:
            case Do(work=work, args=args, after=after):
                self._run(end, work, [self._term(one) for one in args], {}, [self.scope[name] for name in after])
            case Each():
                terms = [self._term(one) for one in part.over]
                if _joins(end, "all_success", terms, [self.scope[name] for name in part.after]):
                    self._map(part, end, [list(range(one)) if isinstance(one, int) else _value(one) for one in terms])
            case Branch():
                if _joins(end, "all_success", [self._term(part.condition)], []):
                    self._branch(part, end, _value(self._term(part.condition)))
            case Loop():
                self._loop(part, end, 0)
            case Pause():
                _joins(end, "all_success", [], [self.scope[name] for name in part.after])

    def _run(self, end: End, work: Work, args: list[Term], fixed: Mapping[str, Term], after: list[Term]) -> None:
        end.work = work
        if not _joins(end, work.policy.join, [*args, *fixed.values()], after):
            return
        values = [_value(one) for one in (*args, *fixed.values())]
        retry, timeout = work.policy.retry, work.policy.timeout
        most = retry.attempts if retry is not None else 1
        for number in range(1, most + 1):
            one = work.attempt(number)
            late = timeout is not None and (one.seconds or 0) > timeout and work.on_cancel != "refuse"
            bad = bool(args) and type(values[0]) is int and values[0] in work.fails_on
            end.attempts = number
            if not late and not one.fails and not bad:
                break
        else:
            end.ends(FAILED)
            return
        if work.grows is None:
            end.value = given(work, values)
            return
        level = _Level(self.found, f"{end.id}/", {}, None)
        own, output = level.lay(work.grows)
        self._close(end, own, output)
        if end.state is OK and work.grows.output is None:
            end.value = {key.removeprefix(f"{end.id}/"): one for key, one in _last_values(work.grows, own).items()}

    def _close(self, end: End, own: list[End], output: Term) -> bool:
        """Let an expanded node end as its script did; whether it has a value."""
        broken = _broken(own, output)
        if broken:
            end.ends(HELD, broken)
        elif isinstance(output, End) and output.state is SKIPPED:
            end.ends(SKIPPED, [output])
        else:
            end.value = _value(output)
        return end.state is OK

    def _branch(self, part: Branch, end: End, condition: Any) -> None:
        if not isinstance(condition, bool):
            end.ends(FAILED)
            return
        script = part.then if condition else part.otherwise
        if script is None:
            end.ends(SKIPPED)
            return
        inner = self._inner(f"{part.name}/")
        own, output = inner.lay(script)
        self._close(end, own, inner.passed(script.output, output, own))

    def passed(self, argument: Argument | None, term: Term, own: list[End], *, own_item: bool = False) -> Term:
        """What is given on from around the script as it is gets a node of its own, which can wait for it."""
        if isinstance(argument, tuple) and isinstance(term, list):
            return [self.passed(a, t, own, own_item=own_item) for a, t in zip(argument, term, strict=True)]
        if isinstance(argument, Item):
            return term if own_item else self._pass(self.item_name, term, own)
        if isinstance(term, list):  # a cluster that gives several
            return [self.passed(argument, one, own) for one in term]
        return term if not isinstance(term, End) or term in own else self._pass(term.name, term, own)

    def _pass(self, name: str, term: Term, own: list[End]) -> End:
        count = 1
        while self.prefix + (free := name if count == 1 else f"{name}-{count}") in self.found.nodes:
            count += 1
        end = self._node(free)
        own.append(end)
        if _joins(end, "all_success", [term], []):
            end.value = _value(term)
        return end

    def _map(self, part: Each, end: End, lists: list[Any]) -> None:
        if not all(isinstance(one, list) for one in lists) or len({len(one) for one in lists}) > 1:
            end.ends(FAILED)
            return
        values: list[Any] = []
        failed: list[End] = []
        for index, row in enumerate(zip(*lists, strict=True)):
            own, output = self._copy(part, index, list(row))
            broken = _broken(own, output)
            if broken and part.failures == "fail":
                failed += broken
            elif broken and part.failures == "keep":
                values.append("<broken>")
            elif not broken and not (_is_skipped(output) and part.failures == "drop"):
                values.append(_value(output))
        if failed:
            end.ends(HELD, failed)
        else:
            end.value = values

    def _copy(self, part: Each, index: int, row: list[Term]) -> tuple[list[End], Term]:
        if isinstance(part.body, Script):
            inner = self._body(f"{part.name}[{index}]/", row[0], "first")
            own, output = inner.lay(part.body)
            return own, inner.passed(part.body.output, output, own, own_item=True)
        item = self._node(f"{part.name}[{index}]")
        self._run(item, part.body, row, {ref.name: self.scope[ref.name] for ref in part.fixed}, [])
        return [item], item

    def _loop(self, part: Loop, end: End, state: Any) -> None:
        for number in range(1, part.limit + 1):
            base = f"{part.name}@{number}"
            inner = self._body(f"{base}/", state, "state")
            own: list[End] = []
            result: Term = None
            if isinstance(part.body, Script):
                own, result = inner.lay(part.body)
            else:
                result = step = self._node(base)
                self._run(step, part.body, [state], {}, [])
                own.append(step)
            done = inner._node(part.until.name)
            inner._run(done, part.until, [result], {}, [])
            own.append(done)
            if isinstance(part.body, Script):
                result = inner.passed(part.body.output, result, own, own_item=True)
            if not self._close(end, own, [result, done]):
                return
            state, finished = end.value
            end.value = state
            if not isinstance(finished, bool):  # the body was skipped, and so was what would have told the end
                break
            if finished:
                return
        end.ends(FAILED)


def _is_skipped(term: Term) -> bool:
    return isinstance(term, End) and term.state is SKIPPED


def _joins(end: End, rule: str, data: list[Term], after: list[Term]) -> bool:
    """Whether the node runs, by its join rule; if not, how it ends."""
    needs = list({one.id: one for one in _nodes(data)}.values())
    waits = list({one.id: one for one in _nodes(after)}.values())
    for one in (*needs, *waits):
        one.needed = True
    everyone = {one.id: one for one in (*needs, *waits)}.values()
    broken = [one for one in everyone if one.is_broken]
    succeeded = [one for one in everyone if one.state is OK]
    if rule == "all_done" or (rule == "one_success" and (succeeded or not everyone)):
        return True
    if broken:
        end.ends(HELD, broken)
    elif rule == "one_success":
        end.ends(SKIPPED, everyone)
    elif rule == "all_success" and any(one.state is SKIPPED for one in needs):
        end.ends(SKIPPED, [one for one in needs if one.state is SKIPPED])
    return end.state is OK
