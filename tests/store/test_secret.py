"""Secrets: never shown, never pickled, never recorded, and redacted wherever they stand."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import pprint
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.store import secret
from planweave.engine.store.secret import Secret, redacted, redacted_json
from planweave.engine.store.values import dump

CANARY = "c4nary-Ünïque"


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins in a process that knows no secret."""
    monkeypatch.setattr(secret, "_forms", ())


def forgotten() -> None:
    secret._forms = ()


def test_a_secret_is_what_it_was_made_of() -> None:
    """Law: whoever asks gets the text or the bytes."""
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(b"\xff").reveal() == b"\xff"
    assert Secret[str]("").reveal() == ""


def raised(secret: Any) -> str:
    try:
        raise ValueError(secret)
    except ValueError:
        return traceback.format_exc()


SHOWN: dict[str, Callable[[Any], Any]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format": lambda secret: f"{secret} {secret!r:>20} {secret:*^30}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
    "str.format": "{0} {0!s:.40}".format,
    "containers": lambda secret: str([{"key": (secret,)}]),
    "pprint": pprint.pformat,
    "data class": lambda secret: str(dataclasses.make_dataclass("Key", ["secret"])(secret)),
    "traceback": raised,
    "dir": dir,
    "error": lambda secret: str(pw.PlanweaveError(f"{secret} was refused", mend=str(secret))),
}


@pytest.mark.parametrize("how", SHOWN)
@pytest.mark.parametrize("content", [CANARY, CANARY.encode()])
def test_a_secret_is_never_shown(how: str, content: str | bytes) -> None:
    """Law: however it is printed, nothing of it shows, not even how long it is."""
    shown, other = str(SHOWN[how](Secret(content))), str(SHOWN[how](Secret(content * 2)))
    assert "c4nary" not in shown
    assert shown == other
    if how != "dir":
        assert "Secret(...)" in shown


def test_a_secret_is_not_pickled() -> None:
    """Law: it stays in its process, and the error says what to do."""
    for protocol in range(6):
        with pytest.raises(pw.ValueRefused, match="cannot be pickled") as caught:
            Secret("open sesame").__reduce_ex__(protocol)
        assert "environment" in str(caught.value.mend)
    for value in (Secret("open sesame"), [Secret(b"open")]):
        with pytest.raises(pw.ValueRefused):
            ForkingPickler.dumps(value)


def test_a_secret_is_not_written() -> None:
    """Law: neither as a value of a run nor as JSON, whatever the annotation."""
    key = Secret("open sesame")
    for value, annotation in ((key, Any), (key, Secret[str]), ([{"a": key}], list[dict[str, Secret[str]]])):
        with pytest.raises(ValueError, match="a Secret is never recorded: read it from the environment"):
            dump(value, annotation)
    with pytest.raises(TypeError):
        json.dumps(key)


def test_secrets_are_compared_by_what_they_are() -> None:
    """Law: equal exactly if both the kind and the content are."""
    assert Secret("a") == Secret("a")
    assert Secret(b"a") == Secret(b"a")
    assert Secret("\ud800é") == Secret("\ud800é")
    for other in (Secret("b"), Secret(b"a"), Secret("aa"), "a", None):
        assert Secret("a") != other


def test_a_secret_has_no_hash_and_cannot_be_changed() -> None:
    """Law: what a hash would tell, or a change would hide, is not there."""
    key = Secret("a")
    with pytest.raises(TypeError, match="unhashable"):
        hash(key)
    for name in ("content", "_Secret__content", "__class__"):
        with pytest.raises(AttributeError):
            setattr(key, name, "b")
        with pytest.raises(AttributeError):
            delattr(key, name)
    assert not hasattr(key, "__dict__")
    assert copy.copy(key) is copy.deepcopy(key) is key


@pytest.mark.parametrize("content", [None, 5, ["a"], bytearray(b"a"), type("Loud", (str,), {})("a")])
def test_a_secret_is_a_text_or_bytes(content: Any) -> None:
    """Law: anything else is an error where it is made."""
    with pytest.raises(pw.TypeMismatchError, match="a secret is a text or bytes") as caught:
        Secret(content)
    assert content is not None or "variable" in str(caught.value.mend)


# ---------------------------------------------------------------------- redaction

SECRETS = [
    "open sesame",
    "p/w+o=r&d%~!",
    'say "it\'s" \\ so',
    "mot de passe é",
    "line\nbreak\ttab",
    "\U0001f600\x00€!",
    "1234",
]

