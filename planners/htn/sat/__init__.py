"""The SAT planner: what is possible to some depth of the hierarchy as a formula, refined where that is not enough."""
