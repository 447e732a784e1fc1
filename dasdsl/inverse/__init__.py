"""From a trained composite back to text and exact weights, with a certificate that both compute the same."""

from dasdsl.inverse.certificate import Certificate
from dasdsl.inverse.discover import Found, discover

__all__ = ["Certificate", "Found", "discover"]
