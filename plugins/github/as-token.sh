# Lets git of this process, and of those that it starts, write with a token: through the environment, so that it is in no
# argument and in no file. In: TOKEN, GITHUB_SERVER_URL. https://git-scm.com/docs/git-config#ENVIRONMENT
# shellcheck shell=sh
basic=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')
printf '::add-mask::%s\n' "$basic"
export GIT_CONFIG_COUNT=1
export GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader"
export GIT_CONFIG_VALUE_0="Authorization: Basic $basic"
export GIT_TERMINAL_PROMPT=0
