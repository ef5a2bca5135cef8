"""Toolboxes: finding by what is to be done, and calling within permissions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import planweave as pw
from planweave.nodes.tools.words import COMMON, telling, words


def nothing() -> None: ...


def named(name: str, description: str) -> pw.Tool[..., object]:
    return pw.Tool(name, description, nothing)


BOX = pw.Toolbox(
    [
        named("calculator", "Work out arithmetic: sums, products, percentages, square roots."),
        named("word_count", "Count the words in a text file."),
        named("fetchPage", "Download a web page and extract its text."),
        named("translate", "Put a text into another language."),
        named("weather", "The forecast for a town: rain, wind, temperature."),
        named("天気", "東京の天気予報を調べる"),
    ]
)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("what is the square root of 16", "calculator"),
        ("how many words are in this file?", "word_count"),
        ("I would like a translation of this letter", "translate"),
        ("will it rain in my town tomorrow", "weather"),
        ("fetch page", "fetchPage"),
        ("FETCHPAGE", "fetchPage"),
        ("明日の東京の天気は？", "天気"),
    ],
)
def test_a_tool_is_found_by_what_is_to_be_done(query: str, name: str) -> None:
    assert BOX.find(query, 1)[0].name == name


def test_an_exact_name_comes_first() -> None:
    """Whatever others say of that word."""
    box = pw.Toolbox([named("other", "weather weather weather"), named("weather", "Something else.")])
    assert [one.name for one in box.find("weather")] == ["weather", "other"]


def test_what_has_nothing_to_do_with_it_is_left_out() -> None:
    assert BOX.find("zzz") == []
    assert BOX.find("") == []
    assert BOX.find("rain", 0) == BOX.find("rain", -1) == []
    assert pw.Toolbox().find("rain") == []


def test_parameters_help_to_find() -> None:
    def convert(amount: float, currency: str) -> float:
        """Convert."""
        return amount

    box = pw.Toolbox([named("other", "Do something."), pw.tool(convert)])
    assert box.find("which currency?", 1)[0].name == "convert"


@given(st.text(), st.integers(-2, 9))
@example("\ud800 rain", 3)
@example('" OR * NEAR( rain', 3)
@example("\x00 rain", 3)
@example("² ½ ٣ ￼", 3)
@example("rain " * 5000, 3)
def test_law_any_text_can_be_asked(query: str, k: int) -> None:
    """Law: finding never raises, gives at most k tools, each once, and the same for the same text."""
    found = BOX.find(query, k)
    assert len(found) <= max(k, 0)
    assert len(set(map(id, found))) == len(found)
    assert found == BOX.find(query, k)


@given(st.text())
def test_law_there_are_words_to_look_for_wherever_there_are_words(text: str) -> None:
    some = words(text)
    assert bool(telling(some)) == bool(some)
    assert set(telling(some)) <= set(some)
    assert all(one == one.casefold() or len(one) <= 2 for one in some)


def test_common_words_are_in_lower_case_and_once() -> None:
    assert all(one == one.casefold() for one in COMMON)


class Letters:
    """Texts are near that share letters: an embedder for tests."""

    def compare(self, texts: Sequence[str]) -> Callable[[str], Sequence[float]]:
        return lambda query: [len(set(query) & set(one)) / len(set(query) | set(one)) for one in texts]


def test_an_embedder_has_a_say() -> None:
    tools = [named("one", "abc"), named("two", "xyz")]
    assert pw.Toolbox(tools).find("zyx") == []
    assert pw.Toolbox(tools, embedder=Letters()).find("zyx", 1)[0].name == "two"


# ---------------------------------------------------------------------- calling


@pw.tool(permissions={"files:write"})
def wipe(path: str) -> str:
    """Empty a file."""
    return f"wiped {path}"


@pw.tool(timeout=0.05)
def slow(seconds: float) -> str:
    """Wait."""
    time.sleep(seconds)
    return "done"


@pw.tool(timeout=0.05)
async def slow_too(seconds: float) -> str:
    """Wait."""
    await asyncio.sleep(seconds)
    return "done"


@pw.tool
def fails() -> None:
    """Fail."""
    raise LookupError("no")


def test_what_is_not_granted_is_denied() -> None:
    """Nothing is called, and no argument is looked at."""
    with pytest.raises(pw.PermissionDenied, match="needs files:write, which its caller was not granted") as caught:
        pw.Toolbox([wipe]).call("wipe", {"nonsense": 1})
    assert caught.value.lacking == ("files:write",)
    with pytest.raises(pw.PermissionDenied):
        pw.Toolbox([wipe], allow="files:read").call("wipe", {"path": "a"})
    assert pw.Toolbox([wipe], allow={"files"}).call("wipe", {"path": "a"}) == "wiped a"
    with pytest.raises(pw.PermissionDenied):
        asyncio.run(pw.Toolbox([wipe]).call_async("wipe", {"path": "a"}))


def test_a_call_takes_no_longer_than_it_may() -> None:
    box = pw.Toolbox([slow, slow_too])
    for name in ("slow", "slow_too"):
        assert box.call(name, {"seconds": 0}) == "done"
        with pytest.raises(pw.NodeTimeout, match=r"took longer than its timeout of 0\.05 s"):
            box.call(name, {"seconds": 0.4})
        assert asyncio.run(box.call_async(name, {"seconds": 0})) == "done"
        with pytest.raises(pw.NodeTimeout):
            asyncio.run(box.call_async(name, {"seconds": 0.4}))


def test_a_coroutine_is_called_on_a_running_loop_too() -> None:
    async def main() -> object:
        return pw.Toolbox([slow_too]).call("slow_too", {"seconds": 0})

    assert asyncio.run(main()) == "done"


def test_what_a_tool_raises_is_raised() -> None:
    with pytest.raises(LookupError, match="no"):
        pw.Toolbox([fails]).call("fails")


def test_an_unknown_tool_is_named_with_those_like_it() -> None:
    with pytest.raises(pw.UnknownNameError, match="there is no tool 'wipee'") as caught:
        pw.Toolbox([wipe, slow]).call("wipee")
    assert caught.value.mend == "did you mean: wipe"
