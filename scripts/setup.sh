#!/usr/bin/env bash
# Installs the system packages that the tests use, where root and apt are there; elsewhere says what is missing.
set -u

# install "<packages>" "<programs>": one step each, so that one that cannot be had takes no other with it.
install() {
  local packages=($1) programs=($2) missing=() index
  for index in "${!programs[@]}"; do
    command -v "${programs[$index]}" > /dev/null || missing+=("${packages[$index]}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "setup: installing ${missing[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
      > /dev/null 2>&1 && return
    echo "setup: ${missing[*]} could not be installed; tests that need them are skipped by name"
  else
    echo "setup: missing ${missing[*]}; tests that need them are skipped by name (sudo apt-get install ${missing[*]})"
  fi
}

install "bubblewrap git" "bwrap git"
# For level container, about 15 seconds. runc is for kernels whose control groups podman's own choice does not know.
install "podman runc" "podman runc"
exit 0
