"""Arguments are bound when the workflow is traced, as Python would bind them, with handles anywhere in them."""

from __future__ import annotations

import enum
import functools
import io
import itertools
from collections import OrderedDict, UserList, defaultdict, deque, namedtuple
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pydantic
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


class Half:
    """One that has fields and slots, and a slot that nothing has been put into."""

    __slots__ = ("__dict__", "__hidden", "empty")

    def __init__(self, content: Any) -> None:
        self.__hidden = content


class Model(pydantic.BaseModel):
    parts: list[Any]


def circle(content: Any) -> Bag:
    """Objects that hold each other."""
    one, other = Bag(None), Bag(content)
    one.content, other.extra = [other], one  # type: ignore[attr-defined]  # because any object can get a field
    return one


@pytest.mark.parametrize(
    ("pack", "kind"),
    [
        (lambda handle: Pair(1, handle), "a Pair"),
        (Box, "a Box"),
        (Slotted, "a Slotted"),
        (Bag, "a Bag"),
        (Half, "a Half"),
        (lambda handle: OrderedDict(a=handle), "an OrderedDict"),
        (lambda handle: SimpleNamespace(all=[1, handle]), "a SimpleNamespace"),
        (lambda handle: Box({"deep": [(Slotted(Bag(handle)),)]}), "a Box"),
        (lambda handle: Model(parts=[handle]), "a Model"),
        (lambda handle: functools.partial(give, handle), "a partial"),
        (lambda handle: functools.partial(give, value=[handle]), "a partial"),
        (lambda handle: lambda: handle, "a function"),
        (lambda handle: lambda value=handle: value, "a function"),
        (lambda handle: OrderedDict({Slotted(handle): 1}), "an OrderedDict"),
        (lambda handle: UserList([handle]), "an UserList"),
        (circle, "a Bag"),
    ],
)
def test_a_handle_hidden_in_an_object_is_refused(pack: Any, kind: str) -> None:
    """Law: where a handle would never become a value, the call says so, at the line of the call."""

    @pw.workflow
    def flow() -> Any:
        return give(pack(give(1)))

    with pytest.raises(pw.BindingError) as caught:
        flow.graph()
    assert caught.value.what == f"{kind} holds a handle ('give'), whose value would never arrive there"


def test_an_object_that_holds_no_handle_is_searched_without_effects() -> None:
    """Law: neither properties nor proxies nor walks of the user's own are asked, and modules and classes not opened."""

    class Careful(dict[str, Any]):
        def __iter__(self) -> Any:
            raise AssertionError("walked")

        @property
        def content(self) -> Any:
            raise AssertionError("read")

        def __getattr__(self, name: str) -> Any:
            raise AssertionError("asked")

    class Unconnected:
        @property
        def __dict__(self) -> Any:  # type: ignore[override]  # as proxies do
            raise RuntimeError("not connected")

    values: list[Any] = [Careful(a=1), Unconnected(), ModuleType("m"), Careful, range(10**12), memoryview(b"a")]
    for value in values:
        assert passed(value) is value


def test_what_a_function_can_reach_may_hold_handles() -> None:
    """Law: a method of the object that composes the workflow is a constant, whatever handles the object keeps."""

    class Builder:
        def __init__(self) -> None:
            self.kept: list[Any] = []

        def shout(self, text: str) -> str:
            return text.upper()

        def flow(self) -> Any:
            self.kept.append(give("text"))
            apply = pw.task(executor="inline")(lambda function: function("text"))
            return apply(self.shout), apply(lambda text: self.shout(text) + "!")

    assert pw.workflow(Builder().flow).run().result == ("TEXT", "TEXT!")


def test_views_and_deques_are_lists_of_what_they_hold() -> None:
    """Law: the values, items and keys of a dict arrive as the list that they were at the call, as do deques."""
    parts = {"a": ..., "b": 2}

    @pw.workflow
    def flow() -> Any:
        known = {key: give("handle") if value is ... else value for key, value in parts.items()}
        results = [give(known.values()), give(known.items()), give(known.keys()), give(deque([*known.values(), ()]))]
        known["c"] = 3  # which is too late
        return results, [{1: known.keys()}]

    assert flow.run().result == (
        [["handle", 2], [("a", "handle"), ("b", 2)], ["a", "b"], ["handle", 2, ()]],
        [{1: ["a", "b", "c"]}],
    )
    plain = deque([1])
    assert passed(plain) is plain


