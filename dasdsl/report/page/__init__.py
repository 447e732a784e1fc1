"""`report.html`: a finished search as one page that needs nothing beside it. No scripts, and every text is escaped."""
