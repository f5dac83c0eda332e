# Lets git, whoever starts it from here on, write with the token in TOKEN, to this server alone. In: TOKEN, and the
# server's address: GITHUB_SERVER_URL or CI_SERVER_URL. The settings stand in variables and name the variable of the
# token, so that it is in no file and in no argument, and none of it is left in the clone. GitLab takes any user's name
# beside a token.
# https://git-scm.com/docs/git-config#ENVIRONMENT
# https://git-scm.com/docs/gitcredentials#_custom_helpers
# https://docs.gitlab.com/user/project/settings/project_access_tokens/
# shellcheck shell=sh disable=SC2016
export TOKEN GIT_TERMINAL_PROMPT=0
helper='!f() { echo username=x-access-token; printf "password=%s\n" "$TOKEN"; }; f'
server=${GITHUB_SERVER_URL:-${CI_SERVER_URL:?}}
count=${GIT_CONFIG_COUNT:-0}
export "GIT_CONFIG_KEY_$count=credential.$server.helper" "GIT_CONFIG_VALUE_$count=" # no other helper before it
count=$((count + 1))
export "GIT_CONFIG_KEY_$count=credential.$server.helper" "GIT_CONFIG_VALUE_$count=$helper"
export GIT_CONFIG_COUNT=$((count + 1))
