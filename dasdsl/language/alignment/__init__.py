"""Two bodies of statements side by side: what belongs to what, what came, what went."""
