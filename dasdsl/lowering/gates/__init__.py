"""Gates: how strongly each option of each decision takes part. Two families, one for each recipe."""
