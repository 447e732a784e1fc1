"""A limit on what the found network costs, met from below: shaved down to it, then filled up to it.

Source: method, shaving and budgets.
"""
