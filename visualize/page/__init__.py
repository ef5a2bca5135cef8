"""One HTML file that shows a graph or a run."""
