# Lets git of the clone in FOLDER, whoever starts it, write with the token in TOKEN: the configuration names the variable,
# so that the token itself is in no file and in no argument. In: TOKEN, FOLDER, and the server's address:
# GITHUB_SERVER_URL or CI_SERVER_URL. GitLab takes any user's name beside a token.
# https://git-scm.com/docs/gitcredentials#_custom_helpers
# https://docs.gitlab.com/user/project/settings/project_access_tokens/
# shellcheck shell=sh disable=SC2016
export TOKEN GIT_TERMINAL_PROMPT=0
helper='!f() { echo username=x-access-token; printf "password=%s\n" "$TOKEN"; }; f'
server=${GITHUB_SERVER_URL:-${CI_SERVER_URL:?}}
command git -C "$FOLDER" config --replace-all "credential.$server.helper" '' # no other helper before it
command git -C "$FOLDER" config --add "credential.$server.helper" "$helper"
