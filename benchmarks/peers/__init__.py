"""Other engines, driven the way that their documentation shows, with nodes that do nothing.

Each file has one function, ``prepare``, that builds a graph of a given shape and gives back what runs it. Peers are
imported by name at run time: they stand in the environment of ``make bench`` only, not where types are checked.
"""
