"""Better plans from plans: parts of a plan are done again with less."""
