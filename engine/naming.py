"""Names that people give: of nodes, workflows and options."""

from __future__ import annotations

from collections.abc import Mapping

from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.engine.location import Location
from planweave.engine.wording import clip

_ID_CHARACTERS = frozenset("/[]@*\n\r\t")


def check_options(kind: str, options: Mapping[str, object], *known: str) -> None:
    """Refuse an option that a task or a workflow does not have, and say which there are."""
    from difflib import get_close_matches

    for name in options:
        if name not in known:
            near = get_close_matches(name[:100], known, n=1)
            mend = f"did you mean {near[0]}=?" if near else f"its options: {', '.join(known)}"
            raise UnknownNameError(f"a {kind} has no option {clip(name)}", where=Location.of_user(), mend=mend)


def check_name(name: object, kind: str, where: Location | None) -> None:
    """Refuse a name that could be mistaken for a part of an id (``/``, ``[3]``, ``@2``), or that cannot be seen."""
    if name is None:
        return
    is_text = isinstance(name, str) and bool(name.strip())
    if not isinstance(name, str) or not is_text or _ID_CHARACTERS & set(name):
        raise DefinitionError(
            f"{clip(name)} cannot be the {kind} of a node",
            where=where or Location.of_user(),
            mend="use a word without / [ ] @ * or line ends: those build the ids of clusters, items and rounds"
            if is_text
            else "use a word: a text that is not empty",
        )
