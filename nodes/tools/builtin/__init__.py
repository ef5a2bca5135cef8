"""The tools that come with planweave."""
