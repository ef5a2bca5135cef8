"""Lifted search: it never grounds, so it starts at once, however many ways there are to fill in parameters."""
