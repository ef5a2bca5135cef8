"""Plans as texts in the IPC format: what is written is read back, what is no plan is refused with its line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.planners.htn.plantext import PlanText, PlanTextError, read_plan_text
from planweave.planners.htn.solution import GroundTask

DELIVERY = pw.Plan(
    "delivery",
    (pw.Step("load", "load", ("box", "truck")), pw.Step("drive", "drive", ("truck", "shop"))),
    decomposition=(
        pw.Decomposition(
            "deliver",
            ("box", "shop"),
            "by-truck",
            (
                pw.Decomposition("load", ("box", "truck"), step="load"),
                pw.Decomposition("get-to", ("truck", "shop"), "direct", (pw.Decomposition("drive", step="drive"),)),
                pw.Decomposition("rest", (), "nothing"),
            ),
        ),
    ),
)
TEXT = """==>
0 load box truck
1 drive truck shop
root 2
2 deliver box shop -> by-truck 0 3 4
3 get-to truck shop -> direct 1
4 rest -> nothing
<==
"""


def refusal(text: str) -> PlanTextError:
    """The error that reading the text ends with."""
    with pytest.raises(PlanTextError) as caught:
        read_plan_text(text, file="plan.txt")
    return caught.value


def test_a_plan_is_written_as_the_competition_wants_it() -> None:
    """Law: numbered steps in their order, the roots, then each task with its method and its subtasks' numbers."""
    assert DELIVERY.text() == TEXT


def test_what_is_written_is_read_back() -> None:
    """Law: steps, roots and decompositions survive; so does an empty plan."""
    read = read_plan_text(TEXT)
    assert list(read.steps.values()) == [GroundTask(one.name, one.arguments) for one in DELIVERY.steps]
    assert read.roots == (2,) and read.decompositions[2].children == (0, 3, 4)
    assert read.decompositions[4].task == GroundTask("rest") and read.decompositions[4].method == "nothing"
    assert read_plan_text(pw.Plan("none", ()).text()) == PlanText({})


def test_layout_does_not_matter() -> None:
    """Law: white space, blank lines, comments, parentheses, the case of root, and all that stands before the plan."""
    loose = """searching ...
==>
 0 (old plan)
<== of another
  ==>
0\t( load  box truck ) ; first

1   (drive truck shop)
ROOT   2
2 (deliver box shop)->by-truck 0 3 4
3 (get-to truck shop)   -> direct 1
4 (rest) -> nothing
 <==
and 3 lines of statistics"""
    assert read_plan_text(loose) == read_plan_text(TEXT) == read_plan_text(TEXT.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("damage", "line", "what"),
    [
        (("==>\n", ""), 1, "expected '==>', the beginning of the plan"),
        (("<==\n", ""), 7, "expected '<==', the end of the plan, but the text ends"),
        (("0 load", "load"), 2, "expected the number of a task, not 'load'"),
        (("0 load", "-1 load"), 2, "expected the number of a task, not '-1'"),
        (("0 load", f"{'9' * 5000} load"), 2, "expected the number of a task, not '9999"),
        (("0 load", "\u0663 load"), 2, "expected the number of a task, not '\u0663'"),
        (("1 drive truck shop", "1"), 3, "expected the name of an operator after the number"),
        (("1 drive", "0 drive"), 3, "expected another number than 0, which line 2 has"),
        (("3 get-to", "1 get-to"), 6, "expected another number than 1, which line 3 has"),
        (("root 2\n", ""), 4, "expected 'root' before the first decomposition"),
        (("root 2", "root 2\nroot 2"), 5, "not a second 'root'"),
        (("root 2", "root two"), 4, "expected the number of a task, not 'two'"),
        (
            ("2 deliver box shop -> ", "2 deliver box shop "),
            5,
            "expected '->' and a method after '(deliver box shop",
        ),
        (("2 deliver box shop ->", "2 ->"), 5, "expected the name of a task"),
        (("4 rest -> nothing", "4 rest ->"), 7, "expected the name of a method after '->'"),
        (("0 3 4", "0 three 4"), 5, "expected the number of a task, not 'three'"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_line(damage: tuple[str, str], line: int, what: str) -> None:
    """Law: the error names the file, the line, and what was expected there."""
    error = refusal(TEXT.replace(*damage))
    assert error.where == pw.Location("plan.txt", line)
    assert what in error.what and len(error.what) < 150 and error.mend is not None


def test_a_text_without_roots_ends_too_early() -> None:
    """Law: the line is that of the end of the plan."""
    assert refusal("==>\n0 a\n<==").line == (
        "expected 'root' and the numbers of the problem's tasks before '<=='; at: plan.txt:3; fix: add them"
    )


@given(st.text(alphabet="=><-root 0123 ab()\n;\x00\u2028"))
def test_no_text_does_any_harm(text: str) -> None:
    """Law: any text is a plan or an error that is meant."""
    with suppress(PlanTextError):
        read_plan_text(f"==>\n{text}")


def test_a_million_parentheses_are_read_in_no_time() -> None:
    """Law: nesting means nothing here, so nothing recurses."""
    assert "expected '->'" not in refusal("==>\n" + "(" * 1_000_000).what


def test_a_deep_decomposition_is_written_and_compared() -> None:
    """Law: a plan may be as deep as it is long; the text, the walk and equality do not recurse."""

    def deep(depth: int) -> pw.Decomposition:
        one = pw.Decomposition("end", (), "end")
        for _ in range(depth):
            one = pw.Decomposition("again", (), "more", (one,))
        return one

    plan = pw.Plan("deep", (), decomposition=(deep(5000),))
    assert plan.text().count("\n") == 5004 and len(list(deep(5000).walk())) == 5001
    assert plan == pw.Plan("deep", (), decomposition=(deep(5000),)) and deep(5000) != deep(4999)
    assert hash(deep(3)) == hash(deep(3)) and deep(2) != "again"


def test_names_that_the_format_cannot_hold_are_refused() -> None:
    """Law: what could not be read back is not written."""
    for name in ("new york", "a(b", "a->b", "", "a;b"):
        with pytest.raises(pw.DefinitionError, match="the plan format cannot hold the name"):
            pw.Plan("p", (pw.Step("a", "go", (name,)),)).text()
    with pytest.raises(pw.DefinitionError, match="the task 'a' was not decomposed"):
        pw.Plan("p", (), decomposition=(pw.Decomposition("a"),)).text()
    with pytest.raises(pw.UnknownNameError, match="names the step 'b', which the plan 'p' does not have"):
        pw.Plan("p", (), decomposition=(pw.Decomposition("a", step="b"),)).text()


def test_a_plan_of_unknown_needs_cannot_be_relaxed() -> None:
    """Law: what is needed is not guessed; a relaxed plan stays as it is when relaxed again."""
    a, b, c = (pw.Step(one, one) for one in "abc")
    with pytest.raises(pw.DefinitionError, match="nobody said which orderings the plan 'p' needs"):
        pw.Plan("p", (a, b), orderings=(("a", "b"),)).relaxed()
    plan = pw.Plan("p", (a, b, c), orderings=(("a", "b"), ("b", "c")), needed=(("a", "c"),))
    assert plan.relaxed().orderings == (("a", "c"),) and plan.relaxed().is_relaxed and not plan.is_relaxed
    assert plan.relaxed().relaxed() == plan.relaxed()
