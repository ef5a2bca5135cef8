"""Pictures of plans: how tasks were decomposed, and the partial order of steps."""
