"""What the names of `define` stand for."""

from __future__ import annotations

from collections.abc import Mapping

from dasdsl.language import errors, limits
from dasdsl.language.arithmetic import evaluate
from dasdsl.language.choices import increasing, options
from dasdsl.language.collecting import Problems
from dasdsl.operations.core.problems import Refused
from dasdsl.operations.core.values import Choice, Expression, Options


def values_of(define: Mapping[str, Expression | Choice], problems: Problems | None = None) -> dict[str, int | Options]:
    """The number or the options of each name, in order: an expression knows the names before it.

    Raises: Refused, unless there are `problems` to add to; a name that is wrong then counts as 1, so that its uses
    are not wrong as well.
    """
    found: dict[str, int | Options] = {}
    for name, value in define.items():
        try:
            found[name] = _value(name, value, found)
        except Refused as refused:
            if problems is None:
                raise
            problems.add(refused.problem)
            found[name] = 1
    return found


def _value(name: str, value: Expression | Choice, found: Mapping[str, int | Options]) -> int | Options:
    result = Options(options(value, name, found), name) if isinstance(value, Choice) else evaluate(value, found)
    if isinstance(result, Options):
        increasing(result.values, value.span, name)
    for number in result.values if isinstance(result, Options) else (result,):
        if abs(number) > limits.SIZE:
            shown, most = f"{number:,}", f"{limits.SIZE:,}"
            raise Refused(
                errors.values.NumberOutOfRange(span=value.span, field=name, number=shown, least=f"-{most}", most=most)
            )
    return result
