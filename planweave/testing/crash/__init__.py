"""Crash tests: processes are killed, stopped and cut off, and what is recorded is held against what was really done."""
