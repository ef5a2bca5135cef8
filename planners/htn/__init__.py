"""Hierarchical task networks: the model, its texts, and what finds, checks and explains plans."""
