"""How far a node is from a plan, if nothing were ever deleted and yet everything had to be done in its order.

Where methods are totally ordered, the relaxed composition (``relaxed.py``) gives away too much: any action that the
agenda leads to may happen at any time. Here a task may begin once all that stands before it in its method, or in the
agenda, may have been done, the method's condition can have become true, and its own task may have begun; it may have
been done once one of its methods has come to its end. What is reached is reached layer by layer: an action ends one
layer after what it needs. That is linear in the part of the problem that is reached, without any heap.

Written for lists and arrays alike, without any object, because it is compiled where numba is there.
"""

from __future__ import annotations

from typing import NamedTuple

from planweave.planners.htn.progression.tables import Array, Tables

NEVER = 1 << 30
"""The estimate of what cannot be done."""
MOST = 1 << 24
"""No other estimate is higher, so that it and the number of a node fit into one number."""

REACHED, SETTLED, CHOSEN = 1, 2, 3
"""What is said of an atom, next to the stamp of the estimate: it has been reached, what follows has been seen to, it is
in the relaxed plan. Atoms are facts, then for each task that it may begin, then for each task that it may be done."""


class Scratch(NamedTuple):
    """Room for one estimate; what holds its stamp is of the current one."""

    stamp: Array  # the stamp, a multiple of 4
    mark: Array  # of each atom
    support: Array  # of each atom: the rule that reached it; -1: the agenda
    place: Array  # of each task that may begin: its place in the rule
    opened: Array  # of each rule: the stamp
    missing: Array  # of each rule: how many conditions it still waits for
    done: Array  # of each rule: how many of its parts may have been done, in their order
    now: Array  # atoms of this layer
    later: Array  # atoms of the next layer
    ready: Array  # rules
    spent: Array  # how much work all estimates were


def estimate(tables: Tables, scratch: Scratch, state: Array, cell: int, cell_task: Array, cell_next: Array) -> int:
    """About how much is left to do for an agenda: layers and rules of a relaxed plan; NEVER: it cannot be done."""
    layers = explore(tables, scratch, state, cell, cell_task, cell_next)
    if layers == NEVER:
        return NEVER
    return min(MOST, layers + relaxed_plan(tables, scratch, cell, cell_task, cell_next))


