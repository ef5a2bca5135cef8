"""The initial state: up to millions of facts, which is why they are read in bulk and not one after the other.

A run of facts is found with one regular expression and gathered by predicate. The words of all facts with one
predicate are then one list, of which every so many words must be one fact; where that fails, a second, slower look
finds the first fact that is wrong, to say where it stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import Fluent, Parameter
from planweave.planners.htn.hddl.expressions import NUMBER, fluent, number
from planweave.planners.htn.hddl.scope import Scope
from planweave.planners.htn.hddl.source import Source
from planweave.planners.htn.hddl.tree import TOKEN, Group, Word, read_group

_FACT = r"\(([^()]*)\)"
_VALUE = r"\(\s*=\s*\(([^()]*)\)\s*([^\s()]+)\s*\)"
_RUN = re.compile(rf"(?:\s*(?:{_FACT}|{_VALUE}))*\s*")  # not possessive: that matches wrongly before Python 3.11.5
_FACTS = re.compile(_FACT)
_ENTRIES = re.compile(rf"{_FACT}|{_VALUE}")


@dataclass
class Initial:
    """What stands in ``(:init ...)``, before it is checked.

    Attributes:
        runs: where runs of facts and values of functions begin and end.
        others: what is neither, such as ``(not (at truck depot))``.
    """

    runs: list[tuple[int, int]] = field(default_factory=list)
    others: list[Group] = field(default_factory=list)


def scan_initial(source: Source, at: int) -> tuple[Initial, int]:
    """What stands in ``(:init ...)``, from the offset behind ``:init``, and the offset behind all of it."""
    found = Initial()
    while True:
        run = _RUN.match(source.text, at)
        assert run is not None  # because it may be empty
        if run.end() > at:
            found.runs.append(run.span())
        token = TOKEN.match(source.text, run.end())
        if token is not None and token.group() == ")":
            return found, token.end()
        _check_opening(source, token, run.end())
        group, at = read_group(source, run.end())
        found.others.append(group)


def _check_opening(source: Source, token: re.Match[str] | None, at: int) -> None:
    """Refuse what does not begin like a fact."""
    if token is None:
        raise source.error("the text ends inside (:init ...)", at, "close it with ')'")
    if token.group() != "(":
        raise source.error(f"expected a fact in parentheses, not {Word(token.group(), at)}", at)
    first = TOKEN.search(source.text, token.end())
    if first is not None and first.group().startswith(":"):
        raise source.error("a section begins inside the initial state", at, "close that with ')' before")


def read_initial(initial: Initial, scope: Scope) -> tuple[frozenset[Fact], dict[Fluent, float]]:
    """The facts that are true initially, and the values of functions."""
    text = scope.source.text
    facts: list[str] = []
    values: list[str] = []
    for start, end in initial.runs:
        if text.find("=", start, end) < 0:
            facts += _FACTS.findall(text, start, end)
        else:
            found = _ENTRIES.findall(text, start, end)
            facts += [fact for fact, function, _ in found if not function]
            values += [f"{function} {amount}" for _, function, amount in found if function]
    for group in initial.others:
        _check_other(group, scope)
    try:
        return frozenset(_facts(facts, scope)), dict(_values(values, scope))
    except _Odd:
        return _one_by_one(initial, scope)


class _Odd(Exception):
    """Something is wrong, or written in an unusual way, such as with a tab behind the predicate."""


def _facts(texts: list[str], scope: Scope) -> Iterator[Fact]:
    known = {name: name for name in scope.objects}.__getitem__  # one text for each name, which saves memory
    for predicate, columns, count in _columns(texts, scope.domain.predicates, 0):
        try:
            rows = zip(*[list(map(known, column)) for column in columns], strict=True) if columns else repeat((), count)
        except KeyError:
            raise _Odd from None
        yield from map(Fact, repeat(predicate), rows)


def _values(texts: list[str], scope: Scope) -> Iterator[tuple[Fluent, float]]:
    known = {name: name for name in scope.objects}.__getitem__
    for function, columns, count in _columns(texts, scope.domain.functions, 1):
        try:
            objects = [list(map(known, column)) for column in columns[:-1]]
        except KeyError:
            raise _Odd from None
        if not all(map(NUMBER.fullmatch, columns[-1])):
            raise _Odd
        rows = zip(*objects, strict=True) if objects else repeat((), count)
        yield from zip(map(Fluent, repeat(function), rows), map(float, columns[-1]), strict=False)


def _columns(
    texts: list[str], declared: Mapping[str, tuple[Parameter, ...]], more: int
) -> Iterator[tuple[str, list[list[str]], int]]:
    """Each name with the words that follow it in these texts, by position, and how often it is there.

    Args:
        texts: entries without their parentheses.
        declared: the parameters of each name.
        more: how many words follow besides.
    """
    rest: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        name, _, words = text.partition(" ")
        rest[name].append(words)
    for name, entries in rest.items():
        if name not in declared:
            raise _Odd
        size = len(declared[name]) + more + 1
        flat = " ) ".join(entries).split()
        flat.append(")")
        ends = flat[size - 1 :: size]
        if len(flat) != size * len(entries) or len(ends) != ends.count(")"):
            raise _Odd
        yield name, [flat[i::size] for i in range(size - 1)], len(entries)


def _one_by_one(initial: Initial, scope: Scope) -> tuple[frozenset[Fact], dict[Fluent, float]]:
    """The facts and values, one after the other; says where the first that is wrong stands."""
    facts: dict[Fact, None] = {}
    values: dict[Fluent, float] = {}
    for start, end in initial.runs:
        for entry in _ENTRIES.finditer(scope.source.text, start, end):
            predicate, *objects = (entry.group(1) or "").split() or [""]
            parameters = scope.domain.predicates.get(predicate)
            if parameters is not None and len(parameters) == len(objects) and scope.objects.keys() >= set(objects):
                facts[Fact(predicate, tuple(objects))] = None
                continue
            group, _ = read_group(scope.source, entry.start())
            if group.parts and isinstance(group.parts[0], Word) and group.parts[0].text == "=":
                function, amount = _value(group, scope)
                values[function] = amount
            else:
                facts[_fact(group, scope)] = None
    return frozenset(facts), values


def _fact(group: Group, scope: Scope) -> Fact:
    match group.parts:
        case [Word() as name, *rest] if all(isinstance(one, Word) for one in rest):
            scope.predicate(name, len(rest))
            return Fact(name.text, tuple([scope.object(one) for one in rest if isinstance(one, Word)]))
    raise scope.source.error(
        f"expected a fact, not {group}", group.at, "an initial state holds facts and values of functions only"
    )


def _value(group: Group, scope: Scope) -> tuple[Fluent, float]:
    match group.parts:
        case [Word("="), (Word() | Group()) as of, Word() as amount]:
            return fluent(of, scope), number(amount, scope)
    raise scope.source.error(f"expected the value of a function, (= (distance a b) 3), not {group}", group.at)


def _check_other(group: Group, scope: Scope) -> None:
    """Refuse what is no fact. That a fact is false may be said, though all that are not named are."""
    match group.parts:
        case [Word("not"), Group() as fact]:
            _fact(fact, scope)
        case [Word("="), *_]:
            _value(group, scope)
        case _:
            _fact(group, scope)
