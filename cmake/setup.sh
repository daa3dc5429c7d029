#!/usr/bin/env bash
# The one list of Debian packages that evjit is built from. Installs those that are missing when it may; says nothing when
# there is nothing to do. Run by ./dev; a new dependency is one word here.
set -euo pipefail

packages=(
  cmake ninja-build g++ pkg-config ccache python3 git
  llvm-19-dev lld-19 libzstd-dev zlib1g-dev libxml2-dev
  libuv1-dev libboost-context-dev libedit-dev
  libutf8proc-dev libfmt-dev libxxhash-dev libcli11-dev rapidjson-dev libre2-dev
  doctest-dev
)
# What test/bench/run compares evjit with; nothing else needs them.
peers=(golang-go erlang-base luajit nodejs)

case "${1:-}" in
  --list) printf '%s\n' "${packages[@]}"; exit 0 ;;
  --bench) packages+=("${peers[@]}") ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "setup: this is not a Debian system; install what these packages hold: ${packages[*]}" >&2
  exit 0
fi

missing=()
have=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "${packages[@]}" 2>/dev/null || true)"
for p in "${packages[@]}"; do [[ $have == *" $p:installed "* ]] || missing+=("$p"); done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  cat >&2 <<END
setup: packages are missing and only root may install them. Run this, then try again:

  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}

END
  exit 1
fi

echo "setup: installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "setup: apt-get failed (above); packages wanted: ${missing[*]}" >&2
  exit 1
fi
