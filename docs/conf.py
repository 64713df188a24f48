"""Sphinx: ``sphinx-build -W docs docs/_build``. Pages are Markdown; commands and notebooks in them are carried out."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import physent

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "physent"
author = "The physent developers"
project_copyright = "the physent developers"
release = version = physent.__version__

extensions = ["myst_nb", "sphinx-mathjax-offline", "executed"]
myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 3
logging.getLogger("traitlets").setLevel(logging.WARNING)  # the highlighter of furo lets everything be told
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
exclude_patterns = ["_build", "_generated"]

highlight_language = "text"

html_theme = "furo"
html_title = f"physent {version}"
html_static_path = ["_static"]
html_css_files = ["physent.css"]
html_copy_source = False
