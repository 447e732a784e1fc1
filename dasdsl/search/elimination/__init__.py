"""After the clamp: what the network does not need is taken out of it, and what it lacks given back.

Source: method, elimination with shift moves, regrow.
"""
