"""How far a node is from a plan, if nothing were ever deleted: the innermost loop of the search.

The relaxed composition of D. Höller, P. Bercher, G. Behnke, S. Biundo, "A generic method to guide HTN progression
search with classical heuristics", ICAPS 2018: tasks are facts that actions and methods make true, from their parts
upwards, and only those tasks count that the agenda leads to. Facts and tasks, here called atoms, get the costs of the
additive heuristic (B. Bonet, H. Geffner, "Planning as heuristic search", 2001); from the cheapest ways to them a plan
is read off (J. Hoffmann, B. Nebel, "The FF planning system", 2001). Linear in the part of the problem that the agenda
leads to, but for a heap.

Written for lists and arrays alike, without any object, because it is compiled where numba is there.
"""

from __future__ import annotations

from typing import NamedTuple

from planweave.planners.htn.progression.heap import pop, push
from planweave.planners.htn.progression.tables import Array, Tables

NEVER = 1 << 30
"""The cost of what cannot be done."""
MOST = 1 << 24
"""No other cost is higher, so that costs and numbers fit into one number."""

ADD, FF = 0, 1
"""The estimates: the costs of all tasks of the agenda together; the rules of a relaxed plan for all of them."""


class Scratch(NamedTuple):
    """Room for one estimate; what holds the stamp is of the current one."""

    stamp: Array  # one number: that of the current estimate
    seen: Array  # of each atom
    cost: Array  # of each atom
    settled: Array  # of each atom: the stamp once its cost is final; less than 0 once it is in the relaxed plan
    rule_seen: Array  # of each rule, likewise
    missing: Array  # of each rule: how much it still waits for
    price: Array  # of each rule: its cost so far
    stack: Array  # atoms, or tasks
    heap: Array  # cost and number of atoms, in one number
    wanted: Array  # of each task: the stamp where it is in the agenda
    support: Array  # of each atom: the rule that makes it true at its cost


def estimate(
    tables: Tables, scratch: Scratch, state: Array, cell: int, cell_task: Array, cell_next: Array, kind: int
) -> int:
    """About how much is left to do for an agenda; NEVER: it cannot be done."""
    scratch.stamp[0] += 1
    wanted = want(tables, scratch, cell, cell_task, cell_next)
    size = reach(tables, scratch, state, wanted)
    if settle(tables, scratch, wanted, size) > 0:
        return NEVER
    if kind == FF:
        return relaxed_plan(tables, scratch, cell, cell_task, cell_next)
    total = 0
    while cell >= 0:
        total += scratch.cost[tables.facts + cell_task[cell]]
        cell = cell_next[cell]
    return min(total, MOST)


def want(tables: Tables, scratch: Scratch, cell: int, cell_task: Array, cell_next: Array) -> int:
    """Put the tasks of an agenda on the stack, each once; how many there are."""
    facts, stamp, wanted = tables.facts, scratch.stamp[0], scratch.wanted
    depth = 0
    while cell >= 0:
        task = cell_task[cell]
        if wanted[task] != stamp:
            wanted[task] = stamp
            scratch.seen[facts + task] = stamp
            scratch.cost[facts + task] = NEVER
            scratch.stack[depth] = task
            depth += 1
        cell = cell_next[cell]
    return depth


