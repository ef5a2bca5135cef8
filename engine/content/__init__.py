"""The content of values: what tells two values apart."""
