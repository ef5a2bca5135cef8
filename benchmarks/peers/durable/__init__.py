"""Other engines that record what they did in SQLite, driven the way that their documentation shows.

Each file has one function, ``prepare``, that builds a graph of a given shape and keeps its records in a given folder;
it is a context manager that gives what runs the graph, and closes what it opened.
"""
