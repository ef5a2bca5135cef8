"""Objects as JSON text: by what they hold, and only of classes that the annotation names."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.store.values import dump, load
from tests.store.classes import (
    VALUES,
    Aliased,
    Box,
    Colour,
    Holding,
    IntBox,
    Loose,
    Names,
    Own,
    Page,
    Pair,
    Permission,
    Plain,
    Point,
    Row,
    Touched,
    User,
    UserId,
    Word,
    assert_same,
    seen,
    there_and_back,
)


def test_the_forms_of_objects_stay_as_they_are() -> None:
    """Law: the same of objects, which only the annotation can name."""
    written = {
        '["~object","Point",{"x":1,"y":2.0}]': (Point(1, 2.0), Point),
        '["~object","Pair",{"left":["~object","Point",{"x":1,"y":0}],"right":null}]': (Pair(Point(1)), Pair),
        '["~object","Loose",{},{"set":["a"],"extra":{"a":1}}]': (Loose.model_validate({"a": 1}), Loose),
        '["~member","Colour","RED"]': (Colour.RED, Colour),
        '["~member","Permission",3]': (Permission.READ | Permission.WRITE, Permission),
        '["~typed","IPv4Address","127.0.0.1"]': (ipaddress.ip_address("127.0.0.1"), ipaddress.IPv4Address),
    }
    for text, (value, annotation) in written.items():
        assert dump(value, annotation) == text
        assert_same(load(text, annotation), value)


ANNOTATED: list[tuple[Any, Any]] = [
    (Point(1, 2.5), Point),
    (Point(True, -0.0), Point | None),
    ([Point(1), Point(2)], list[Point]),
    ([Point(1), Colour.RED, None, 3], list[Point | Colour | int | None]),
    ({"a": Point(1)}, dict[str, Point]),
    ({Colour.RED: [Point(1)], Colour.BLUE: []}, dict[Colour, list[Point]]),
    ({"a": Point(1)}, Mapping[str, Point]),
    ((Point(1), "x", Colour.RED), tuple[Point, str, Colour]),
    ((Point(1), Point(2)), tuple[Point, ...]),
    ((Point(1),), Sequence[Point]),
    ([Point(1)], list[Point] | dict[str, Colour]),
    ({"b": Colour.RED}, list[Point] | dict[str, Colour]),
    ({Colour.RED}, set[Colour]),
    (frozenset({Permission.READ, Permission.READ | Permission.WRITE}), frozenset[Permission]),
    (deque([Point(1)], 4), deque[Point]),
    (Counter([Colour.RED, Colour.RED]), Counter[Colour]),
    (OrderedDict(a=Colour.RED), OrderedDict[str, Colour]),
    (defaultdict(list, {"a": [1]}), defaultdict[str, list[int]]),
    (Word.RED, Word),
    ([Word.RED, "red"], list[Word | str]),
    (Page("a", b"\xff\x00", (Page("b", b""),)), Page),
    (Touched(1), Touched),
    (Box(Point(1)), Box[Point]),
    (Box([Colour.RED]), Box[list[Colour]]),
    (Box((1, b"x")), Box[Any]),
    (IntBox(Point(1)), IntBox),
    (Pair(Point(1), Point(2)), Pair),
    (Plain((1, 2)), Plain),
    (Row(at=Point(1)), Row),
    ({"at": Point(1), "note": Colour.RED}, list[Row] | Row),
    (User(name="a"), User),
    (User(name="a", age=0), User),
    (User(name="a", at=Point(1, 2), tags={"x", "y"}), User),
    (User.model_validate({"name": "a", "link": "http://a.org/?q=1"}), list[int] | User),
    (seen(User(name="a")), User),
    (User.model_construct(name="a", age="not a number"), User),
    (Loose.model_validate({"a": 1, "b": [1, {"~": 2}]}), Loose),
    (Loose(), Loose),
    (Names(["a"]), Names),
    (Aliased.model_validate({"in": "a"}), Aliased),
    (Holding[Point](held=Point(1)), Holding[Point]),
    (Point(1), Annotated[Point, "note"]),
    ([Point(1), None], list[Annotated[Point, "note"] | None]),
    (UserId(3), UserId),
    (ipaddress.ip_network("10.0.0.0/8"), ipaddress.IPv4Network | None),
    (re.compile("a+"), re.Pattern[str]),
    (pw.Missing(pw.NodeState.SKIPPED, "x"), int | pw.Missing),
    ([1, pw.Missing(pw.NodeState.SKIPPED, "x")], list),
]


@pytest.mark.parametrize(("value", "annotation"), ANNOTATED)
def test_objects_come_back_by_the_annotation(value: Any, annotation: Any) -> None:
    """Law: attribute by attribute, at whatever depth the annotation names their class."""
    for whole, said in (
        (value, annotation),
        ([value], list[annotation]),
        (Box({1: value}), Box[dict[int, annotation]]),
    ):
        assert_same(there_and_back(whole, said), whole)


@dataclass
class Tree:
    """Holds anything, and others like itself."""

    held: Any
    colour: Colour
    below: list[Tree]
    named: dict[Colour, Tree | None]
    pair: tuple[Tree, Point] | None = None


def trees(inner: Any) -> Any:
    points = st.builds(Point, st.integers() | st.floats(allow_nan=False, allow_infinity=False))
    return st.builds(
        Tree,
        VALUES,
        st.sampled_from(Colour),
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(Colour), st.none() | inner, max_size=2),
        st.none() | st.tuples(inner, points),
    )


@given(st.recursive(st.builds(Tree, VALUES, st.just(Colour.RED), st.just([]), st.just({})), trees, max_leaves=5))
def test_trees_of_objects_come_back_the_same(tree: Tree) -> None:
    """Law: objects in objects, in all that may hold them, with values of all kinds."""
    assert_same(there_and_back(tree, Tree), tree)
    assert_same(there_and_back({"a": (tree, [tree])}, dict[str, tuple[Tree, list[Tree]]]), {"a": (tree, [tree])})


def test_a_constructor_is_not_called_again() -> None:
    """Law: what was returned is what comes back, whatever the class would make of it."""
    back = there_and_back(Touched(1), Touched)
    assert (back.total, back.doubled, back.note) == (2, 4, "of __post_init__")
    with_lock = Touched(1)
    assert with_lock.slow is with_lock.slow  # kept in it, and worked out again when somebody asks
    assert there_and_back(with_lock, Touched).slow is not with_lock.slow


def test_a_model_knows_what_it_was_given() -> None:
    """Law: what was set by a person and what by default is still told apart."""
    for user in (User(name="a"), User(name="a", age=0)):
        back = there_and_back(user, User)
        assert back == user
        assert back.model_fields_set == user.model_fields_set
        assert back._seen == 0
    assert there_and_back(Holding[int](held=1), Holding[int]).model_dump() == {"held": 1}


def test_what_a_model_keeps_to_itself_comes_back() -> None:
    """Law: private attributes and extra ones are values like others, with their annotations."""

    class Keeper(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")
        _point: Point | None = None
        _other: Any = pydantic.PrivateAttr(default_factory=list)
        _unset: int = pydantic.PrivateAttr()

    keeper = Keeper.model_validate({"a": (1, b"x"), "b": {1: 2}})
    keeper._point, keeper._other = Point(1), {(1,)}
    back = there_and_back(keeper, Keeper)
    assert_same(back, keeper)
    assert (back._point, back._other, back.__pydantic_extra__) == (Point(1), {(1,)}, {"a": (1, b"x"), "b": {1: 2}})
    assert_same(there_and_back(Keeper(), Keeper), Keeper())


def test_items_of_a_tuple_are_told_apart_by_their_places() -> None:
    """Law: two classes of one name in two places of a tuple are no doubt, since each place names one."""

    def make() -> Any:
        @dataclass
        class Twin:
            x: int = 1

        return Twin

    one, other = make(), make()
    value = (one(1), other(2))
    back = there_and_back(value, tuple[one, other])  # type: ignore[valid-type]
    assert [type(item) for item in back] == [one, other]
    assert back == value


def test_fields_of_a_generic_model_are_of_the_types_it_was_given() -> None:
    """Law: what stands for a type variable is known where the field is written."""
    value = Holding[list[Point]](held=[Point(1)])
    assert_same(there_and_back(value, Holding[list[Point]]), value)


def test_a_class_that_only_pydantic_can_write_is_written_by_it() -> None:
    """Law: and read back before it counts, by how it compares itself."""
    assert there_and_back(Own(3), Own) == Own(3)
    assert there_and_back([Own(3)], list[Own] | None) == [Own(3)]


def test_a_field_that_came_later_has_its_default() -> None:
    """Law: a class may grow between a crash and a resume; it may not lose what was recorded."""

    @dataclass
    class Grown:
        x: int
        y: int = 5
        z: list[int] = field(default_factory=lambda: [1])

    @dataclass(slots=True)
    class Slim:
        x: int
        y: int = 5

    class Model(pydantic.BaseModel):
        x: int
        y: int = 5

    class Tuple(NamedTuple):
        x: int
        y: int = 5

    for kind in (Grown, Slim, Model, Tuple):
        text = json.dumps(["~object", kind.__qualname__, {"x": 1}])
        assert load(text, kind) == kind(x=1)
        with pytest.raises(ValueError, match="field"):
            load(json.dumps(["~object", kind.__qualname__, {"y": 1}]), kind)
    for kind in (Slim, Tuple):
        with pytest.raises(ValueError, match="field"):
            load(json.dumps(["~object", kind.__qualname__, {"x": 1, "gone": 1}]), kind)
