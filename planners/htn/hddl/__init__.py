"""HDDL, the language in which hierarchical planning problems are exchanged: reading and writing it."""
