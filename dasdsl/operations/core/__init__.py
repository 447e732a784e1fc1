"""What operations are made of: values, fields, axes, decisions, problems. Beneath every room."""
