"""Training: recipes, the loop, checkpoints, the ladder, the whole job."""