def explore(  # noqa: PLR0915  # one function over single arrays: compiled, each call that passes all of them is slow
    tables: Tables, scratch: Scratch, state: Array, cell: int, cell_task: Array, cell_next: Array
) -> int:
    """Reach what can be reached until the end of the agenda is; how many layers that takes, or NEVER."""
    facts, ends, first_method = tables.facts, tables.facts + tables.tasks, tables.first_method
    rule_start, rule_task = tables.rule_start, tables.rule_task
    rule_fact_start, rule_fact = tables.rule_fact_start, tables.rule_fact
    rule_part_start, rule_part = tables.rule_part_start, tables.rule_part
    rule_result_start, rule_result = tables.rule_result_start, tables.rule_result
    user_start, user = tables.user_start, tables.user
    mark, support, place = scratch.mark, scratch.support, scratch.place
    opened, missing, done = scratch.opened, scratch.missing, scratch.done
    now, later, ready = scratch.now, scratch.later, scratch.ready
    stamp = scratch.stamp[0] + 4
    scratch.stamp[0] = stamp
    settled = stamp + SETTLED
    layers = size = spent = 0
    begun = facts + cell_task[cell]
    mark[begun] = stamp + REACHED
    support[begun] = -1
    now[0] = begun
    depth = 1
    while True:
        while depth > 0:
            depth -= 1
            atom = now[depth]
            mark[atom] = settled
            waiting = 0
            if facts <= atom < ends:  # a task may begin: its rules wait for their conditions
                spent += rule_start[atom - facts + 1] - rule_start[atom - facts]
                for rule in range(rule_start[atom - facts], rule_start[atom - facts + 1]):
                    left = 1 if rule < first_method and rule_task[rule] < 0 else 0  # an effect waits for its action too
                    for i in range(rule_fact_start[rule], rule_fact_start[rule + 1]):
                        fact = rule_fact[i]
                        if not (state[fact >> 5] >> (fact & 31)) & 1 and mark[fact] != settled:
                            left += 1
                    opened[rule] = stamp
                    missing[rule] = left
                    done[rule] = -1
                    if left == 0:
                        ready[waiting] = rule
                        waiting += 1
            else:  # a fact holds, or a task is done: those that wait for it go on
                source = atom if atom < facts else atom - tables.tasks
                spent += user_start[source + 1] - user_start[source]
                for i in range(user_start[source], user_start[source + 1]):
                    rule = user[i]
                    if opened[rule] == stamp:
                        if atom < facts or rule < first_method:
                            missing[rule] -= 1
                        if missing[rule] == 0:
                            ready[waiting] = rule
                            waiting += 1
            while waiting > 0:
                waiting -= 1
                rule = ready[waiting]
                if rule < first_method:  # an action, or an effect of one: what it does holds in the next layer
                    for i in range(rule_result_start[rule], rule_result_start[rule + 1]):
                        fact = rule_result[i]
                        if mark[fact] < stamp and not (state[fact >> 5] >> (fact & 31)) & 1:
                            mark[fact] = stamp + REACHED
                            support[fact] = rule
                            later[size] = fact
                            size += 1
                    end = ends + rule_task[rule]
                    if end >= ends and mark[end] < stamp:
                        mark[end] = stamp + REACHED
                        support[end] = rule
                        later[size] = end
                        size += 1
                    continue
                first, last = rule_part_start[rule], rule_part_start[rule + 1]
                step = max(done[rule], 0)
                while first + step < last and mark[ends + rule_part[first + step]] == settled:
                    step += 1
                if step == done[rule]:
                    continue
                done[rule] = step
                if first + step < last:
                    following = facts + rule_part[first + step]
                    if mark[following] < stamp:
                        place[following - facts] = step
                else:
                    following = ends + rule_task[rule]
                if mark[following] < stamp:
                    mark[following] = stamp + REACHED
                    support[following] = rule
                    now[depth] = following
                    depth += 1
            if atom == ends + cell_task[cell]:  # the agenda goes on
                while mark[ends + cell_task[cell]] == settled:
                    cell = cell_next[cell]
                    if cell < 0:
                        scratch.spent[0] += spent
                        return layers
                begun = facts + cell_task[cell]
                if mark[begun] < stamp:
                    mark[begun] = stamp + REACHED
                    support[begun] = -1
                    now[depth] = begun
                    depth += 1
        if size == 0:
            scratch.spent[0] += spent
            return NEVER
        layers += 1
        for i in range(size):
            now[i] = later[i]
        depth = size
        size = 0


def relaxed_plan(tables: Tables, scratch: Scratch, cell: int, cell_task: Array, cell_next: Array) -> int:
    """How many rules there are in a relaxed plan for the tasks of an agenda."""
    facts, tasks, stamp = tables.facts, tables.tasks, scratch.stamp[0]
    total = depth = 0
    while cell >= 0:
        before = depth
        depth = choose(scratch, facts + tasks + cell_task[cell], depth)
        if depth == before:  # the same task once more
            total += 1
        cell = cell_next[cell]
    while depth > 0:
        depth -= 1
        atom = scratch.now[depth]
        rule = scratch.support[atom]
        begins = atom >= facts and atom < facts + tasks
        if rule < 0 or scratch.opened[rule] == stamp + CHOSEN:
            continue
        first, last = tables.rule_part_start[rule], tables.rule_part_start[rule + 1]
        if begins:
            last = first + scratch.place[atom - facts]
        else:
            scratch.opened[rule] = stamp + CHOSEN
            total += 1
        for i in range(tables.rule_fact_start[rule], tables.rule_fact_start[rule + 1]):
            depth = choose(scratch, tables.rule_fact[i], depth)
        for i in range(first, last):
            depth = choose(scratch, facts + tasks + tables.rule_part[i], depth)
        if tables.rule_task[rule] >= 0:
            depth = choose(scratch, facts + tables.rule_task[rule], depth)
    return total


def choose(scratch: Scratch, atom: int, depth: int) -> int:
    """Put an atom on the stack unless it holds already or has been there; its new depth."""
    if scratch.mark[atom] != scratch.stamp[0] + SETTLED:
        return depth
    scratch.mark[atom] = scratch.stamp[0] + CHOSEN
    scratch.now[depth] = atom
    return depth + 1
