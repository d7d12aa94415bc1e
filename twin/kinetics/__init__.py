"""How organisms grow, with the sources of every number."""
