"""Account plans: what we want to reach with a customer, what has to change before we sell, and what was promised."""
