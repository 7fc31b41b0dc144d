"""`python -m agent`: the same as the command `mlwright`."""

from agent.cli.app import main

main()
