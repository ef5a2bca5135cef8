"""Stores: where runs are recorded so that nothing that was acknowledged is lost."""
