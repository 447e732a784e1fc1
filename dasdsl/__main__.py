"""`python -m dasdsl` is the `dasdsl` command."""

from dasdsl.cli import command

if __name__ == "__main__":
    command()
