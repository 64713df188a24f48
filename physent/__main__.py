"""``python -m physent``."""

from physent.cli import main

main()
