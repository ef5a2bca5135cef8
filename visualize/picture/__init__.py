"""A picture before it is drawn: read from a graph or a run, collapsed, and put into words. Pure."""
