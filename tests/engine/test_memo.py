"""What is known of a function is worked out once, and does not keep it alive."""

from __future__ import annotations

import functools
import gc
import itertools
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import planweave as pw
from planweave.engine.annotation import hints, provably_not
from planweave.engine.code import function_hash
from planweave.engine.memo import once_for_each_function


class Data:
    """What a closure holds."""


def a_run(data: Data) -> None:
    @pw.workflow
    def work() -> Any:
        return look(1)

    @pw.task(executor="inline", cache=True)
    def look(x: int) -> tuple[Data, int]:
        return data, x

    pw.run(work)


def a_fingerprint(data: Data) -> None:
    @pw.task
    def look(x: int) -> tuple[Data, int]:
        return data, x

    assert pw.workflow(lambda: look(1)).graph().fingerprint


def a_check(data: Data) -> None:
    """A class in an annotation holds what its methods close over."""

    class Row:
        def read(self) -> Data:
            return data

    class Column: ...

    def take(row: Row, rows: list[Row]) -> None: ...

    take.__annotations__ = {"row": Row, "rows": list[Row]}  # as they would stand without the import from __future__
    assert hints(take)["row"] is Row
    assert provably_not(Row, Column) and not provably_not(Row, Row | None) and not provably_not(list[Row], list[Any])


@pytest.mark.parametrize("work", [a_run, a_fingerprint, a_check])
def test_what_a_function_closes_over_does_not_outlive_it(work: Callable[[Data], None]) -> None:
    """Law: after a run, a compilation or a check, nothing of the engine holds what the workflow's functions held."""
    data = Data()
    watched = weakref.ref(data)
    work(data)
    del data
    gc.collect()
    assert watched() is None


def test_a_function_is_looked_at_once_and_other_callables_each_time() -> None:
    """Law: equal functions are not taken for each other, and what may change is not remembered."""
    counter = itertools.count()
    number = once_for_each_function(lambda function: next(counter))

    def make() -> Callable[[], None]:
        def function() -> None: ...

        return function

    one, other = make(), make()
    assert [number(one), number(other), number(one), number(other)] == [0, 1, 0, 1]
    partial = functools.partial(one)
    assert [number(partial), number(partial), number(len), number(dict), number([].append)] == [2, 3, 4, 5, 6]


def test_an_error_is_told_as_itself_and_not_remembered() -> None:
    """Law: a function that cannot be looked at now may be the next time."""
    answers = iter([None, "answer"])

    @once_for_each_function
    def look(function: Any) -> str:
        answer = next(answers)
        if answer is None:
            raise KeyError("first")
        return answer

    with pytest.raises(KeyError, match="first") as caught:
        look(test_an_error_is_told_as_itself_and_not_remembered)
    assert caught.value.__context__ is None
    assert look(test_an_error_is_told_as_itself_and_not_remembered) == "answer"


def test_the_hash_of_an_object_follows_its_state() -> None:
    """Law: objects that are equal, or were changed, have the hash of what they are now."""

    class Adder:
        def __init__(self, by: Any) -> None:
            self.by = by

        def __call__(self, x: int) -> Any:
            return x + self.by

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Adder) and self.by == other.by

        def __hash__(self) -> int:
            return hash(self.by)

    assert function_hash(Adder(1)) == function_hash(Adder(1)) != function_hash(Adder(True))
    adder = Adder(1)
    before = function_hash(adder)
    adder.by = 2
    assert function_hash(adder) == function_hash(Adder(2)) != before
