#!/usr/bin/env bash
# Trains on the bundled defaults and checks what the README promises of the scores: the main job ends
# in time, TLoRA is at least 8 points above a bag of words, and above the same encoder with only its
# head trained (means of 3 seeds).
#   BAG_OF_WORDS (a fraction) is written by the unit test SampleTest into core/target/bag-of-words.txt.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0
expect() { # NAME CONDITION-IN-AWK
  if awk "BEGIN { exit !($2) }"; then
    passed=$((passed + 1)); echo "ok   $1: $2"
  else
    failed=$((failed + 1)); echo "FAIL $1: $2"
  fi
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

best() { # RESULT.JSON
  sed -n '/"best"/,/}/s/.*"accuracy" : \([0-9.]*\).*/\1/p' "$1"
}
tlora=0 head=0
for seed in 0 1 2; do
  ./tlora train --task sst2 --rank 8 --seed $seed -o "$work/tlora-$seed" >/dev/null || exit 1
  ./tlora train --task sst2 --rank 8 --seed $seed -o "$work/head-$seed" \
    --set train.learning_rate=0 --set head.learning_rate=5e-3 >/dev/null || exit 1
  tlora="$tlora + $(best "$work/tlora-$seed/result.json")"
  head="$head + $(best "$work/head-$seed/result.json")"
done
wall=$(sed -n 's/.*"wall_s" : \([0-9.]*\).*/\1/p' "$work/tlora-0/result.json")
words=$(cat core/target/bag-of-words.txt)

expect "the main job ends in 3 minutes" "$wall < 180"
expect "TLoRA is 8 points above a bag of words" "($tlora) / 3 >= $words + 0.08"
expect "TLoRA is above the head alone" "($tlora) / 3 > ($head) / 3"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
