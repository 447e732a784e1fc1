"""`python -m dasdsl` is the `dasdsl` command."""

import sys

from dasdsl.cli import main

if __name__ == "__main__":
    sys.exit(main())
