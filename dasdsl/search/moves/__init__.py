"""Moves from an architecture to its neighbours, with what becomes of the weights.

Elimination and limits are made of them.
"""
