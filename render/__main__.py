"""`python -m render`: the same as `meshrev`."""

from render.cli.main import main

main()
