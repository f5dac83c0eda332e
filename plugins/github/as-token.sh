# Lets git of the clone in FOLDER, whoever starts it, write with the token in TOKEN: the configuration names the variable,
# so that the token itself is in no file and in no argument. In: TOKEN, GITHUB_SERVER_URL, FOLDER.
# https://git-scm.com/docs/gitcredentials#_custom_helpers
# shellcheck shell=sh disable=SC2016
export TOKEN GIT_TERMINAL_PROMPT=0
helper='!f() { echo username=x-access-token; printf "password=%s\n" "$TOKEN"; }; f'
command git -C "$FOLDER" config --replace-all "credential.$GITHUB_SERVER_URL.helper" '' # no other helper before it
command git -C "$FOLDER" config --add "credential.$GITHUB_SERVER_URL.helper" "$helper"
