#!/bin/sh
# Fails where check, lint or diff failed. In: CHECK, LINT, DIFF: exit codes, empty where one did not run.
set -eu
worst=0
for code in "${CHECK:-0}" "${LINT:-0}" "${DIFF:-0}"; do
  [ "$code" -le "$worst" ] || worst=$code
done
[ "${CHECK:-0}" != 1 ] || echo '::error title=meshrev check::What is committed is not what the specs say. Run `meshrev render` and commit what it writes.'
[ "${LINT:-0}" != 1 ] || echo '::error title=meshrev lint::There are findings: they stand beside the lines of the pull request, and above.'
[ "$worst" -le 1 ] || echo "::error title=meshrev::Stopped with exit code $worst: 2 the specs or the clone are wrong, 3 a bug of meshrev, 4 try again. The steps above say more."
exit "$worst"
