"""Mistakes in plans, and in the actions that are to carry them out."""

from __future__ import annotations

import planweave as pw
from tests.engine.program import Mistake

MISTAKES = [
    Mistake(
        "an operator without an action",
        pw.UnknownNameError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions={"load": None})
        """,
        """
        the operator 'drive' has no action
          at: node 'drive', flow.py:2
          fix: add it: actions={"drive": function}, or None if nothing is to be done for it
        """,
    ),
    Mistake(
        "actions that are no dict",
        pw.DefinitionError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions=[print])
        """,
        """
        actions=[<built-in function print>] names no operators
          at: flow.py:2
          fix: give each operator its function: actions={"load": load}
        """,
    ),
    Mistake(
        "a step with an id that ids are built with",
        pw.DefinitionError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"), pw.Step("drive/park", "park")))
        pw.compile(plan, actions={"drive": None, "park": None})
        """,
        """
        'drive/park' cannot be the id of a node
          at: flow.py:2
          fix: use a word without / [ ] @ * or line ends: those build the ids of clusters, items and rounds
        """,
    ),
    Mistake(
        "a step with too many objects",
        pw.BindingError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive", ("depot", "shop"), ("to",)),))
        pw.compile(plan, actions={"drive": None})
        """,
        """
        the step has 2 objects for 1 parameter (operator 'drive')
          at: node 'drive', flow.py:2
          fix: give one object for each parameter
        """,
    ),
    Mistake(
        "a step whose objects are a text",
        pw.BindingError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive", "depot", ("to",)),))
        pw.compile(plan, actions={"drive": None})
        """,
        """
        the objects of the step are the text 'depot' (operator 'drive')
          at: node 'drive', flow.py:2
          fix: use ('depot',)
        """,
    ),
    Mistake(
        "an ordering of a step that there is not",
        pw.UnknownNameError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),), (), (("load", "drive"),))
        pw.compile(plan, actions={"drive": None})
        """,
        """
        the ordering load < drive names the step 'load', which the plan 'trip' does not have
          at: flow.py:2
          fix: add the step, or remove what names it
        """,
    ),
    Mistake(
        "a fact with two producers",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        steps = pw.Step("a", "load"), pw.Step("b", "load"), pw.Step("c", "use")
        plan = pw.Plan("trip", steps, (link("a", "loaded", "c"), link("b", "loaded", "c")))
        pw.compile(plan, actions={"load": None, "use": None})
        """,
        """
        the plan has two links for (loaded): it is made true by 'a' and made true by 'b'
          at: node 'c', flow.py:7
          fix: keep the one of the step that makes it true last before this step
        """,
    ),
    Mistake(
        "a parameter that stands for nothing",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        def use(cargo): ...

        steps = pw.Step("a", "load"), pw.Step("b", "use", ("t",), ("loaded",))
        plan = pw.Plan("trip", steps, (link("a", "loaded t", "b"),))
        pw.compile(plan, actions={"load": None, "use": use})
        """,
        """
        parameter 'cargo' of 'use' stands for nothing that the operator has (operator 'use')
          at: node 'b', flow.py:5
          fix: name it like one of: loaded
        """,
    ),
    Mistake(
        "a parameter that stands for two things",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        def use(at): ...

        steps = pw.Step("a", "load"), pw.Step("b", "use", ("depot",), ("at",))
        plan = pw.Plan("trip", steps, (link("a", "at depot", "b"),))
        pw.compile(plan, actions={"load": None, "use": use})
        """,
        """
        parameter 'at' of 'use' is both a parameter of the operator and a precondition of it (operator 'use')
          at: node 'b', flow.py:5
          fix: for the value write at: Annotated[T, pw.FactPattern("at ?at")]; for the object rename both parameters
        """,
    ),
    Mistake(
        "a parameter that could stand for two facts",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        def use(at): ...

        steps = pw.Step("a", "load"), pw.Step("b", "use", ("depot", "shop"), ("from", "to"))
        plan = pw.Plan("trip", steps, (link("a", "at depot", "b"), link("a", "at shop", "b")))
        pw.compile(plan, actions={"load": None, "use": use})
        """,
        """
        parameter 'at' of 'use' could be any of (at depot), (at shop) (operator 'use')
          at: node 'b', flow.py:5
          fix: say which: at: Annotated[T, pw.FactPattern("at ?from")]
        """,
    ),
    Mistake(
        "a pattern that means no precondition",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        from typing import Annotated

        def use(place: Annotated[str, pw.FactPattern("at ?where")]): ...

        steps = pw.Step("a", "load"), pw.Step("b", "use", ("depot",), ("from",))
        plan = pw.Plan("trip", steps, (link("a", "at depot", "b"),))
        pw.compile(plan, actions={"load": None, "use": use})
        """,
        """
        parameter 'place' of 'use' stands for (at ?where), which is no precondition here (operator 'use')
          at: node 'b', flow.py:7
          fix: the preconditions that have a value: (at depot); its parameters: ?from
        """,
    ),
    Mistake(
        "an input that would stand for two facts",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        def use(at): ...

        steps = pw.Step("a", "use", ("depot",), ("from",)), pw.Step("b", "use", ("shop",), ("from",))
        plan = pw.Plan("trip", steps, (link(None, "at depot", "a"), link(None, "at shop", "b")))
        pw.compile(plan, actions={"use": use})
        """,
        """
        the run input 'at' would stand for (at depot) in step 'a' and (at shop) in step 'b'
          at: node 'b', flow.py:5
          fix: write at: Annotated[T, pw.FactPattern("at ?from")]: its input is then called at_shop
        """,
    ),
    Mistake(
        "an input with two defaults",
        pw.BindingError,
        """
        def link(producer, fact, consumer):
            predicate, *objects = fact.split()
            return pw.CausalLink(producer, pw.Fact(predicate, tuple(objects)), consumer)

        def load(topic="music"): ...

        def use(topic="books"): ...

        steps = pw.Step("a", "load"), pw.Step("b", "use")
        plan = pw.Plan("report", steps, (link(None, "topic", "a"), link(None, "topic", "b")))
        pw.compile(plan, actions={"load": load, "use": use})
        """,
        """
        the run input 'topic' has the default 'music' in step 'a' and 'books' in step 'b'
          at: node 'b', flow.py:7
          fix: give both the same default, or leave the defaults out: each run must give the input then
        """,
    ),
    Mistake(
        "a plan that is to be replaced, and that nobody could find another for",
        pw.DefinitionError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions={"drive": None}, replan=3)
        """,
        """
        nobody could find another plan than 'trip': it has no recovery
          at: flow.py:2
          fix: compile a plan that htn.find_plan found, or give it a recovery=
        """,
    ),
    Mistake(
        "a plan that is to be replaced no number of times",
        pw.PolicyError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions={"drive": None}, replan=True)
        """,
        """
        replan=True is no number of times
          at: flow.py:2
          fix: use a whole number from 0
        """,
    ),
    Mistake(
        "a search for another plan that may take no time",
        pw.PolicyError,
        """
        plan = pw.Plan("trip", (pw.Step("drive", "drive"),))
        pw.compile(plan, actions={"drive": None}, replan_time_limit=0)
        """,
        """
        replan_time_limit=0 is no time
          at: flow.py:2
          fix: use seconds above 0
        """,
    ),
]
