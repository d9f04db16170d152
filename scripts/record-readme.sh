#!/usr/bin/env bash
# Writes what a terminal of 80 columns shows when commands are typed into it: a recording as text,
# for the README. The commands are typed into a shell in tmux, each when the one before is done.
#   scripts/record-readme.sh COMMANDS OUTPUT [DIRECTORY]
# COMMANDS   a file with a command a line. Empty lines and lines that begin with # are left out.
#            A line "^C WORDS" presses Ctrl-C in the command above it, once WORDS are on the screen.
# OUTPUT     the file for the recording.
# DIRECTORY  where the shell is; by default a new one with tlora and configs in it, removed after.
# LIMIT=SECONDS is the longest that one command may take, by default 1800.
set -euo pipefail

fail() {
  echo "record-readme: $1" >&2
  exit "$2"
}
[ $# -eq 2 ] || [ $# -eq 3 ] || fail "usage: scripts/record-readme.sh COMMANDS OUTPUT [DIRECTORY]" 2
command -v tmux >/dev/null || fail "tmux: not found. Install it; on Debian it is a package of that name" 4
[ -r "$1" ] || fail "$1: no such file" 3

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commands=$1 output=$2
"$checkout/tlora" --version >/dev/null # built before, so that building is not in the recording
work=$(mktemp -d)
screen() { tmux -L "record-$$" -f "$work/tmux.conf" "$@"; }
trap 'screen kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
directory=${3:-$work/tlora}
if [ $# -eq 2 ]; then
  mkdir "$directory"
  ln -s "$checkout/tlora" "$checkout/configs" "$directory/"
fi

echo 'set -g history-limit 100000' >"$work/tmux.conf"
# The shell counts its prompts in a file: a new line there says that a command is done.
cat >"$work/shellrc" <<END
PS1='\$ '
PROMPT_COMMAND='echo >>"$work/prompts"'
unset COLUMNS LINES
END
: >"$work/prompts"
screen new-session -d -x 80 -y 50 -c "$directory" \
  "env LC_ALL=C.UTF-8 PATH=\"$directory:\$PATH\" bash --noprofile --rcfile '$work/shellrc' -i"

shown() { screen capture-pane -p -S - -E -; }
prompts=0
waits() { # SECONDS WHAT COMMAND...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "$what: not within the time that LIMIT allows. The screen shows: $(shown | grep . | tail -n 1)" 1
    sleep 0.2
  done
}
prompted() { [ "$(wc -l <"$work/prompts")" -gt "$prompts" ]; }
used() { shown | awk 'NF { used = NR } END { print used + 0 }'; }
shows() { shown | tail -n +"$before" | grep -qF -- "$1"; }
goes_on() { case $1 in *\\) true ;; *) false ;; esac }

waits 10 'the shell' prompted
last='' before=1
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    '' | '#'*) ;;
    '^C '*)
      waits "${LIMIT:-1800}" "$last" shows "${line#^C }"
      screen send-keys C-c
      ;;
    *)
      if ! goes_on "$last"; then
        [ -z "$last" ] || waits "${LIMIT:-1800}" "$last" prompted
        prompts=$(wc -l <"$work/prompts") before=$(used)
      fi
      last=$line
      screen send-keys -l -- "$line"
      screen send-keys Enter
      ;;
  esac
done <"$commands"
waits "${LIMIT:-1800}" "$last" prompted

# Without the prompt that waits for more, and the empty rest of the screen.
shown | sed -e 's/[[:space:]]*$//' | sed -e :a -e '/^\n*\$*$/{$d;N;ba' -e '}' >"$work/recording"
mv "$work/recording" "$output"
