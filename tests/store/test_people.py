"""People: decisions that are asked by one process and given in another, once, by those who may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.errors import describe
from planweave.engine.questions import LATE
from planweave.engine.store.store import open_store
from planweave.testing import run_virtually
from tests.store import asking_flows as flows
from tests.store.children import child, dies, done, is_asked, until


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Where a new store may be that is a file."""
    return f"sqlite:///{tmp_path / 'runs.db'}"


def begun(url: str, flow: Any, **inputs: Any) -> Callable[[], object]:
    """What begins a run, and goes on to its end."""
    return lambda: pw.run(flow, inputs, store=url, run_id="r")


def resumed(url: str, **options: Any) -> Callable[[], object]:
    """What goes on with it to its end."""
    return lambda: pw.resume("r", store=url, check=False, **options)


def left_asking(folder: Path, url: str, flow: Any, **inputs: Any) -> pw.Question:
    """What a run asks whose process was killed then."""
    store = open_store(url)
    with child(folder, begun(url, flow, **inputs)):
        until(lambda: is_asked(store))
    (question,) = store.questions("r")
    store.close()
    return question


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


# ---------------------------------------------------------------------- across processes


def test_an_approval_that_a_dead_process_asked_is_given_by_another_once(url: str, tmp_path: Path) -> None:
    """Law: the decision outlives who asked; the second, that of the wrong person and the late one are told apart."""
    question = left_asking(tmp_path, url, flows.publishing, text="news")
    assert (question.title, question.about, question.by, question.not_by) == (
        "Publish?",
        "draft of news",
        ("ann", "bob"),
        ("bob",),
    )
    for wrong in ("carl", "bob", " BOB ", None):
        with pytest.raises(pw.NotAllowed):
            pw.answer("r", "approve", store=url, approve=True, by=wrong)
    given = done(
        "print(pw.answer('r', 'approve', store=sys.argv[1], approve=True, by='Ann', comment='well').answered_by)", url
    )
    with pytest.raises(pw.AlreadyAnswered, match="Ann"):
        pw.answer("r", "approve", store=url, approve=False, by="ann")
    run = pw.resume("r", store=url)
    value, decision = run.result
    assert (given, value, decision.approved) == ("Ann", "published draft of news", True)
    assert (decision.by, decision.comment) == ("Ann", "well")
    assert [event.kind for event in run.events if event.node == "approve"] == [
        *("ready", "started", "waiting", "answered", "succeeded"),
    ]
    with pytest.raises(pw.AlreadyAnswered):
        pw.answer("r", "approve", store=url, approve=True, by="ann")


def test_a_late_answer_is_refused_and_a_timeout_approves_nothing_by_itself(url: str) -> None:
    """Law: once the time is over nobody answers; the run rejects, approves or fails as it was told to."""
    assert pw.run(flows.expiring, {"seconds": 0.05}, store=url, run_id="r").result.approved is False
    with pytest.raises(pw.AnsweredLate):
        pw.answer("r", "approve", store=url, approve=True)
    assert pw.questions(store=url) == [] and len(pw.questions("r", store=url, answered=True)) == 1


def test_an_answer_that_was_acknowledged_in_time_is_taken_after_the_time_is_over(place: str, tmp_path: Path) -> None:
    """Law: what was acknowledged is not lost because the process that asked was not there when the time ran out."""
    left_asking(tmp_path, place, flows.expiring, seconds=1.0)
    pw.answer("r", "approve", store=place, approve=True, by="ann")
    store = open_store(place)
    (question,) = store.questions("r")
    assert question.until is not None
    until(lambda: store.now() > (question.until or 0))
    store.close()
    decision = pw.resume("r", store=place).result
    assert (decision.approved, decision.by) == (True, "ann")


def test_the_token_belongs_to_the_question(url: str, tmp_path: Path) -> None:
    """Law: an answer may bring the token along; another token is refused, whoever brings it."""
    question = left_asking(tmp_path, url, flows.publishing, text="news")
    with pytest.raises(pw.WrongToken):
        pw.answer("r", "approve", store=url, approve=True, by="ann", token="guessed")
    pw.answer("r", "approve", store=url, approve=False, by="ann", token=question.token)
    assert pw.resume("r", store=url).result[0] == "kept back"
    assert len(question.token) >= 20
    store = open_store(url)
    assert not any(question.token in entry.text for entry in store.entries("r"))  # its hash is
    store.close()


