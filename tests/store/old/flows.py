"""The workflows of the old stores: what they hold is run by every planweave since, so nothing here may change.

Each task has a version, which stands for its code: a run goes on only where that is what it was. The file is read by
planweaves as old as the first that had a store, too; what these have not is used in ``undoing``, not here.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any

import planweave as pw
from planweave.engine.asking import approve, wait_for


@dataclass
class Payment:
    amount: int
    payer: str


@pw.task(version="1")
def numbers(count: int) -> list[int]:
    return list(range(count))


@pw.task(version="1")
def square(number: int) -> int:
    return number * number


@pw.task(version="1")
def pay(amount: int) -> Payment:
    return Payment(amount, "Ä. Ønes")


@pw.task(version="1")
def sum_of(values: list[int]) -> int:
    return sum(values)


@pw.task(version="1")
def refuse(payment: Payment) -> str:
    raise ValueError(f"{payment.payer} has no {payment.amount}")


@pw.task(version="1")
def is_large(amount: int) -> bool:
    return amount > 10


@pw.task(version="1")
def deadly(amount: int) -> int:
    """Kill the process in the first attempt."""
    if pw.context().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return amount + 1


@pw.task(version="1", retry=pw.Retry(2, base=60.0))
def unlucky() -> str:
    """Fail in the first attempt."""
    if pw.context().attempt == 1:
        raise ConnectionError("nobody is there")
    return "at last"


@pw.task(version="1")
def repeated(size: int) -> str:
    return "long " * size


@pw.task(version="1")
def length(text: str, deadly: int) -> int:
    return len(text) + deadly


@pw.task(version="1")
def joined(first: Any, second: Any) -> Any:
    return [first, second]


@pw.task(version="1")
def told(payment: Payment) -> str:
    return f"{payment.payer} paid {payment.amount}"


@pw.workflow
def ended(count: int) -> Any:
    """Ends well."""
    total = sum_of(square.map(numbers(count)))
    return pw.when(is_large(total), then=lambda: pay(total), otherwise=lambda: total)


@pw.workflow
def failed() -> Any:
    """Ends badly."""
    return refuse(pay(3))


@pw.workflow
def killed(count: int) -> Any:
    """Kills its process while a node runs that follows from what others have become."""
    total = sum_of(square.map(numbers(count)))
    return pw.when(is_large(total), then=lambda: told(pay(deadly(total))), otherwise=lambda: total)


@pw.workflow
def large(size: int) -> int:
    """Kills its process when a long value has been made, which is read afterwards."""
    text = repeated(size)
    return length(text, deadly.using(after=[text])(1))


@pw.workflow
def retrying() -> str:
    """Has a node that waits for its second attempt."""
    return unlucky()


@pw.workflow
def sleeping() -> Any:
    """Waits for its time."""
    return sum_of.using(after=[pw.sleep(60)])([1, 2])


@pw.workflow
def asking() -> Any:
    """Asks a person, and waits for an event."""
    decision = approve("Pay?", about="a bill", by=["ann", "bob"])
    paid = wait_for("paid", Payment)
    return joined(pw.when(decision, then=lambda: told(paid), otherwise=lambda: "kept"), square(7))
