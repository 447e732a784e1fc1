"""The `dasdsl` command. One thin file a command; the file is loaded only when its command is used.

To add a command, write `dasdsl/cli/NAME.py` with

- a docstring whose first line says what the command does (`dasdsl --help` shows it),
- `add_arguments(parser)`, which adds to an `argparse.ArgumentParser`,
- `run(options) -> int`, which returns the exit code: 0 for yes, 1 for no.

Nothing else has to know of it. What is wrong is raised as `DasError`; `main` shows it on stderr and exits with 1, as it
does for an `OSError`. Misuse exits with 2 (`parser.error` from within argparse types), Ctrl-C with 130. Results go to
stdout, progress and messages to stderr. `dasdsl.cli.support.console` has what commands share. Imports that take time
(torch, networkx) stand inside `run`.
"""

from dasdsl.cli.support.dispatching import command, main

__all__ = ["command", "main"]
