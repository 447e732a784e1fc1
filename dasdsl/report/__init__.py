"""What a finished search says, made from its `report.json` alone."""