def test_what_is_no_answer_is_refused_and_changes_nothing(place: str, tmp_path: Path) -> None:
    """Law: nobody is asked there, another kind of answer, two answers at once: each is an error of its own."""
    question = left_asking(tmp_path, place, flows.publishing, text="news")
    mistakes: list[tuple[type[pw.PlanweaveError], str, str, dict[str, Any]]] = [
        (pw.UnknownRun, "q", "approve", {"approve": True}),
        (pw.UnknownQuestion, "r", "publish", {"approve": True}),
        (pw.ValueRefused, "r", "approve", {"value": True, "by": "ann"}),
        (pw.ValueRefused, "r", "approve", {"value": True, "approve": True, "by": "ann"}),
        (pw.ValueRefused, "r", "approve", {"by": "ann"}),
        (pw.ValueRefused, "r", "approve", {"approve": "yes", "by": "ann"}),
        (pw.ValueRefused, "r", "approve", {"approve": True, "by": " "}),
    ]
    for error, run, node, answer in mistakes:
        with pytest.raises(error):
            pw.answer(run, node, store=place, **answer)
    assert pw.questions("r", store=place) == [question]
    with pytest.raises(pw.UnknownRun):
        pw.questions("q", store=place)


# ---------------------------------------------------------------------- after a crash


@pytest.mark.parametrize(
    ("answer", "state", "left"), [("retry", "succeeded", ["attempt 2", "beside"]), ("fail", "failed", ["beside"])]
)
def test_a_person_says_what_becomes_of_an_attempt_that_was_interrupted(
    place: str, tmp_path: Path, answer: str, state: str, left: list[str]
) -> None:
    """Law: under on_crash="ask" nothing is done again before somebody says so; the rest of the run goes on."""
    path = tmp_path / "ledger"
    dies(tmp_path, begun(place, flows.handling, path=str(path)))
    run = pw.resume("r", store=place, leave=0)
    assert (run.state, str(run.nodes["careful"].state), lines(path)) == ("waiting", "waiting", ["beside"])
    (question,) = pw.questions(store=place)
    assert (question.kind, question.node) == ("crash", "careful")
    with pytest.raises(pw.ValueRefused, match="no answer"):
        pw.answer("r", "careful", store=place, value="perhaps")
    pw.answer("r", "careful", store=place, value=answer)
    run = pw.resume("r", store=place, check=False)
    assert (str(run.state), sorted(lines(path))) == (state, left)
    attempts = run.nodes["careful"].attempts
    assert attempts[0].error is not None and describe(attempts[0].error).startswith("Interrupted: ")
    assert len(attempts) == (2 if answer == "retry" else 1)


def test_a_node_may_be_asked_about_again(place: str, tmp_path: Path) -> None:
    """Law: each crash is a question of its own, with a token of its own."""
    path = tmp_path / "ledger"
    dies(tmp_path, begun(place, flows.always_handling, path=str(path)))
    tokens = []
    for _ in range(2):
        assert pw.resume("r", store=place, leave=0).state == "waiting"
        (question,) = pw.questions(store=place)
        tokens.append(question.token)
        pw.answer("r", "hopeless", store=place, value="retry", token=question.token)
        dies(tmp_path, resumed(place))
    assert pw.resume("r", store=place, leave=0).state == "waiting"
    with pytest.raises(pw.WrongToken):
        pw.answer("r", "hopeless", store=place, value="fail", token=tokens[-1])
    pw.answer("r", "hopeless", store=place, value="fail")
    assert pw.resume("r", store=place, check=False).state == "failed"
    assert lines(path) == ["1", "2", "3"]


def test_a_node_that_ends_its_process_too_often_blocks_the_run(place: str, tmp_path: Path) -> None:
    """Law: past crash_limit the run is blocked with the name of the node, until somebody has it tried once more."""
    path = tmp_path / "ledger"
    store = open_store(place)
    dies(tmp_path, begun(place, flows.dying, path=str(path)))
    dies(tmp_path, resumed(place))
    for _ in range(2):
        with pytest.raises(pw.RunBlocked, match="'deadly'"):
            pw.resume("r", store=store)
        row = store.row("r")
        assert (row.state, row.holder, store.claimable()) == ("blocked", None, [])
        assert "'deadly'" in (row.reason or "")
    assert lines(path) == ["attempt 1", "attempt 2"]
    dies(tmp_path, resumed(place, retry_poison=True))
    assert store.row("r").state == "running"  # it was not blocked any more when it died
    with pytest.raises(pw.RunBlocked):
        pw.resume("r", store=store)
    assert pw.resume("r", store=store, retry_poison=True).result == "survived"
    assert lines(path) == [f"attempt {i}" for i in (1, 2, 3, 4)]
    assert (store.row("r").state, store.row("r").reason) == ("succeeded", "")
    store.close()


def test_a_blocked_run_can_be_given_up(place: str, tmp_path: Path) -> None:
    """Law: a person who cancels a blocked run ends it."""
    dies(tmp_path, begun(place, flows.dying, path=str(tmp_path / "ledger")))
    dies(tmp_path, resumed(place))
    with pytest.raises(pw.RunBlocked):
        pw.resume("r", store=place)
    assert pw.cancel("r", store=place) == "cancelled"
    assert lines(tmp_path / "ledger") == ["attempt 1", "attempt 2"]


# ---------------------------------------------------------------------- in memory


