"""Static embeddings: a second opinion on which tool fits, from vectors that come in a wheel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.nodes.tools import embedding
from planweave.nodes.tools.tool import Tool


def tools() -> list[Tool[..., object]]:
    def nothing() -> None: ...

    described = {
        "WeatherTool": "Get the forecast for a city: temperature, rain and wind.",
        "LawyerPR_PreliminaryReview": "Find out whether a legal case has merit.",
        "GroceryHelper": "Plan meals, and write the shopping list for the supermarket.",
        "FlightSearch": "Find airline tickets between two airports.",
    }
    return [Tool(name, text, nothing) for name, text in described.items()]


class Fixed:
    """An embedder of which it is known what it says."""

    def compare(self, texts: Sequence[str]) -> Callable[[str], Sequence[float]]:
        return lambda text: [0.9 if "legal" in one else 0.1 for one in texts]


def test_an_embedder_is_a_second_opinion() -> None:
    """Law: what words do not find, nearness does; an exact name comes first all the same."""
    box = pw.Toolbox(tools(), embedder=Fixed())
    assert box.find("may I sue my neighbour")[0].name == "LawyerPR_PreliminaryReview"
    assert box.find("flight search")[0].name == "FlightSearch"
    assert len(box.find("anything", k=4)) == 4


def test_where_it_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: the error says what to install."""
    embedding._loaded.cache_clear()
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    with pytest.raises(pw.PlanweaveError, match=r"pip install planweave\[embed\]"):
        embedding.StaticEmbedder()
    embedding._loaded.cache_clear()


@pytest.fixture(scope="module")
def static() -> embedding.StaticEmbedder:
    pytest.importorskip("wordllama")
    return embedding.StaticEmbedder()


def test_near_texts_are_near(static: embedding.StaticEmbedder) -> None:
    """Law: a text is as near to itself as can be, and nearer to one of like meaning than to another."""
    texts = ["Will it rain in Paris?", "the weather forecast for a town", "a recipe for pancakes"]
    near = static.compare(texts)(texts[0])
    assert near[0] == pytest.approx(1.0, abs=1e-5)
    assert near[1] > near[2]


def test_tools_are_found_that_share_no_word(static: embedding.StaticEmbedder) -> None:
    """Law: what words alone do not find."""
    query = "may I sue my neighbour in court"
    assert pw.Toolbox(tools()).find(query) == []
    assert pw.Toolbox(tools(), embedder=static).find(query)[0].name == "LawyerPR_PreliminaryReview"


@given(text=st.text())
def test_any_text_will_do(static: embedding.StaticEmbedder, text: str) -> None:
    """Law: halves of characters, control characters and nothing at all are texts, too."""
    (vector,) = static.embed([text])
    length = float((vector**2).sum())
    assert length == pytest.approx(1.0, abs=1e-4) or length == 0.0
