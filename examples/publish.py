"""A report that a person must approve: the run waits, and no process need live meanwhile.

planweave run examples/publish.py:report -i topic=tea
planweave approve last ok --as ann
planweave resume last
"""

import planweave as pw


@pw.task
def write(topic: str) -> str:
    """Write about the topic."""
    return f"All there is to say about {topic}."


@pw.task
def publish(text: str) -> str:
    """Let everybody read it."""
    return f"Published: {text}"


@pw.task
def shelve(text: str) -> str:
    """Keep it for later."""
    return f"Shelved: {text}"


@pw.workflow
def report(topic: str) -> str:
    """Write, ask ann, and do as she says."""
    text = write(topic)
    ok = pw.approve("Publish it?", about=text, by="ann", id="ok")
    return pw.when(ok, then=lambda: publish(text), otherwise=lambda: shelve(text))