def live(flow: Any, act: Callable[[pw.Run[Any]], None], **inputs: Any) -> pw.Run[Any]:
    """A run in memory under a virtual clock, in which ``act`` is done a second after its start."""

    async def main() -> pw.Run[Any]:
        run: pw.Run[Any] = await flow.start(**inputs)
        await asyncio.sleep(1)
        act(run)
        return await run.wait(check=False)

    return run_virtually(main)


def test_runs_in_memory_ask_alike() -> None:
    """Law: the same refusals, once and for all, without a store."""

    def act(run: pw.Run[Any]) -> None:
        (question,) = run.questions
        refusals: list[tuple[type[pw.PlanweaveError], str, dict[str, Any]]] = [
            (pw.UnknownQuestion, "publish", {"approve": True}),
            (pw.NotAllowed, "approve", {"approve": True}),
            (pw.NotAllowed, "approve", {"approve": True, "by": "Bob"}),
            (pw.WrongToken, "approve", {"approve": True, "by": "ann", "token": "x"}),
            (pw.ValueRefused, "approve", {"value": 1, "by": "ann"}),
        ]
        for error, node, answer in refusals:
            with pytest.raises(error):
                run.answer(node, **answer)
        assert run.answer("approve", approve=True, by="ann", token=question.token).answered_by == "ann"
        with pytest.raises(pw.AlreadyAnswered):
            run.answer("approve", approve=False, by="ann")
        assert run.questions == ()

    run = live(flows.publishing, act, text="news")
    assert run.result[0] == "published draft of news"
    with pytest.raises(pw.AlreadyAnswered):
        run.answer("approve", approve=False, by="ann")


@pytest.mark.parametrize(("on_timeout", "approved"), [("approve", True), ("reject", False)])
def test_a_timeout_decides_only_where_it_is_told_to(on_timeout: Any, approved: bool) -> None:
    """Law: on_timeout="fail" unless said otherwise; a decision of the clock is nobody's."""

    @pw.workflow
    def told() -> pw.Approval:
        return pw.approve("?", timeout=3600, on_timeout=on_timeout)

    run = live(told, lambda run: None)
    assert run.result == pw.Approval(approved, "", LATE, run.result.at)
    ended, started = run.nodes["approve"].ended, run.nodes["approve"].started
    assert ended is not None and started is not None and ended - started == pytest.approx(3600)

    @pw.workflow
    def untold() -> pw.Approval:
        return pw.approve("?", timeout=3600)

    run = live(untold, lambda run: None)
    assert isinstance(run.nodes["approve"].error, pw.Unanswered)
    with pytest.raises(pw.AnsweredLate):
        run.answer("approve", approve=True)


@pytest.mark.parametrize("approved", [True, False])
def test_a_rejection_may_be_a_failure(approved: bool) -> None:
    """Law: under on_reject="fail" nothing that waits for the approval runs when it is rejected."""

    @pw.workflow
    def strict() -> Any:
        return flows.publish.using(after=[pw.approve("?", on_reject="fail")])("news")

    run = live(strict, lambda run: void(run.answer("approve", approve=approved, by="ann", comment="no good")))
    assert str(run.nodes["publish"].state) == ("succeeded" if approved else "upstream_failed")
    if not approved:
        error = run.nodes["approve"].error
        assert isinstance(error, pw.Rejected) and "by ann: no good" in error.what and error.approval.by == "ann"


def void(_: object) -> None:
    """Nothing."""


def test_what_it_is_about_is_markdown_or_json() -> None:
    """Law: a text is shown as it is, anything else as JSON, whatever is in it."""

    @pw.workflow
    def showing(about: Any) -> pw.Approval:
        return pw.approve("?", about=about)

    subjects: list[tuple[Any, str, str]] = [
        ("# Hi", "markdown", "# Hi"),
        ({"a": [1, Path("b")]}, "json", '{\n  "a": [\n    1,\n    "b"\n  ]\n}'),
    ]
    for about, form, text in subjects:
        shown: list[tuple[Any, Any]] = []

        def act(run: pw.Run[Any], shown: list[tuple[Any, Any]] = shown) -> None:
            (question,) = run.questions
            shown.append((question.about, json.loads(question.body)["form"]))
            run.answer("approve", approve=True)

        live(showing, act, about=about)
        assert shown == [(text, form)]


@pytest.mark.parametrize("names", [{"by": "ann", "not_by": ["Ann", "bob"]}, {"by": [3]}, {"not_by": ""}])
def test_a_question_that_nobody_may_answer_fails_at_once(names: Any) -> None:
    """Law: names that are found out while it runs are checked when it asks."""

    @pw.task(executor="inline")
    def picked(names: Any, name: str) -> Any:
        return names[name]

    @pw.workflow
    def asking(names: Any) -> Any:
        return pw.approve("?", by=picked(names, "by"), not_by=picked(names, "not_by"))

    run = live(asking, lambda run: None, names={"by": None, "not_by": None, **names})
    assert isinstance(run.nodes["approve"].error, pw.ValueRefused)
