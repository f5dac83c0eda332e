"""The program's own version, alone so that `meshrev --version` reads nothing else."""

VERSION = "1.0.0"
