"""The cases, in the order of the document that they come from."""

# Each registers its cases.
from cases import socketserver_tests  # noqa: F401
from cases import documentation_examples  # noqa: F401
from cases import wire  # noqa: F401
from cases import better  # noqa: F401
from cases import contract  # noqa: F401
