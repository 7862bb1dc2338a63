#!/bin/sh
# What greet prints, case by case; the program is the argument.
set -eu
check() { # WANTED ARGUMENTS...
  wanted=$1
  shift
  got=$("$program" "$@" | sed 's/^.*, \(.*\)! (.*$/\1/' | tr '\n' ' ')
  [ "$got" = "$wanted" ] || { echo "not ok: $* gave $got, not $wanted"; exit 1; }
  echo "ok: greets $wanted"
}
program=$1
check 'world '
check 'Ada ' Ada
check 'Ada Grace ' Ada Grace