FORMS: dict[str, Callable[[str], str]] = {
    "itself": str,
    "JSON": json.dumps,
    "JSON with all characters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"a": text})),
    "repr": repr,
    "repr among quotes": lambda text: repr([f"'\" {text}"]),
    "repr in JSON": lambda text: json.dumps(repr(text)),
    "ascii": ascii,
    "repr of bytes": lambda text: repr(text.encode()),
    "repr of bytes among quotes": lambda text: repr(b"'\"" + text.encode()),
    "path": urllib.parse.quote,
    "URL": lambda text: urllib.parse.quote(text, safe=""),
    "query": lambda text: urllib.parse.urlencode({"key": text}),
    "URL in JavaScript": lambda text: urllib.parse.quote(text, safe="!'()*"),
    "hexadecimal": lambda text: text.encode().hex(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without end": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("content", SECRETS)
def test_a_secret_is_redacted_in_every_form(form: str, content: str) -> None:
    """Law: what people make of a secret on its way into a log does not bring it there."""
    text = FORMS[form](content)
    assert redacted(f"a {text} z") == f"a {text} z"
    for make in (lambda: Secret(content), lambda: Secret(content.encode())):
        make()
        hidden = redacted(f"a {text} z")
        assert text not in hidden
        assert "***" in hidden
        assert hidden.startswith("a ")
        assert hidden.endswith(" z")
        forgotten()


def test_a_text_with_both_quotes_hides_no_secret() -> None:
    """Law: repr puts a stroke before a quote when the text around has both kinds."""
    Secret("it's a key")
    written = repr("\"it's a key")
    assert "\\'" in written
    assert redacted(written) == "'\"***'"


def test_nothing_of_a_secret_is_left_at_the_end_of_its_base64() -> None:
    """Law: written by itself in base64, not even its last letter shows."""
    for content in ("open sesame", "open sesam", "open sesa"):
        Secret(content)
        written = base64.b64encode(content.encode()).decode()
        assert redacted(written).rstrip("=") == redacted(written.rstrip("=")) == "***"
        forgotten()


def test_short_secrets_are_not_looked_for_in_any_form() -> None:
    """Law: the base64 of three letters stands by chance where nobody wrote the letters."""
    text = base64.b64encode(b"abc").decode() + b"abc".hex()
    assert Secret("abc").reveal() == "abc"
    assert redacted(text) is text


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user"])
@pytest.mark.parametrize("after", ["", "a", "ab"])
def test_a_secret_is_redacted_within_base64(before: str, after: str) -> None:
    """Law: also where it is a part of what was written in base64, as in a header of HTTP; a letter may be left."""
    content = "open sesame, please"
    Secret(content)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        written = encode(f"{before}{content}{after}".encode()).decode()
        hidden = redacted(written)
        assert "***" in hidden
        assert len(hidden.replace("***", "")) <= len(written) - (8 * len(content) - 10) // 6  # 10 bits are shared


def test_bytes_that_are_no_text_are_redacted() -> None:
    """Law: keys of random bytes, too."""
    key = bytes(range(250, 256)) + b"\x00a"
    Secret(key)
    for text in (repr(key), key.hex(), base64.b64encode(key).decode(), urllib.parse.quote(key), json.dumps(repr(key))):
        assert "***" in redacted(text)


def test_nothing_else_is_redacted() -> None:
    """Law: a text without a secret is left as it is, as are secrets of less than four characters."""
    text = "the quick brown fox; abc, ab, a"
    assert redacted(text) is text
    assert [Secret(short).reveal() for short in ("a", "abc", "")] == ["a", "abc", ""]
    assert Secret(b"abc").reveal() == b"abc"
    assert redacted(text) is text
    Secret("open sesame")
    assert redacted(text) == text
    assert redacted("abcd") == "abcd"


def test_secrets_that_overlap_are_both_hidden() -> None:
    """Law: what one leaves of the other is hidden, too."""
    Secret("abcdef")
    Secret("defghi")
    Secret("abcd")
    assert redacted("-abcdefghi-abcd-defghi-abcdabcd-") == "-***-***-***-***-"
    Secret("oooo")
    assert redacted("xooooooox") == "x***x"


@given(st.lists(st.text(min_size=4, max_size=8), max_size=4), st.text(max_size=20), st.data())
def test_no_secret_is_left_in_a_text(contents: list[str], text: str, data: Any) -> None:
    """Law: whatever the secrets and the text; and a text that has none of them stays."""
    forgotten()
    for content in contents:
        Secret(content)
        text = data.draw(st.sampled_from([text, text + content, content + text, f"{text[:3]}{content}{text[3:]}"]))
    hidden = redacted(text)
    if any(content in text for content in contents):
        assert "***" in hidden
    rest = hidden.split("***")
    assert not any(content in part for content in contents for part in rest)
    forgotten()


# ---------------------------------------------------------------------- JSON


def leaves_of(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from leaves_of(held)
    elif isinstance(value, list):
        for held in value:
            yield from leaves_of(held)
    else:
        yield value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(JSON, st.text(min_size=4, max_size=6) | st.sampled_from(["true", "null", "1234", '", "', "nabc", "u00e"]))
def test_json_stays_json(value: Any, content: str) -> None:
    """Law: numbers and structure are no text, and stay; the strings have no secret any more."""
    forgotten()
    whole = [value, content, {f"x{content}": f"{content}y", "\n" + content: 1234.5}, True, None, [], 12345]
    Secret(content)
    for ensure_ascii in (True, False):
        hidden = json.loads(redacted_json(json.dumps(whole, ensure_ascii=ensure_ascii)))
        texts = [leaf for leaf in leaves_of(hidden) if isinstance(leaf, str)]
        assert not any(content in part for text in texts for part in text.split("***"))
        assert hidden[1] == "***"
        assert hidden[3:] == [True, None, [], 12345]
    forgotten()


def test_json_without_a_secret_is_left_as_it_is() -> None:
    """Law: not a character of it changes."""
    text = '{"a":[1.0,"\\u00e9", "x" ],\n"b":null}'
    assert redacted_json(text) is text
    Secret("open sesame")
    assert redacted_json(text) is text
    assert redacted_json('[1.50,"\\u00e9","open sesame"]') == '[1.50,"\\u00e9","***"]'


def test_what_is_no_json_is_redacted_all_the_same() -> None:
    """Law: a broken text is no way out for a secret between quotes."""
    Secret("open sesame")
    assert "sesame" not in redacted_json('{"a": "open sesame\\x", ')
