"""Define, compile, schedule and record workflows."""
