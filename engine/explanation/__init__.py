"""Explanations: why a node of a run is in the state that it is in."""