@pytest.mark.filterwarnings("error")
def test_what_nobody_awaits_is_refused_wherever_it_is_given() -> None:
    """Law: as an argument, in a list, fixed in a map, as a condition and as a result; and Python need not warn."""

    async def fetch() -> int:
        return 1

    async def stream() -> AsyncIterator[int]:
        yield 1

    @pw.workflow
    def inner() -> Any:
        return fetch()

    @pw.workflow
    def ignoring() -> Any:
        inner()

    def result() -> Any:
        return fetch()

    builds: list[Any] = [
        lambda: give(fetch()),
        lambda: give([1, {"deep": (fetch(),)}]),
        lambda: give.map([fetch()]),
        lambda: plain.map([1], c=fetch()),
        lambda: pw.when(fetch(), then=lambda: 1),  # type: ignore[arg-type]  # that is the mistake
        lambda: [fetch()],
        result,
        ignoring.fn,
    ]
    for build in builds:
        with pytest.raises(pw.BindingError, match="is a coroutine, which nothing in a workflow awaits"):
            pw.workflow(build).graph()
    repeat: Any = pw.repeat
    with pytest.raises(pw.BindingError, match=r"the result of the body of pw\.repeat is a coroutine"):
        pw.workflow(lambda: repeat(lambda state: fetch(), 0, until=give, limit=1)).graph()
    with pytest.raises(pw.BindingError, match=r"the result of until= of pw\.repeat is a coroutine"):
        pw.workflow(lambda: repeat(give, 0, until=lambda state: fetch(), limit=1)).graph()
    with pytest.raises(pw.BindingError, match="an argument is an async_generator, which can be read only once"):
        passed(stream())


def test_a_wrapper_is_called_by_its_own_parameters() -> None:
    """Law: what fits a decorated function outside of a workflow fits it inside, though the wrapped one differs."""

    def one(fn: Any) -> Any:
        return functools.wraps(fn)(lambda value: fn(value, "one"))

    def injecting(fn: Any) -> Any:
        return functools.wraps(fn)(lambda *args, **kwargs: fn("db", *args, **kwargs))

    def both(first: Any, second: Any) -> Any:
        return first, second

    def deep(database: str, path: str) -> str:
        return f"{database} {path}"

    assert result_of(pw.task(executor="inline")(one(both)), ...) == ("handle", "one")
    assert result_of(pw.task(executor="inline")(injecting(one(both)))) == ("db", "one")
    injected: pw.Task[..., Any] = pw.task(executor="inline")(injecting(deep))
    assert injected("x") == result_of(injected, "x") == result_of(injected, path="x") == "db x"
    assert pw.workflow(lambda: injected.map(["x", "y"])).run().result == ["db x", "db y"]
    with pytest.raises(pw.BindingError, match="too many positional arguments"):
        result_of(pw.task(one(both)), 1, 2)


def test_a_wrapper_that_takes_more_than_it_passes_on_may_be_mapped() -> None:
    """Law: a map over what takes anything walks as many lists as it is given."""

    @pw.task(executor="inline")
    @functools.wraps(give.fn)
    def total(*values: Any, **more: Any) -> Any:
        return sum(values, *more.values())

    assert pw.workflow(lambda: total.map([1, 2], [3, 4], [5, 6])).run().result == [9, 12]
    assert pw.workflow(lambda: total.map([1, 2], [3, 4], start=give(10))).run().result == [14, 16]


def test_a_transparent_wrapper_is_checked_by_what_it_wraps() -> None:
    """Law: names and types of a call that fits the wrapped function are its own."""

    @pw.task(executor="inline")
    @functools.wraps(give.fn)
    def shout(*args: Any, **kwargs: Any) -> Any: ...

    @pw.task(executor="inline")
    @functools.lru_cache
    def length(text: str) -> int:
        return len(text)

    assert list(pw.workflow(lambda: shout(1)).graph().nodes[0].argument_names()) == ["value"]
    with pytest.raises(pw.TypeMismatchError, match="parameter 'text' of 'length' wants str, but 5 is int"):
        result_of(length, 5)
    with pytest.raises(pw.BindingError, match="the call of 'length' does not fit"):
        result_of(length)


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
        (lambda: reversed([1]), "list_reverseiterator"),
        (lambda: enumerate([1]), "enumerate"),
        (itertools.count, "count"),
        (lambda: iter([1]), "list_iterator"),
        (lambda: io.StringIO("line"), "StringIO"),
    ],
)
def test_what_can_be_read_only_once_is_refused(make: Any, kind: str) -> None:
    """Law: a graph may run again and a node may be tried again, so an iterator is no constant."""
    with pytest.raises(pw.BindingError, match=f"an argument is an? {kind}, which can be read only once"):
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
    with pytest.raises(pw.BindingError, match="the result of 'bad' is a generator, which can") as caught:
        bad.graph()
    assert caught.value.mend == "return a list: [...] instead of (...), or list(...)"


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
