#!/usr/bin/env bash
# Installs the system packages that the tests use, where root and apt are there; elsewhere says what is missing.
set -u
packages=(bubblewrap git)
programs=(bwrap git)
missing=()
for index in "${!programs[@]}"; do
  command -v "${programs[$index]}" > /dev/null || missing+=("${packages[$index]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  echo "setup: installing ${missing[*]}"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    > /dev/null 2>&1 && exit 0
  echo "setup: ${missing[*]} could not be installed; tests that need them are skipped by name"
else
  echo "setup: missing ${missing[*]}; tests that need them are skipped by name (sudo apt-get install ${missing[*]})"
fi
exit 0
