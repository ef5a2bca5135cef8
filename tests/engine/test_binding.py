"""Arguments are bound when the workflow is traced, as Python would bind them, with handles anywhere in them."""

from __future__ import annotations

import enum
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.source import Const, Nest, resolve


@pw.task(executor="inline")
def give(value: Any) -> Any:
    """What a handle comes from."""
    return value


@pw.task(executor="inline")
def plain(a: Any, b: Any = "b", *rest: Any, c: Any = "c", **more: Any) -> Any:
    """Every kind of parameter that a call by position or by name can fill."""
    return a, b, rest, c, more


@pw.task(executor="inline")
def strict(a: Any, /, b: Any, *, c: Any) -> Any:
    """One that takes its first by position only and its last by name only."""
    return a, b, c


def result_of(task: pw.Task[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the task gives when a workflow calls it so; ``...`` stands for a handle."""

    @pw.workflow
    def flow() -> Any:
        return task(*map(handles_in, args), **{name: handles_in(value) for name, value in kwargs.items()})

    return flow.run().result


def passed(value: Any) -> Any:
    """The argument as it arrives in a body."""

    @pw.workflow
    def flow() -> Any:
        return give(value)

    return flow.run().result


def handles_in(value: Any) -> Any:
    """The value with a handle for each ``...`` in it."""
    if value is ...:
        return give("handle")
    if type(value) in (list, tuple):
        return type(value)(map(handles_in, value))
    if type(value) is dict:
        return {key: handles_in(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((1,), {}),
        ((1, 2), {}),
        ((1, 2, 3, 4), {}),
        ((1,), {"c": 3}),
        ((), {"a": 1}),
        ((), {"b": 2, "a": 1}),
        ((1, 2, 3), {"c": 4, "d": 5, "e": 6}),
        ((1,), {"self": 2, "fn": 3, "args": 4}),
    ],
)
def test_arguments_arrive_where_python_would_put_them(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Law: for every way to call, the body sees what a plain call would show it."""
    assert result_of(plain, *args, **kwargs) == plain.fn(*args, **kwargs)


@given(
    st.lists(st.sampled_from([1, ..., [2, ...], {"key": ...}, (..., "x")]), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from("cdefg"), st.sampled_from([1, ..., [...], {"key": [...]}]), max_size=4),
)
def test_any_mix_of_values_and_handles_arrives_as_values(args: list[Any], kwargs: dict[str, Any]) -> None:
    """Law: binding, then resolving handles, is the same as resolving them and then calling."""

    def known(value: Any) -> Any:
        if value is ...:
            return "handle"
        if isinstance(value, dict):
            return {key: known(item) for key, item in value.items()}
        return type(value)(map(known, value)) if isinstance(value, list | tuple) else value

    expected = plain.fn(*map(known, args), **{name: known(value) for name, value in kwargs.items()})
    assert result_of(plain, *args, **kwargs) == expected


def test_positional_only_and_keyword_only_parameters_are_respected() -> None:
    """Law: a / and a * in the signature mean what they mean in Python."""
    assert result_of(strict, ..., b=2, c=...) == ("handle", 2, "handle")
    assert result_of(strict, 1, ..., c=3) == (1, "handle", 3)
    with pytest.raises(pw.BindingError, match=r"the call of 'strict' does not fit: .*'a'"):
        result_of(strict, a=1, b=2, c=3)
    with pytest.raises(pw.BindingError, match="too many positional arguments"):
        result_of(strict, 1, 2, 3)


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((), {}, "missing a required argument: 'a'"),
        ((), {"b": 1}, "missing a required argument: 'a'"),
        ((1,), {"a": 2}, "multiple values for argument 'a'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_when_tracing(
    args: tuple[Any, ...], kwargs: dict[str, Any], said: str
) -> None:
    """Law: what Python would refuse at the call is refused at the call in the workflow, before anything runs."""
    with pytest.raises(pw.BindingError) as caught:
        result_of(plain, *args, **kwargs)
    assert caught.value.what == f"the call of 'plain' does not fit: {said}"
    head = "plain(a: Any, b: Any = 'b', *rest: Any, c: Any = 'c', **more: Any) -> Any"
    assert caught.value.mend == f"its parameters are {head}"


def test_an_unexpected_argument_is_refused() -> None:
    """Law: a name that no parameter has is refused unless the task takes any."""
    with pytest.raises(pw.BindingError, match="got an unexpected keyword argument 'colour'"):
        result_of(give, 1, colour="red")


def test_defaults_are_left_to_the_function() -> None:
    """Law: a default is no argument of the node: the body gets it from Python, as the same object each time."""
    seen = []

    @pw.task(executor="inline")
    def gather(item: int, into: list[int] = []) -> None:  # noqa: B006  # because sharing it is the point
        into.append(item)
        seen.append(list(into))

    @pw.workflow
    def flow() -> None:
        gather.using(id="first")(1)
        gather.using(after=[gather.using(id="second")(2)])(3)

    assert [len(node.args) for node in flow.graph().nodes] == [1, 1, 1]
    flow.run()
    assert seen[-1] == sorted([1, 2, 3], key=seen[-1].index)
    assert len(seen[-1]) == 3


def test_handles_deep_in_containers_arrive_as_values() -> None:
    """Law: lists, tuples and dicts keep their kind and order; only the handles in them are replaced."""
    given = {"list": [1, ..., (..., 2)], "nothing": None, 3: {"deep": [{"er": ...}]}}
    found = result_of(give, given)
    assert found == {"list": [1, "handle", ("handle", 2)], "nothing": None, 3: {"deep": [{"er": "handle"}]}}
    assert list(found) == list(given)


def test_a_container_without_handles_is_passed_as_the_object_that_it_is() -> None:
    """Law: what holds no handle is a constant, and is not copied."""
    constant = [1, {"two": (3, [4])}]
    assert passed(constant) is constant


def test_a_container_with_handles_is_made_anew_for_each_run() -> None:
    """Law: two runs of one graph do not share the list that handles were put into."""

    @pw.task(executor="inline")
    def grow(items: list[Any]) -> list[Any]:
        items.append("more")
        return items

    @pw.workflow
    def flow() -> list[Any]:
        return grow([give(1)])

    graph = flow.graph()
    assert [pw.run(graph).result for _ in range(2)] == [[1, "more"]] * 2


def test_objects_of_other_classes_pass_through_untouched() -> None:
    """Law: enums, dataclasses, subclasses of containers and modules are constants, the same object in the body."""

    class Colour(enum.Enum):
        RED = 1

    @dataclass
    class Point:
        x: int

    objects: list[Any] = [
        Colour.RED,
        Point(1),
        OrderedDict(a=1),
        defaultdict(list),
        {1},
        frozenset({3}),
        enum,
        range(3),
    ]
    for value in objects:
        assert passed(value) is value


@pytest.mark.parametrize("kind", [list, dict, tuple])
def test_a_container_that_holds_itself_is_refused(kind: type) -> None:
    """Law: an argument without an end is an error at once, and not a recursion."""
    inner: list[Any] = []
    inner.append({"me": inner} if kind is dict else (inner,) if kind is tuple else inner)
    with pytest.raises(pw.BindingError, match="more than 100 deep, or holds itself"):
        passed(inner)


def test_an_argument_of_any_depth_is_refused_clearly() -> None:
    """Law: depth 99 is fine; 10,000 is refused by the same words, without exhausting the stack."""

    def nested(depth: int) -> list[Any]:
        value: list[Any] = []
        for _ in range(depth):
            value = [value]
        return value

    assert passed(nested(98)) == nested(98)
    with pytest.raises(pw.BindingError, match="more than 100 deep"):
        passed(nested(10_000))


Pair = namedtuple("Pair", ["left", "right"])


@dataclass
class Box:
    content: Any


@dataclass(frozen=True, slots=True)
class Slotted:
    content: Any


class Bag:
    def __init__(self, content: Any) -> None:
        self.content = content


@pytest.mark.parametrize(
    ("pack", "kind"),
    [
        (lambda handle: Pair(1, handle), "Pair"),
        (Box, "Box"),
        (Slotted, "Slotted"),
        (Bag, "Bag"),
        (lambda handle: OrderedDict(a=handle), "OrderedDict"),
    ],
)
def test_a_handle_hidden_in_an_object_is_refused(pack: Any, kind: str) -> None:
    """Law: where a handle would never become a value, the call says so, at the line of the call."""

    @pw.workflow
    def flow() -> Any:
        return give(pack(give(1)))

    with pytest.raises(pw.BindingError) as caught:
        flow.graph()
    assert caught.value.what == f"a {kind} holds a handle ('give'), whose value would never arrive there"


@pytest.mark.parametrize("pack", [lambda handle: {handle: 1}, lambda handle: {(1, handle): 1}])
def test_a_handle_is_no_key_of_a_dict(pack: Any) -> None:
    """Law: a key must be known when the dict is made; a handle in it is refused, in a tuple too."""

    @pw.workflow
    def flow() -> Any:
        return give(pack(give(1)))

    with pytest.raises(pw.BindingError, match="a handle cannot be the key of a dict"):
        flow.graph()


@pytest.mark.parametrize("pack", [lambda handle: {handle}, lambda handle: frozenset({(1, (handle,))})])
def test_a_handle_is_no_member_of_a_set(pack: Any) -> None:
    """Law: a set needs its members' values; a handle in it is refused, in a tuple too."""

    @pw.workflow
    def flow() -> Any:
        return give(pack(give(1)))

    with pytest.raises(pw.BindingError, match="a handle cannot be in a set"):
        flow.graph()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: (x for x in [1, 2]), "generator"),
        (lambda: map(abs, [1, 2]), "map"),
        (lambda: filter(None, [1, 2]), "filter"),
        (lambda: zip([1], [2], strict=True), "zip"),
    ],
)
def test_what_can_be_read_only_once_is_refused(make: Any, kind: str) -> None:
    """Law: a graph may run again and a node may be tried again, so an iterator is no constant."""
    with pytest.raises(pw.BindingError, match=f"an argument is a {kind}, which can be read only once"):
        passed(make())


