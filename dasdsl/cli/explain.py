"""Say what an error code means, with an example and what is reported for it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dasdsl.cli.support.console import message, print_json
from dasdsl.cli.support.pages import Page, pages


def add_arguments(parser: ArgumentParser) -> None:
    """`explain [CODE]`."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="such as E103; without it all codes are listed")
    parser.add_argument("--json", action="store_true", help="print facts as JSON")


def run(options: Namespace) -> int:
    """Explain one code, or list all."""
    from dasdsl.language.suggest import did_you_mean

    known = pages()
    if options.code is None:
        listing(list(known.values()), options)
        return 0
    code = options.code.upper()
    page = known.get(code)
    if page is None:
        # `E50` is likely to mean E050
        hint = did_you_mean(f"{code[:1]}{code[1:].zfill(3)}", known, "`dasdsl explain` lists all codes")
        message(f"error: there is no code `{options.code}`; {hint}")
        return 1
    if options.json:
        print_json(page.facts())
    else:
        print(page.text(), end="")
    return 0


def listing(all_pages: list[Page], options: Namespace) -> None:
    """Every code with its first sentence."""
    if options.json:
        print_json([page.facts() for page in all_pages])
        return
    for page in all_pages:
        print(f"{page.code}  {page.summary}")
