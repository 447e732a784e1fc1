"""What can be wrong with a text, one module a phase; importing this package fills the catalogue.

E0xx: E001–E019 the text and its lines, E020–E029 syntax, E030–E049 the header, E050–E069 statements and their fields,
E070–E089 values. (Operations find E1xx; their module is `dasdsl.operations.core.faults`.)
"""

from dasdsl.language.errors import binding, header, syntax, text, values

__all__ = ["binding", "header", "syntax", "text", "values"]
