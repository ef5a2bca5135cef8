"""Values as JSON text, and back: the one door to what a store keeps of what tasks return and of what runs are given.

What comes back is equal and of the same types, at every depth, or it is refused at the node that produced it. The text
names no class that could be made of it: what is read is data, a few types of the standard library, numpy and pandas,
and classes that the annotation of the task names (``forms/write.py`` has the forms).
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from planweave.engine.errors import describe
from planweave.engine.store.forms.plain import MARK, plain_text
from planweave.engine.store.forms.read import read
from planweave.engine.store.forms.refused import LARGEST, Refused, too_deep, too_large, unseen
from planweave.engine.store.forms.write import Writer
from planweave.engine.store.secret import redacted_json

__all__ = ["LARGEST", "dump", "load", "name_of_blob", "reference", "revive"]

_ASIDE = "~blob"
_OPENING = f'"{MARK}'


def dump(value: Any, annotation: Any) -> str:
    """The value as compact JSON.

    Args:
        value: what a task returned, or what a run is given.
        annotation: what the task says that it returns; ``Any``: nothing.

    Raises:
        ValueError: it could not be read back as it is; says why, and where in it.

    >>> dump({"a": [1, 2.5, None]}, Any)
    '{"a":[1,2.5,null]}'
    >>> dump((1, b"a"), Any)
    '["~tuple",1,["~bytes","YQ=="]]'
    """
    try:
        text = plain_text(value)
        if text is None:
            text = Writer().write(value, annotation)
        if 4 * len(text) > LARGEST and len(text.encode()) > LARGEST:
            raise too_large()
        if redacted_json(text) != text:
            raise Refused("it contains a secret, which is never recorded: pass on what was done with it, not itself")
        return text
    except ValueError:
        raise
    except RecursionError:
        raise too_deep() from None
    except Exception as error:  # of a class of a person's: it may end the node, and not the run
        raise unseen(error) from error


def load(text: str, annotation: Any) -> Any:
    """The value of JSON text.

    Raises:
        ValueError: the text is no value, or the annotation does not name what it is.

    >>> load('["~tuple",1,["~bytes","YQ=="]]', Any)
    (1, b'a')
    """
    try:
        written = from_json(text)
    except TypeError:
        raise Refused("it is no text") from None
    return revive(written, annotation) if _OPENING in text else written


def revive(written: Any, annotation: Any) -> Any:
    """The value of JSON that was parsed already.

    Raises:
        ValueError: it is no value, or the annotation does not name what it is.

    >>> revive(["~set", 1], Any)
    {1}
    """
    try:
        return read(written, annotation)
    except ValueError:
        raise
    except RecursionError:
        raise too_deep() from None
    except Exception as error:  # what the tables of forms and the classes make of what nobody wrote for them
        raise Refused(f"it is not what a value is written as: {describe(error)}") from error


def reference(name: str) -> str:
    """What is written in the place of a value that is a blob of that name.

    >>> reference("ab")
    '["~blob","ab"]'
    """
    return f'["{_ASIDE}","{name}"]'


def name_of_blob(written: Any) -> str | None:
    """The blob that JSON refers to in the place of a value; None: it is the value.

    No value is written so: a list that opens with this text opens with ``"~list"`` when it is written, as all do that
    open like a form, and ``load`` refuses a reference.

    >>> name_of_blob(["~blob", "ab"]), name_of_blob(["~list", "~blob", "ab"])
    ('ab', None)
    """
    match written:
        case ["~blob", str() as name]:
            return name
    return None
