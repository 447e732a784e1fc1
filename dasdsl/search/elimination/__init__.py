"""After the clamp: what the network does not need is taken out of it, one move after the other, and put back where it
was needed (method: elimination with shift moves)."""
