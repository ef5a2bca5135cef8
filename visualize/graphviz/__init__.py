"""Pictures that Graphviz lays out: its program, the DOT that it reads, and the drawing in its places."""
