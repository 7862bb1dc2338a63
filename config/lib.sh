# What config/quickstart, config/build-image/make, tests/run and .ci/run share: steps with times, packages, the engine, the image.
# Sourced by bash with `set -u`; the caller sets KILN_LOGS (a folder) before the first step.
# shellcheck shell=bash disable=SC2317  # functions are called by name

KILN_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_IMAGE=${BUILD_IMAGE:-kiln/build:latest}

# shellcheck disable=SC2034  # used by those who source this
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' DIM=$'\e[2m' PLAIN=$'\e[0m'
else
  BOLD='' GREEN='' RED='' DIM='' PLAIN=''
fi

# Seconds since the caller began, with one decimal.
elapsedSince() { # START (microseconds of EPOCHREALTIME without its dot)
  local now=${EPOCHREALTIME/[.,]/}
  local tenths=$(((now - $1) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
instant() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

say() { printf '%s\n' "$*"; }
fail() { printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2; exit 1; }

# Says while a step runs how long it has and what it does: on a terminal every second in place, else a line a minute.
tick() { # TITLE START LOG
  local pause=60
  if [ -t 1 ]; then pause=1; fi
  # Not on the caller's pipe, which the pause would hold open; and no longer than the shell it ticks for.
  while sleep "$pause" >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    if [ -t 1 ]; then
      printf '\r\e[K  … %s %s%ds  %.40s%s' "$1" "$DIM" $((($(instant) - $2) / 1000000)) "$(tail -n 1 "$3" | tr -d '\r\033')" "$PLAIN"
    else
      printf '      %ds  %.60s\n' $((($(instant) - $2) / 1000000)) "$(tail -n 1 "$3" | tr -d '\r\033')"
    fi
  done
}

# step TITLE COMMAND...: runs it quietly and says how long it took. Its output is in a file that is named (and its end shown)
# when it fails; answers its exit status.
step() {
  local title=$1 log start status=0 ticker
  shift
  log="$KILN_LOGS/$(printf '%s' "$title" | tr -cs 'A-Za-z0-9' '-' | sed 's/^-//; s/-$//').log"
  start=$(instant)
  : >"$log"
  if [ -t 1 ]; then printf '  … %s' "$title"; else printf '  ... %s\n' "$title"; fi
  tick "$title" "$start" "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  { kill "$ticker" && wait "$ticker"; } 2>/dev/null
  if [ -t 1 ]; then printf '\r\e[K'; fi
  if [ "$status" -eq 0 ]; then
    printf '  %sok%s  %-44s %s%ss%s\n' "$GREEN" "$PLAIN" "$title" "$DIM" "$(elapsedSince "$start")" "$PLAIN"
  else
    printf '  %sFAILED%s  %s after %ss (status %d). The end of %s:\n' "$RED" "$PLAIN" "$title" "$(elapsedSince "$start")" "$status" "$log"
    tail -n 15 "$log" | sed 's/^/      /'
  fi
  return "$status"
}

# asRoot COMMAND...: as root, through sudo when needed.
asRoot() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || { say "this needs root, and there is no sudo: $*" >&2; return 1; }
  sudo -n true 2>/dev/null || [ -t 0 ] || { say "this needs root, and sudo asks for a password: $*" >&2; return 1; }
  sudo "$@"
}

packagesOf() { # GROUP...
  local group
  for group in "$@"; do awk -v g="$group" '$1 == g { print $2 }' "$KILN_ROOT/config/packages"; done
}

isInstalled() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# A package is not asked for when what it brings is there from elsewhere (another aws, another docker).
isSupplied() {
  case $1 in
    awscli) command -v aws >/dev/null ;;
    docker.io) command -v dockerd >/dev/null || engineHost >/dev/null ;;
    python3-boto3) [ -n "$(pythonWithBoto3)" ] ;;
    *) return 1 ;;
  esac
}

missingPackages() { # GROUP...
  local name
  for name in $(packagesOf "$@"); do isInstalled "$name" || isSupplied "$name" || printf '%s ' "$name"; done
}

aptInstall() { # PACKAGE...
  local options=(-y --no-install-recommends)
  if [ "${CI:-}" = true ]; then options+=(-o DPkg::Options::=--force-unsafe-io); fi  # a machine of one run: no fsync per file
  asRoot env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update &&
    asRoot env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install "${options[@]}" "$@"
}

# installPackages GROUP...: those that are missing. Fails with the list where there is no apt.
installPackages() {
  local missing
  command -v dpkg-query >/dev/null || {
    say "  Not a Debian: packages are not installed here. What Kiln needs, by Debian's names: $(packagesOf "$@" | tr '\n' ' ')"
    return 0
  }
  missing=$(missingPackages "$@")
  if [ -z "$missing" ]; then say "  ${GREEN}ok${PLAIN}  packages: all there"; return 0; fi
  # shellcheck disable=SC2086  # a list of words
  step "installing $(wc -w <<<"$missing") packages" aptInstall $missing
}

# The first python3 that has boto3; empty when none has.
pythonWithBoto3() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import boto3' 2>/dev/null; then command -v "$python"; return; fi
  done
}

