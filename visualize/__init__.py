"""Pictures of plans, graphs, runs and teams."""
