"""Tools: callables that a text or a model may ask for, found by what they are for, and called within permissions."""
