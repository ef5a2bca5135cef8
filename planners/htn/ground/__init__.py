"""Grounding: from a lifted problem to the facts, actions and methods that a plan for it could contain."""
