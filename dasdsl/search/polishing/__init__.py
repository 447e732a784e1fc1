"""Short trainings of what moves have left, kept where they are stopped, and how good it is after them."""
