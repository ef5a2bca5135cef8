"""The library gives the reference as shipped."""

from __future__ import annotations

import copy
from pydoc_data.topics import topics

import pytest

from planweave.demo.library import UnknownTopic, list_topics, read


def test_every_topic_is_read_unchanged() -> None:
    """Law: a passage holds the characters that Python ships, and all topics are listed, in order."""
    assert list_topics() == sorted(topics)
    for topic in list_topics():
        assert read(topic).text == topics[topic]


def test_an_unknown_topic_is_an_error_that_names_topics_alike() -> None:
    """Law: who mistypes a topic is told which was meant."""
    with pytest.raises(UnknownTopic, match="no topic 'improt': did you mean 'import'") as caught:
        read("improt")
    assert caught.value.topic == "improt"
    assert "import" in caught.value.alike


def test_a_topic_unlike_any_other_is_an_error_that_says_where_the_names_are() -> None:
    """Law: without a near miss, the error says what gives the names."""
    with pytest.raises(UnknownTopic, match=r"list_topics\(\)"):
        read("tulips and roses")


def test_the_error_can_be_copied_to_another_process() -> None:
    """Law: an error survives the way between processes with its data."""
    again = copy.copy(UnknownTopic("improt", ("import",)))
    assert (again.topic, again.alike, str(again)) == ("improt", ("import",), str(UnknownTopic("improt", ("import",))))
