"""Interleaving search: what is done in one task and what is done in another alternate as the plan needs it."""
