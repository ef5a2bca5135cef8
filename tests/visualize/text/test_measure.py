"""The width of text is an upper bound, in the browser as in Graphviz, or known to be an estimate."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.visualize.graphviz.embedded import layout_embedded
from planweave.visualize.text.measure import is_estimate, padded_label, text_width_points

# The widest that Chromium 156 draws each text, in ems, of Liberation Sans 1.07, DejaVu Sans 2.37, Noto Sans 2.004 and
# Noto Sans CJK JP, with Noto Color Emoji and other Noto Sans families for what these lack (getComputedTextLength).
DRAWN = [
    ("load", 2.14),
    ("summarise-2", 6.54),
    ("report/draft", 5.78),
    ("refine@2", 4.52),
    ("summarise[3]", 6.96),
    ("WWWWWWWWWW", 9.89),
    ("mmmmmmmmmm", 9.74),
    ("iiiiiiiiii", 2.78),
    ("@@@@@", 5.08),
    ("{[(<|>)]}", 4.85),
    ("0123456789", 6.36),
    ("déjà vu élève façon", 9.80),
    ("Größenmaßstab ÄÖÜß", 11.17),
    ("Příliš žluťoučký kůň", 9.56),
    ("Đường dẫn ươm mầm", 10.90),
    ("съешь ещё этих мягких", 12.60),
    ("ЩЖЮФЫМШ", 6.93),
    ("Ξεσκεπάζω τὴν ψυχοφθόρα", 13.61),
    ("計画を実行する", 7.00),
    ("検索、要約。報告", 8.00),
    ("한국어 데이터 처리", 8.00),
    ("שלום עולם", 4.66),
    ("مرحبا بالعالم", 5.28),
    ("สวัสดีชาวโลก", 5.17),
    ("नमस्ते दुनिया", 4.60),
    ("வணக்கம் உலகம்", 9.24),
    ("😀🚀✅", 3.74),
    ("👩‍🚀👍🏽🇪🇺", 3.74),
    ("✓ done ✗ failed ● → …", 11.56),
]

# The same for names in scripts whose letters join.
JOINED = [
    ("دمج بيانات العملاء من قاعدة البيانات القديمة", 18.40),
    ("تلخيص التقرير السنوي للشركة", 12.67),
    ("خلاصه کردن گزارش سالانه شرکت", 14.46),
    ("سالانہ رپورٹ کا خلاصہ تیار کریں", 13.87),
    ("தமிழ் மொழி செயலாக்கம்", 13.66),
    ("வாடிக்கையாளர் தரவை ஒருங்கிணைத்தல்", 31.45),
    ("వినియోగదారుల సమాచారాన్ని కలపడం", 15.23),
    ("ഉപഭോക്തൃ വിവരങ്ങൾ ലയിപ്പിക്കുക", 17.60),
    ("מיזוג נתוני לקוחות מהמאגר הישן", 13.81),
    ("हिन्दी में कार्य का नाम", 7.78),
]

# Labels as people write them, in characters that DOT takes without escapes.
labels = st.text(st.sampled_from("abcmwWMil 0189_-./@éüŁßжщΩ計画한😀→"), min_size=1, max_size=60)


@pytest.mark.parametrize(("text", "ems"), DRAWN)
def test_text_is_never_wider_in_a_browser_than_its_width_says(text: str, ems: float) -> None:
    """The width is at least what the widest of the usual fonts takes."""
    assert text_width_points(text, 10) >= 10 * ems


@pytest.mark.parametrize(
    "text", ["load", "summarise-2", "déjà vu élève façon", "съешь ещё этих мягких", "計画を実行する"]
)
def test_the_width_of_common_text_is_not_a_wild_guess(text: str) -> None:
    """What people write most gets at most an eighth more than the widest font takes."""
    assert text_width_points(text, 10) <= 1.125 * 10 * dict(DRAWN)[text]


@pytest.mark.parametrize(("text", "ems"), JOINED)
def test_names_in_scripts_that_join_get_their_room_and_not_twice_that(text: str, ems: float) -> None:
    """Law: the estimate is above what a name takes, by less than its own length, and is known to be one."""
    assert ems * 10 <= text_width_points(text, 10) <= 2 * ems * 10
    assert is_estimate(text)


@pytest.mark.parametrize("text", ["load", "Größe", "съешь", "計画", "한국어", "🚀", ""])
def test_what_is_bounded_is_no_estimate(text: str) -> None:
    """Law: only joined scripts are guessed."""
    assert not is_estimate(text)


@given(st.text(max_size=30), st.floats(1, 100))
def test_the_width_grows_with_the_font(text: str, size: float) -> None:
    """Width is size times a figure that depends on the text alone."""
    assert text_width_points(text, size) == pytest.approx(size * text_width_points(text, 1))


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=20), min_size=1, max_size=5))
def test_the_widest_line_gives_the_width_of_a_label(lines: list[str]) -> None:
    """A label of several lines is as wide as the widest of them."""
    assert text_width_points("\n".join(lines), 11) == max(text_width_points(line, 11) for line in lines)


@given(st.text(st.characters(exclude_characters="\n"), max_size=20), st.text(max_size=5))
def test_more_text_is_never_narrower(text: str, more: str) -> None:
    """No character has a negative width."""
    assert text_width_points(text + more, 10) >= text_width_points(text, 10)


@pytest.mark.parametrize("accented", ["é", "Ö", "ñ", "ế", "ǟ", "й", "ά"])
def test_an_accent_that_stands_above_its_letter_takes_no_room(accented: str) -> None:
    """The letter decides, whether the accent is part of the character or follows it."""
    import unicodedata

    decomposed = unicodedata.normalize("NFD", accented)
    assert len(decomposed) > 1
    assert text_width_points(accented, 10) == text_width_points(decomposed, 10) == text_width_points(decomposed[0], 10)


@given(labels)
def test_graphviz_leaves_a_padded_label_the_room_that_it_needs(text: str) -> None:
    """A cluster around a tiny node is as wide as the text of its label may become, in the embedded Graphviz too."""
    assert _room(padded_label(text, 10)) >= text_width_points(text, 10)


@given(labels)
def test_padding_is_no_more_than_needed(text: str) -> None:
    """A space less on each side would not be enough, but for the margins of the cluster and its least width."""
    padded = padded_label(text, 10)
    if padded != text:
        assert _room(padded[1:-1]) <= max(20, text_width_points(text, 10) + 2 * 8) + 0.1


@given(labels)
def test_padding_only_adds_spaces_evenly_around_the_text(text: str) -> None:
    """What is read is the text itself, in the middle of its room."""
    padded = padded_label(text, 10)
    spaces = (len(padded) - len(text)) // 2
    assert padded == "\u00a0" * spaces + text + "\u00a0" * spaces


@given(labels)
def test_a_label_with_room_enough_stays_as_it_is(text: str) -> None:
    """Where the slack covers what Graphviz misjudges, nothing is added."""
    assert padded_label(text, 10, slack=text_width_points(text, 10)) == text


@given(labels, st.floats(0, 100))
def test_room_beside_a_label_stands_on_its_right(text: str, beside: float) -> None:
    """Law: it is added to the room of the text, as spaces behind it."""
    padded = padded_label(text, 10, beside=beside)
    assert padded.startswith(padded_label(text, 10))
    assert _room(padded) >= text_width_points(text, 10) + beside


def test_each_line_of_a_label_is_padded_by_itself() -> None:
    """A short line above a long one keeps its own middle."""
    assert padded_label("Щит\nload", 10, slack=1) == padded_label("Щит", 10, slack=1) + "\n" + padded_label(
        "load", 10, slack=1
    )
    assert padded_label("Щит", 10, slack=1) != "Щит"


def _room(label: str) -> float:
    """The width of a cluster with this label around a tiny node."""
    dot = f"""digraph {{
        graph [fontname="Helvetica", fontsize=10]
        subgraph cluster_a {{ label="{label}"; a [shape=point] }}
    }}"""
    found = re.search(r'class="cluster">.*?points="([^"]*)"', layout_embedded(dot).decode(), re.DOTALL)
    assert found
    xs = [float(point.split(",")[0]) for point in found[1].split()]
    return max(xs) - min(xs)
