"""Filling: what each parameter of an action is given: an object, what a producer returned, or an input of the run."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from planweave.engine.errors import BindingError
from planweave.engine.graph import Input
from planweave.engine.plan import CausalLink, Fact, FactPattern, Step
from planweave.engine.source import Const, InputRef, Source
from planweave.engine.task import Task
from planweave.engine.wording import clip, cut, listing


class Use(NamedTuple):
    """A parameter that takes a fact which is true initially."""

    step: Step
    task: Task[..., Any]
    parameter: inspect.Parameter
    fact: Fact


class Filling:
    """Fills the parameters of the actions of one plan, and gathers the inputs that its runs need.

    Args:
        values: where the value of each step comes from, by its id.
    """

    def __init__(self, values: Mapping[str, Source]) -> None:
        self._values = values
        self._uses: dict[str, list[Use]] = {}

    def arguments(self, step: Step, task: Task[..., Any], incoming: Sequence[CausalLink]) -> dict[str, Source]:
        """Where each parameter comes from; what has a default and stands for nothing is left to it.

        Raises:
            BindingError: a parameter stands for nothing, or for two things.
        """
        found: dict[str, Source] = {}
        objects = {python_name(name): value for name, value in step.objects.items()}
        positive = {link.fact: link for link in incoming if link.positive}
        for parameter in task.signature.parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            name = parameter.name
            pattern = _pattern_of(task, name)
            if pattern is not None:
                found[name] = self._value(step, task, parameter, _matching(step, task, name, pattern, positive))
                continue
            links = [link for fact, link in positive.items() if python_name(fact.predicate) == name]
            if name in objects:
                found[name] = Const(_only_object(step, task, name, objects, links))
            elif links:
                found[name] = self._value(step, task, parameter, _only_link(step, task, name, links))
            elif parameter.default is parameter.empty:
                known = listing(dict.fromkeys([*objects, *(python_name(fact.predicate) for fact in positive)]))
                mend = f"name it like one of: {known}" if known else "give it a default"
                raise _error(step, task, name, "stands for nothing that the operator has", mend)
        return found

    def inputs(self) -> list[Input]:
        """The inputs of the runs of the plan: the facts that are true initially and that actions take.

        Raises:
            BindingError: an input would stand for two facts, or has two defaults.
        """
        return [_input(name, uses) for name, uses in self._uses.items()]

    def _value(self, step: Step, task: Task[..., Any], parameter: inspect.Parameter, link: CausalLink) -> Source:
        if link.producer is not None:
            return self._values[link.producer]
        name = parameter.name if _pattern_of(task, parameter.name) is None else input_name(link.fact)
        self._uses.setdefault(name, []).append(Use(step, task, parameter, link.fact))
        return InputRef(name)


def python_name(name: str) -> str:
    """A name of a planning domain as a parameter of a Python function can bear it.

    >>> python_name("data-available"), python_name("from")
    ('data_available', 'from_')
    """
    name = name.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def input_name(fact: Fact) -> str:
    """What the input of a run is called that gives the value of one fact, told apart from others of its predicate.

    >>> input_name(Fact("at", ("truck-1", "depot")))
    'at_truck_1_depot'
    """
    return python_name(re.sub(r"\W+", "_", "_".join(map(str, (fact.predicate, *fact.arguments)))))


def _input(name: str, uses: Sequence[Use]) -> Input:
    """The input that some parameters share: required where one of them needs it."""
    first = uses[0]
    for use in uses:
        if use.fact != first.fact:
            written = _annotated(use.parameter.name, use.fact, use.step)
            raise BindingError(
                f"the run input {clip(name)} would stand for {_words(first.fact)} in step {clip(first.step.id)} "
                f"and {_words(use.fact)} in step {clip(use.step.id)}",
                where=use.task.where,
                node=use.step.id,
                mend="give one of the objects another name"
                if _pattern_of(use.task, use.parameter.name) is not None
                else f"write {written}: its input is then called {input_name(use.fact)}",
            )
    required = [use for use in uses if use.parameter.default is use.parameter.empty]
    chosen = (required or uses)[0]
    kind = chosen.task.annotation(chosen.parameter.name)
    if required:
        return Input(name, kind)
    default = chosen.parameter.default
    for use in uses:
        if not _is_equal(use.parameter.default, default):
            raise BindingError(
                f"the run input {clip(name)} has the default {clip(default)} in step {clip(first.step.id)} "
                f"and {clip(use.parameter.default)} in step {clip(use.step.id)}",
                where=use.task.where,
                node=use.step.id,
                mend="give both the same default, or leave the defaults out: each run must give the input then",
            )
    return Input(name, kind, Const(default))


def _is_equal(one: Any, other: Any) -> bool:
    try:
        return one is other or (type(one) is type(other) and bool(one == other))
    except Exception:  # objects that cannot be compared, or whose comparison is no bool
        return False


def _pattern_of(task: Task[..., Any], name: str) -> FactPattern | None:
    annotation = task.annotation(name)
    if get_origin(annotation) is not Annotated:
        return None
    return next((extra for extra in get_args(annotation)[1:] if isinstance(extra, FactPattern)), None)


def _matching(
    step: Step, task: Task[..., Any], name: str, pattern: FactPattern, positive: Mapping[Fact, CausalLink]
) -> CausalLink:
    """The link for the fact that a pattern means."""
    fact = pattern.ground(step.objects)
    if fact not in positive:
        facts = listing(map(str, positive)) or "none, so give it a default"
        parameters = f"; its parameters: {listing(f'?{one}' for one in step.parameters)}" if step.parameters else ""
        mend = f"the preconditions that have a value: {facts}{parameters}"
        raise _error(step, task, name, f"stands for {_words(fact)}, which is no precondition here", mend)
    return positive[fact]


def _only_object(
    step: Step, task: Task[..., Any], name: str, objects: Mapping[str, str], links: Sequence[CausalLink]
) -> str:
    if links:
        raise _error(
            step,
            task,
            name,
            "is both a parameter of the operator and a precondition of it",
            f"for the value write {_annotated(name, links[0].fact, step)}; for the object rename both parameters",
        )
    return objects[name]


def _only_link(step: Step, task: Task[..., Any], name: str, links: Sequence[CausalLink]) -> CausalLink:
    if len(links) > 1:
        raise _error(
            step,
            task,
            name,
            f"could be any of {listing((str(link.fact) for link in links), 5)}",
            f"say which: {_annotated(name, links[0].fact, step)}",
        )
    return links[0]


def _annotated(name: str, fact: Fact, step: Step) -> str:
    """How a parameter says that it stands for a fact: with the parameters of the operator for its objects."""
    parameter_of = {value: f"?{one}" for one, value in step.objects.items()}
    words = " ".join(str(word) for word in (fact.predicate, *(parameter_of.get(one, one) for one in fact.arguments)))
    return f'{cut(name, 60)}: Annotated[T, pw.FactPattern("{cut(words, 80)}")]'


def _words(fact: Fact) -> str:
    return cut(str(fact), 80)


def _error(step: Step, task: Task[..., Any], name: str, what: str, mend: str) -> BindingError:
    return BindingError(
        f"parameter {clip(name)} of {clip(task.name)} {what} (operator {clip(step.name)})",
        where=task.where,
        node=step.id,
        mend=mend,
    )
