"""Explanations of why a problem has no plan: what was tried, how far it went, and what stood in the way."""
