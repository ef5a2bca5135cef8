"""Texts in HDDL that tests start from."""

from __future__ import annotations

from planweave import htn

DELIVERY = """
; a domain that uses what HDDL has
(define (domain Delivery)
  (:requirements :typing :hierarchy :negative-preconditions)
  (:types truck train - vehicle package vehicle - locatable place)
  (:constants depot - place)
  (:predicates (at ?what - locatable ?where - place) (in ?p - package ?v - vehicle) (blocked ?p - place) (tired))
  (:functions (distance ?from ?to - place) - number (total-cost) - number)
  (:task deliver :parameters (?p - package ?to - place))
  (:task fetch :parameters (?p - package ?v - vehicle) :precondition () :effect (in ?p ?v))
  (:method by-vehicle
    :parameters (?p - package ?to - place ?v - (either truck train))
    :task (deliver ?p ?to)
    :precondition (and (not (tired)) (or (at ?v depot) (exists (?x - place) (at ?v ?x))))
    :ordered-subtasks (and (fetch ?p ?v) (drive ?v depot ?to) (unload ?p ?v ?to)))
  (:method is-there
    :parameters (?p - package ?to - place)
    :task (deliver ?p ?to)
    :precondition (at ?p ?to)
    :subtasks ())
  (:method fetches
    :parameters (?p - package ?v - vehicle ?from ?to - place)
    :task (fetch ?p ?v)
    :subtasks (and (go (drive ?v ?from ?to)) (rest) (take (load ?p ?v ?to)))
    :ordering (and (< go take))
    :constraints (not (= ?from ?to)))
  (:action drive
    :parameters (?v - vehicle ?from ?to - place)
    :duration (= ?duration (distance ?from ?to))
    :precondition (and (at ?v ?from) (not (blocked ?to)) (imply (tired) (forall (?p - package) (at ?p ?from))))
    :effect (and (not (at ?v ?from)) (at ?v ?to) (increase (total-cost) (distance ?from ?to))
                 (forall (?p - package) (when (in ?p ?v) (blocked ?from)))))
  (:action load :parameters (?p - package ?v - vehicle ?l - place)
    :precondition (and (at ?p ?l) (at ?v ?l)) :effect (and (in ?p ?v) (not (at ?p ?l)) (increase (total-cost) 2.5)))
  (:action unload :parameters (?p - package ?v - vehicle ?l - place)
    :precondition (in ?p ?v) :effect (and (at ?p ?l) (not (in ?p ?v))))
  (:action rest :effect (not (tired)) :duration 30))
"""

PARCELS = """
(define (problem Parcels)
  (:domain Delivery)
  (:objects t1 t2 - truck p1 p2 - package shop home - place)
  (:htn :parameters (?where - place)
    :subtasks (and (first (deliver p1 shop)) (second (deliver p2 ?where)))
    :ordering (< first second)
    :constraints (not (= ?where shop)))
  (:init (at t1 depot) (at t2 Shop) (at p1 home) (at p2 home) (tired)
    (= (distance depot shop) 12) (= (distance depot home) 0.5) (= (total-cost) 0))
  (:goal (and (at p1 shop) (not (at p2 home))))
  (:metric minimize (total-cost)))
"""


def domain_of(*sections: str) -> htn.Domain:
    """The domain with these sections."""
    domain, _ = htn.loads(f"(define (domain d) {' '.join(sections)})")
    return domain


def problem_of(*sections: str, domain: str = DELIVERY) -> htn.Problem:
    """The problem with these sections, and tasks if they name none."""
    tasks = "" if any(":htn" in section for section in sections) else "(:htn :subtasks ())"
    _, problem = htn.loads(domain, f"(define (problem p) (:domain delivery) {tasks} {' '.join(sections)})")
    return problem
