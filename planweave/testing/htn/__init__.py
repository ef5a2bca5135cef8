"""Property tests for planners: random problems whose answers are known, brute force, and what every planner must do."""
