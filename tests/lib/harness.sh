# For script tests in bash: checks and their count. tests/lib/harness.py has the same and more for Python.
#
# A script test is an executable file in tests/PART/. It prints `ok NAME` or `not ok NAME: DETAIL` for each check, `# …` lines for
# people (tests/run shows them), and last of all `# N passed, N failed, N skipped`; its exit status is 0 only when none failed.
# shellcheck shell=bash

PASSED=0 FAILED=0 SKIPPED=0
TEST_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export TEST_ROOT

# check NAME COMMAND...: passes when the command succeeds; its output is the detail when it does not.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    PASSED=$((PASSED + 1))
    printf 'ok %s\n' "$name"
  else
    FAILED=$((FAILED + 1))
    output=${output:-$* failed}
    printf 'not ok %s: %s\n' "$name" "${output//$'\n'/$'\n    '}"
  fi
}

skip() { # NAME REASON
  SKIPPED=$((SKIPPED + 1))
  printf 'skipped %s: %s\n' "$1" "$2"
}

note() { printf '# %s\n' "$*"; }

# finish: the closing line and the exit status.
finish() {
  printf '# %d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
  [ "$FAILED" -eq 0 ]
  exit
}
