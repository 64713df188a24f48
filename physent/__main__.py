"""``python -m physent``."""

from physent.cli.commands import main

main()