# Engine ------------------------------------------------------------------------------------------------------------

# engineCurl HOST PATH [CURL ARGUMENTS...]
engineCurl() {
  local host=$1 path=$2
  shift 2
  case $host in
    unix://*) curl -sS --unix-socket "${host#unix://}" "$@" "http://engine$path" ;;
    tcp://*) curl -sS "$@" "http://${host#tcp://}$path" ;;
  esac
}

pings() { [ "$(engineCurl "$1" /_ping -m 5 2>/dev/null)" = OK ]; }

# Prints the first engine that answers, looked for where `kiln serve` looks.
engineHost() {
  local host run=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
  for host in "${SIMFRA_DOCKER:-}" "${DOCKER_HOST:-}" unix:///var/run/docker.sock "unix://$run/docker.sock" \
    "unix://$run/podman/podman.sock" unix:///run/podman/podman.sock; do
    case $host in unix://* | tcp://*) if pings "$host"; then printf '%s' "$host"; return 0; fi ;; esac
  done
  return 1
}

# waitUntil SECONDS COMMAND...: until it succeeds.
waitUntil() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then return 1; fi
    sleep 0.1
  done
}

# launchEngine [DIRECTORY OF AN IPTABLES]: dockerd in the background, its pid in $KILN_LOGS/dockerd.pid.
launchEngine() {
  local group=() first=${1:-}
  [ "$(id -u)" -eq 0 ] || group=(--group "$(id -gn)")
  # shellcheck disable=SC2024  # the log belongs to us, not to root
  asRoot env PATH="${first:+$first:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    setsid dockerd --pidfile "$KILN_LOGS/dockerd.pid" "${group[@]}" >>"$KILN_LOGS/dockerd.log" 2>&1 </dev/null &
  local launched=$!
  engineUpOrGone() { pings unix:///var/run/docker.sock || ! kill -0 "$launched" 2>/dev/null; }
  waitUntil 180 engineUpOrGone && pings unix:///var/run/docker.sock
}

# Some kernels lack nftables, which Debian's iptables uses: then the older kind, for this dockerd only.
launchEngineWithLegacyTables() {
  local folder="$KILN_LOGS/iptables" name
  [ -x /usr/sbin/iptables-legacy ] && grep -qi iptables "$KILN_LOGS/dockerd.log" || return 1
  mkdir -p "$folder"
  for name in iptables ip6tables iptables-save iptables-restore; do
    ln -sf "/usr/sbin/${name/tables/tables-legacy}" "$folder/$name"
  done
  launchEngine "$folder"
}

startEngine() {
  if [ -d /run/systemd/system ] && systemctl cat docker.service >/dev/null 2>&1; then
    asRoot systemctl start docker && waitUntil 180 pings unix:///var/run/docker.sock && return
  fi
  command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ] || { say "there is no dockerd to start" >&2; return 1; }
  : >"$KILN_LOGS/dockerd.log"
  launchEngine || launchEngineWithLegacyTables || { tail -n 8 "$KILN_LOGS/dockerd.log"; return 1; }
}

# ensureEngine: sets ENGINE; starts one when none answers (then ENGINE_PID is set, unless systemd keeps it).
ensureEngine() {
  ENGINE_PID=''
  if ! ENGINE=$(engineHost); then
    rm -f "$KILN_LOGS/dockerd.pid"
    step 'starting the container engine' startEngine || return 1
    ENGINE=$(engineHost) || { say '  The engine runs, but this user may not use it: join the group docker, or be root.' >&2; return 1; }
    ENGINE_PID=$(cat "$KILN_LOGS/dockerd.pid" 2>/dev/null || true)
  fi
  say "  ${GREEN}ok${PLAIN}  container engine: $(engineCurl "$ENGINE" /version | jq -r '((.Components[0].Name // "Engine") | sub("^Engine$"; "Docker Engine")) + " " + .Version + ", API " + .ApiVersion' 2>/dev/null) at $ENGINE"
}

# Stops the engine that ensureEngine started, none other.
stopEngine() {
  [ -n "${ENGINE_PID:-}" ] || return 0
  asRoot kill "$ENGINE_PID" 2>/dev/null || return 0
  engineGone() { ! [ -d "/proc/$ENGINE_PID" ]; }
  waitUntil 30 engineGone
  ENGINE_PID=''
}

RECIPE_LABEL=io.kiln.recipe
# Names what the build image is made of; one made of something else is made anew.
imageRecipe() { cat "$KILN_ROOT"/config/build-image/{make,packages} | sha256sum | cut -c1-16; }

ensureImage() { # needs ENGINE
  local made
  made=$(engineCurl "$ENGINE" "/images/$BUILD_IMAGE/json" | jq -r --arg name "$RECIPE_LABEL" '.Config.Labels[$name] // empty')
  if [ "$made" = "$(imageRecipe)" ]; then
    say "  ${GREEN}ok${PLAIN}  build image: $BUILD_IMAGE"
  else
    step "making the build image $BUILD_IMAGE" "$KILN_ROOT/config/build-image/make" "$ENGINE"
  fi
}
