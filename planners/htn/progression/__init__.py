"""Progression: search forward through states and agendas of a ground problem, guided by what relaxing it tells."""
