"""How a plan is checked: from the definitions, sharing nothing with the searches but the model; see ``verify.py``."""
