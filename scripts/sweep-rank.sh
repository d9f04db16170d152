#!/usr/bin/env bash
# Trains over ranks and seeds, skips runs that are finished, prints a table of dev scores.
#
#   scripts/sweep-rank.sh                                  ranks 4 8 16, seeds 0 1 2, defaults
#   RANKS="8 32" SEEDS="0" scripts/sweep-rank.sh --method lora --data glue/SST-2
#
# RANKS, SEEDS and OUT (where runs go) are environment variables; every argument goes to `tlora train`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ranks=${RANKS:-4 8 16}
seeds=${SEEDS:-0 1 2}
out=${OUT:-runs/sweep-rank}

# The first number behind "key" after a line that names the section, in a result.json.
field() { # FILE SECTION KEY
  sed -n "/\"$2\"/,/}/s/.*\"$3\" : \([0-9.eE-]*\).*/\1/p" "$1" | head -n 1
}

for rank in $ranks; do
  for seed in $seeds; do
    run=$out/r$rank-s$seed
    if [ -e "$run/result.json" ]; then
      echo "sweep: $run is finished" >&2
      continue
    fi
    rm -rf "$run" # of a run that was interrupted
    echo "sweep: $run" >&2
    "$here/tlora" train "$@" --rank "$rank" --seed "$seed" -o "$run" >/dev/null
  done
done

first=$(find "$out" -name result.json | sort | head -n 1)
metric=$(sed -n '/"best"/,/}/p' "$first" | sed -n '/"metrics"/,/}/s/.*"\([a-z0-9_]*\)" : [0-9.eE-]*,\{0,1\}$/\1/p' | head -n 1)
printf '%-6s %-10s %-32s %s\n' rank adapter "best dev $metric by seed" mean
for rank in $ranks; do
  scores=
  for seed in $seeds; do
    scores="$scores $(field "$out/r$rank-s$seed/result.json" best "$metric")"
  done
  adapter=$(field "$out/r$rank-s${seeds%% *}/result.json" parameters adapter)
  echo "$rank $adapter$scores" | awk '{
    line = ""; sum = 0
    for (i = 3; i <= NF; i++) { line = line sprintf("%.4f ", $i); sum += $i }
    printf "%-6s %-10s %-32s %.4f\n", $1, $2, line, sum / (NF - 2)
  }'
done
