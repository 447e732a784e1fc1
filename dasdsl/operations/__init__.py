"""The operations of the language, one file each, beneath every room; `core` holds what they are made of.

Nothing here loads torch before a module is asked for.
"""
