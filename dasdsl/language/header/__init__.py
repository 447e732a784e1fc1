"""The YAML header of a file: read with exact places, typed by pydantic, printed."""
