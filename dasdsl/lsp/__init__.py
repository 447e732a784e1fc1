"""What editors ask about a text: pure functions from a text and a place to an answer, and a thin server around them.

Only `server` needs the extra `lsp`; everything else works without it, and nothing here loads torch.
"""
