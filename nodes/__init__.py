"""What a vertex of a graph may run: tools, agents, memory, people."""
