"""Where graphs come from: hierarchical task networks, teams, hierarchies."""