def test_an_output_is_bound_as_an_argument_is() -> None:
    """Law: what a workflow returns may hold handles wherever an argument may, and is refused where one is."""

    @pw.workflow
    def good() -> Any:
        return {"all": [give(1), (2, give(3))]}

    @pw.workflow
    def bad() -> Any:
        return (give(x) for x in [1, 2])

    assert good.run().result == {"all": [1, (2, 3)]}
    with pytest.raises(pw.BindingError, match="an argument is a generator"):
        bad.graph()


def test_resolving_a_source_gives_back_the_container() -> None:
    """Law: ``resolve`` is the inverse of tracing: positions become values, and nothing else changes."""
    source = Nest(dict, (Nest(list, (0, Const(5))), Nest(tuple, (1,))), ("a", "b"))
    assert resolve(source, ["x", "y"].__getitem__, dict[str, Any]().__getitem__) == {"a": ["x", 5], "b": ("y",)}


def test_arguments_of_a_workflow_are_bound_as_those_of_a_task() -> None:
    """Law: a workflow called in a workflow, or outside of one, refuses what does not fit by its own inputs."""

    @pw.workflow
    def inner(a: int, b: int = 2) -> Any:
        return give([a, b])

    @pw.workflow
    def outer() -> Any:
        return inner(*[])

    assert inner(1) == [1, 2]
    assert inner(b=3, a=1) == [1, 3]
    calls: list[Any] = [outer.graph, inner]
    for call in calls:
        with pytest.raises(pw.BindingError) as caught:
            call()
        assert caught.value.what == "the call of 'inner' does not fit: missing a required argument: 'a'"
        assert caught.value.mend == "its inputs are inner(a: int, b: int = 2) -> Any"
