"""Git as meshrev starts it, for the scripts: git.py FOLDER ARGUMENT...

Nothing that a commit can bring in is run (docs/threat-model.md); everything else is git's: streams and exit code.
"""

from __future__ import annotations

import os
import sys

from render.errors import InputError
from render.git.process import prepare

folder, *arguments = sys.argv[1:]
try:
    command, environment = prepare(arguments, folder)
except InputError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
os.chdir(folder)
os.execvpe(command[0], command, environment)  # noqa: S606  never through a shell
