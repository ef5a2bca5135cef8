"""The smallest workflow: planweave run examples/hello.py:hello -i 'names=["Ada", "Alan", "Grace"]'."""

import planweave as pw


@pw.task
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}!"


@pw.task
def join(greetings: list[str]) -> str:
    """Put the greetings under one another."""
    return "\n".join(greetings)


@pw.workflow
def hello(names: list[str]) -> str:
    """Greet everybody, in parallel."""
    return join(greet.map(names))
