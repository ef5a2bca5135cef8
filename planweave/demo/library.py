"""The library: the topics of the Python language reference, as the running Python ships them.

`pydoc_data.topics` is generated from the reference with every release (it is what `help("import")` prints), so every
Python carries about eighty pages of careful prose. The text differs from release to release: places in it are only
meaningful together with `edition()`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Passage:
    """The whole text of one topic, unchanged.

    `topic` is the name that `help()` knows it by, `text` its characters as shipped.
    """

    topic: str
    text: str


class UnknownTopic(LookupError):
    """The library has no topic of this name; `topic` is the name, `alike` names that are close to it."""

    def __init__(self, topic: str, alike: tuple[str, ...]) -> None:
        self.topic = topic
        self.alike = alike
        hint = f"did you mean {' or '.join(map(repr, alike))}?" if alike else "list_topics() gives the names it knows."
        super().__init__(f"the language reference has no topic {topic!r}: {hint}")

    def __reduce__(self) -> tuple[type[UnknownTopic], tuple[str, tuple[str, ...]]]:
        return type(self), (self.topic, self.alike)


def list_topics() -> list[str]:
    """The names of all topics, sorted.

    >>> "import" in list_topics()
    True
    """
    from pydoc_data.topics import topics

    return sorted(topics)


def read(topic: str) -> Passage:
    """The text of a topic.

    Raises `UnknownTopic`, with names that are close, where the library has none of that name.

    >>> read("pass").text.splitlines()[0]
    'The "pass" statement'
    """
    from pydoc_data.topics import topics

    if topic not in topics:
        raise UnknownTopic(topic, tuple(get_close_matches(topic, topics, n=3)))
    return Passage(topic=topic, text=topics[topic])


def edition() -> str:
    """Which edition of the reference this is: the version of the running Python, for example `3.11.7`."""
    return platform.python_version()