def reach(tables: Tables, scratch: Scratch, state: Array, depth: int) -> int:
    """Open the rules of all tasks that those on the stack lead to; the size of the heap of what follows at once."""
    facts, stamp = tables.facts, scratch.stamp[0]
    seen, cost, stack = scratch.seen, scratch.cost, scratch.stack
    size = 0
    while depth > 0:
        depth -= 1
        task = stack[depth]
        for rule in range(tables.rule_start[task], tables.rule_start[task + 1]):
            left = 0
            for i in range(tables.rule_fact_start[rule], tables.rule_fact_start[rule + 1]):
                fact = tables.rule_fact[i]
                if not (state[fact >> 5] >> (fact & 31)) & 1:
                    left += 1
                    if seen[fact] != stamp:
                        seen[fact] = stamp
                        cost[fact] = NEVER
            for i in range(tables.rule_part_start[rule], tables.rule_part_start[rule + 1]):
                part = tables.rule_part[i]
                left += 1
                if seen[facts + part] != stamp:
                    seen[facts + part] = stamp
                    cost[facts + part] = NEVER
                    stack[depth] = part
                    depth += 1
            scratch.rule_seen[rule] = stamp
            scratch.missing[rule] = left
            scratch.price[rule] = 1
            if left == 0:
                for i in range(tables.rule_result_start[rule], tables.rule_result_start[rule + 1]):
                    fact = tables.rule_result[i]
                    if seen[fact] != stamp and not (state[fact >> 5] >> (fact & 31)) & 1:
                        seen[fact] = stamp
                        cost[fact] = NEVER
                size = conclude(tables, scratch, rule, 1, size)
    return size


def conclude(tables: Tables, scratch: Scratch, rule: int, price: int, size: int) -> int:
    """What a rule makes true at a price goes onto the heap where nothing else does so cheaper; its new size."""
    facts, stamp = tables.facts, scratch.stamp[0]
    cost, support = scratch.cost, scratch.support
    task = tables.rule_task[rule]
    if task >= 0 and cost[facts + task] > price:
        cost[facts + task] = price
        support[facts + task] = rule
        size = push(scratch.heap, size, (price << 32) | (facts + task))
    for i in range(tables.rule_result_start[rule], tables.rule_result_start[rule + 1]):
        fact = tables.rule_result[i]
        if scratch.seen[fact] == stamp and cost[fact] > price:
            cost[fact] = price
            support[fact] = rule
            size = push(scratch.heap, size, (price << 32) | fact)
    return size


def settle(tables: Tables, scratch: Scratch, wanted: int, size: int) -> int:
    """Settle the costs of atoms, the cheapest first, until all wanted tasks are; how many of them cannot be done."""
    facts, stamp = tables.facts, scratch.stamp[0]
    heap, settled, missing, price = scratch.heap, scratch.settled, scratch.missing, scratch.price
    while size > 0 and wanted > 0:
        atom, cost = heap[0] & 0xFFFFFFFF, heap[0] >> 32
        size = pop(heap, size)
        if settled[atom] == stamp:
            continue
        settled[atom] = stamp
        if atom >= facts and scratch.wanted[atom - facts] == stamp:
            wanted -= 1
        for i in range(tables.user_start[atom], tables.user_start[atom + 1]):
            rule = tables.user[i]
            if scratch.rule_seen[rule] == stamp:
                missing[rule] -= 1
                price[rule] = min(price[rule] + cost, MOST)
                if missing[rule] == 0:
                    size = conclude(tables, scratch, rule, price[rule], size)
    return wanted


def relaxed_plan(tables: Tables, scratch: Scratch, cell: int, cell_task: Array, cell_next: Array) -> int:
    """The number of rules in a relaxed plan for the tasks of an agenda."""
    facts, stamp = tables.facts, scratch.stamp[0]
    stack, rule_seen = scratch.stack, scratch.rule_seen
    total = depth = 0
    while cell >= 0:
        depth = choose(scratch, facts + cell_task[cell], depth)
        cell = cell_next[cell]
    while depth > 0:
        depth -= 1
        rule = scratch.support[stack[depth]]
        if rule_seen[rule] == stamp:
            rule_seen[rule] = -stamp
            total += 1
            for i in range(tables.rule_fact_start[rule], tables.rule_fact_start[rule + 1]):
                depth = choose(scratch, tables.rule_fact[i], depth)
            for i in range(tables.rule_part_start[rule], tables.rule_part_start[rule + 1]):
                depth = choose(scratch, facts + tables.rule_part[i], depth)
    return total


def choose(scratch: Scratch, atom: int, depth: int) -> int:
    """Put an atom on the stack unless it holds already or has been there; its new depth."""
    if scratch.settled[atom] != scratch.stamp[0]:
        return depth
    scratch.settled[atom] = -scratch.stamp[0]
    scratch.stack[depth] = atom
    return depth + 1
