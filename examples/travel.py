"""A journey that is planned anew when a road turns out to be closed.

    python examples/travel.py
    planweave run examples/travel.py:journey -i 'traffic=[["hannover", "kassel"]]' --render journey.svg

The domain says how one gets from city to city, by car or by train; the planner finds the steps. Which roads are
closed is an input of the run that the planner does not know: a driver sees it when he gets there, tells it with
`pw.context().observe(...)` and gives up. What was driven stays, and another way is planned from where he is.
"""

from math import asin, cos, radians, sin, sqrt
from typing import Annotated, NamedTuple

import planweave as pw
from planweave import htn

CITIES = {  # degrees north and east
    "hamburg": (53.55, 10.00),
    "bremen": (53.08, 8.81),
    "hannover": (52.37, 9.74),
    "dortmund": (51.51, 7.47),
    "kassel": (51.32, 9.50),
    "frankfurt": (50.11, 8.68),
    "wuerzburg": (49.79, 9.95),
    "munich": (48.14, 11.58),
}
ROADS = (
    "hamburg-bremen hamburg-hannover bremen-hannover bremen-dortmund hannover-dortmund hannover-kassel dortmund-kassel "
    "dortmund-frankfurt kassel-frankfurt kassel-wuerzburg frankfurt-wuerzburg wuerzburg-munich"
)
STATIONS = ["hamburg", "hannover", "frankfurt", "munich"]

domain = htn.Domain("travel")
domain.type("city")
domain.predicate("at", "?where - city")
domain.predicate("road", "?from ?to - city")
domain.predicate("station", "?where - city")
domain.predicate("traffic")
domain.operator(
    "drive",
    "?from ?to - city",
    preconditions=["at ?from", "road ?from ?to", "traffic"],
    effects=["not at ?from", "at ?to"],
)
domain.operator(
    "ride",
    "?from ?to - city",
    preconditions=["at ?from", "station ?from", "station ?to"],
    effects=["not at ?from", "at ?to"],
)
domain.task("go", "?to - city")
domain.method("there", "go ?to", [], preconditions=["at ?to"])
domain.method("straight", "go ?to", ["drive ?from ?to"], parameters="?from - city", preconditions=["at ?from"])
domain.method(
    "by_way_of",
    "go ?to",
    ["drive ?from ?via", "drive ?via ?to"],
    parameters="?from ?via - city",
    preconditions=["at ?from", "road ?from ?via", "road ?via ?to"],
)
domain.method("by_train", "go ?to", ["ride ?from ?to"], parameters="?from - city", preconditions=["at ?from"])
domain.method(
    "to_the_train",
    "go ?to",
    ["drive ?from ?via", "ride ?via ?to"],
    parameters="?from ?via - city",
    preconditions=["at ?from", "road ?from ?via", "station ?via"],
)
domain.method(
    "further",
    "go ?to",
    ["drive ?from ?via", "go ?to"],
    parameters="?from ?via - city",
    preconditions=["at ?from", "road ?from ?via"],
)

roads = [tuple(road.split("-")) for road in ROADS.split()]
problem = domain.problem(
    tasks=["go kassel", "go munich"],
    objects={"city": list(CITIES)},
    state=[
        "at hamburg",
        "traffic",
        *(f"station {city}" for city in STATIONS),
        *(f"road {one} {two}" for road in roads for one, two in (road, road[::-1])),
    ],
    goal=["at munich"],
)


class Leg(NamedTuple):
    """A part of a journey."""

    how: str
    to: str
    kilometres: int


def distance(one: str, two: str) -> int:
    """Kilometres as the crow flies (the haversine formula)."""
    (north, east), (far_north, far_east) = ([radians(degrees) for degrees in CITIES[city]] for city in (one, two))
    half = sin((far_north - north) / 2) ** 2 + cos(north) * cos(far_north) * sin((far_east - east) / 2) ** 2
    return round(2 * 6371 * asin(sqrt(half)))


Legs = Annotated[tuple[Leg, ...], htn.fact("at ?from")]
"""What whoever brought us here returned: the legs so far."""


def drive(from_: str, to: str, so_far: Legs = (), traffic: list[list[str]] = []) -> tuple[Leg, ...]:  # noqa: B006
    """Drive, unless the road is closed."""
    if [from_, to] in traffic or [to, from_] in traffic:
        pw.context().observe({f"road {from_} {to}": False, f"road {to} {from_}": False})
        raise RuntimeError(f"the road from {from_} to {to} is closed")
    return (*so_far, Leg("car", to, distance(from_, to)))


def ride(from_: str, to: str, so_far: Legs = ()) -> tuple[Leg, ...]:
    """Take the train."""
    return (*so_far, Leg("train", to, distance(from_, to)))


plan = htn.find_plan(domain, problem)
htn.verify(domain, problem, plan)
journey = pw.compile(plan, actions={"drive": drive, "ride": ride}, replan=5)


def told(run: pw.Run[dict[str, tuple[Leg, ...]]]) -> str:
    """What became of a journey, in lines."""
    (legs,) = run.result.values()
    return "\n".join(f"  by {how} to {to}, {kilometres} km" for how, to, kilometres in legs)


if __name__ == "__main__":
    print(f"All roads are open:\n{told(journey.run())}")
    run = journey.run(traffic=[["hannover", "kassel"], ["wuerzburg", "munich"]])
    print(f"Two roads are closed:\n{told(run)}")
    for node in run.nodes.values():
        if node.error is not None:
            print(f"  ({node.id}: {node.error})")
    print(f"The journey is drawn in {run.render('journey.svg')}")
