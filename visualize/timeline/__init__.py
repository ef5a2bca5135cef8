"""Timelines of runs, laid out without Graphviz."""
