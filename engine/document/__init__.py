"""Graphs as JSON documents."""
