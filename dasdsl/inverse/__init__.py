"""From a trained composite back to text and exact weights, with a certificate that both compute the same."""
