"""Writes the generated pages of the docs site.

mkdocs calls :mod:`tools.docs.hook`; nothing here is part of the library.
"""
