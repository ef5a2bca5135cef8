"""Mistakes in what is compiled, looked up and run."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "a workflow that is compiled with options",
        pw.DefinitionError,
        """
        @pw.workflow
        def flow(): ...

        pw.compile(flow, actions={"load": None})
        """,
        """
        a workflow compiles without options, not with actions
          at: flow.py:4
          fix: leave them out; inputs are given when it runs
        """,
    ),
    Mistake(
        "something that cannot become a graph",
        pw.DefinitionError,
        """
        @pw.task
        def load() -> str: ...

        pw.run(load)
        """,
        """
        <task 'load'> cannot be compiled
          at: flow.py:4
          fix: pass a workflow, a graph, a plan, or an object with to_graph(); a task runs inside a workflow
        """,
    ),
    Mistake(
        "two nodes of a document with one id",
        pw.DuplicateIdError,
        """
        @pw.task
        def load() -> str: ...

        node = '{"id": "load", "task": "load", "args": [], "where": ["flow.json", 3]}'
        document = '{"format": "planweave graph", "version": 1, "name": "flow", "nodes": [%s, %s], %s}'
        pw.Graph.from_json(document % (node, node, '"inputs": [], "pools": {}, "output": null'), {"load": load})
        """,
        """
        two nodes are called 'load'
          at: node 'load', flow.json:3
          fix: give one of them another id
        """,
    ),
    Mistake(
        "tasks that need each other",
        pw.CycleError,
        """
        pw.workflow_from(
            {"research": len, "analysis": len, "synthesis": len},
            {"research": ["synthesis"], "analysis": ["research"], "synthesis": ["analysis"]},
        )
        """,
        """
        nodes wait for each other: analysis -> synthesis -> research -> analysis
          at: node 'analysis', flow.py:1
          fix: remove one of these edges, or use pw.repeat for a loop
        """,
    ),
    Mistake(
        "a task that needs itself",
        pw.CycleError,
        """
        pw.workflow_from({"research": len}, {"research": ["research"]})
        """,
        """
        'research' waits for itself
          at: node 'research', flow.py:1
          fix: remove one of these edges, or use pw.repeat for a loop
        """,
    ),
    Mistake(
        "a task that needs what there is not",
        pw.UnknownNameError,
        """
        pw.workflow_from({"research": len, "analysis": len}, {"analysis": ["reserch"]})
        """,
        """
        there is no task 'reserch' (needed by 'analysis')
          at: flow.py:1
          fix: did you mean: research
        """,
    ),
    Mistake(
        "needs that are a text",
        pw.DefinitionError,
        """
        pw.workflow_from({"research": len, "analysis": len}, {"analysis": "research"})
        """,
        """
        the needs of 'analysis' are the text 'research'
          at: flow.py:1
          fix: use ['research']
        """,
    ),
    Mistake(
        "a node that there is not",
        pw.UnknownNameError,
        """
        @pw.task
        def load() -> str: ...

        @pw.workflow
        def flow():
            return load()

        flow.graph()["laod"]
        """,
        """
        the graph 'flow' has no node 'laod'
          fix: did you mean: load
        """,
    ),
    Mistake(
        "an input that is missing",
        pw.InputError,
        """
        @pw.workflow
        def flow(path: str, limit: int, quick: bool = False): ...

        flow.run(limit=3)
        """,
        """
        'flow' is not given: path
          at: flow.py:1
          fix: pass path=...; its inputs are: path, limit, quick
        """,
    ),
    Mistake(
        "an input that there is not",
        pw.InputError,
        """
        @pw.workflow
        def flow(path: str): ...

        flow.run(path="here", color="red")
        """,
        """
        'flow' has no input 'color'
          at: flow.py:1
          fix: its inputs are: path
        """,
    ),
    Mistake(
        "an input of a run of the wrong type",
        pw.InputError,
        """
        @pw.workflow
        def flow(paths: list[str] | None): ...

        flow.run(paths="here")
        """,
        """
        input 'paths' of 'flow' is str 'here', not list[str] | None
          at: flow.py:1
          fix: pass paths= as list[str] | None
        """,
    ),
    Mistake(
        "a pool without a limit",
        pw.UndeclaredPoolError,
        """
        @pw.task(pool="api")
        def fetch(url: str) -> str: ...

        @pw.workflow
        def flow():
            return fetch("here")

        flow.run()
        """,
        """
        pool 'api' has no limit
          at: node 'fetch', flow.py:6
          fix: declare it: @pw.workflow(pools={"api": 4}), or pw.run(..., pools=...)
        """,
    ),
    Mistake(
        "no threads at all",
        pw.PolicyError,
        """
        @pw.workflow
        def flow(): ...

        pw.run(flow, threads=0)
        """,
        """
        threads=0 leaves no room to run anything
          at: flow.py:4
          fix: use a whole number from 1
        """,
    ),
    Mistake(
        "a plan that is compiled with an option that there is not",
        pw.DefinitionError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions={"drive": None}, replans=3)
        """,
        """
        a plan does not compile so: got an unexpected keyword argument 'replans'
          at: flow.py:2
          fix: its options: actions, pools, replan, replan_time_limit
        """,
    ),
    Mistake(
        "a node of a document under another one",
        pw.DuplicateIdError,
        """
        @pw.task
        def load() -> str: ...

        node = '{"id": "%s", "task": "load", "args": [], "where": ["flow.json", 3]}'
        document = '{"format": "planweave graph", "version": 1, "name": "flow", "nodes": [%s, %s], %s}'
        nodes = node % "load", node % "load[0]"
        pw.Graph.from_json(document % (*nodes, '"inputs": [], "pools": {}, "output": null'), {"load": load})
        """,
        """
        the id 'load[0]' is one that the node 'load' may give to a node of the graph that it becomes
          at: node 'load[0]', flow.json:3
          fix: give one of them another id
        """,
    ),
    Mistake(
        "tasks that are no dict",
        pw.DefinitionError,
        """
        pw.workflow_from([len], {})
        """,
        """
        the tasks are [<built-in function len>], which is no dict
          at: flow.py:1
          fix: use {"research": research, "analysis": analyse}
        """,
    ),
    Mistake(
        "needs that are no dict",
        pw.DefinitionError,
        """
        pw.workflow_from({"research": len}, None)
        """,
        """
        the needs are None, which is no dict
          at: flow.py:1
          fix: use {"analysis": ["research"]}, or {} where nothing waits
        """,
    ),
    Mistake(
        "needs that are no list",
        pw.DefinitionError,
        """
        pw.workflow_from({"research": list, "analysis": len}, {"analysis": 3})
        """,
        """
        the needs of 'analysis' are 3
          at: flow.py:1
          fix: use a list of the names of tasks
        """,
    ),
]
