#!/usr/bin/env bash
# Trains TLoRA at rank 32 and LoRA at rank 8 on five GLUE tasks with several seeds, by the recipe of
# configs/tiny/peer.yaml, and keeps each run's result.json.
#
#   scripts/compare-scores.sh GLUE OUT              GLUE has MRPC/, STS-B/, CoLA/, RTE/ and SST-2/
#   SEEDS="1" TASKS="mrpc:MRPC:5" AT_ONCE=1 scripts/compare-scores.sh GLUE OUT
#
# SEEDS, TASKS (name:directory:epochs[:rows]) and AT_ONCE (trainings side by side, with a thread each) are environment
# variables; further arguments go to `tlora train`. Runs stand in OUT/runs; what is finished is skipped, so that an
# interrupted comparison goes on. scripts/scores-table.sh makes the table of the results in OUT.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -ge 2 ] || { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
glue=$1 out=$2
shift 2
mkdir -p "$out/runs"
"$here/tlora" --version >/dev/null # builds, if need be, before several start

train() { # NAME TASK DIRECTORY EPOCHS ROWS METHOD RANK RATE SEED ARGS...
  local name=$1 task=$2 directory=$3 epochs=$4 rows=$5 method=$6 rank=$7 rate=$8 seed=$9
  shift 9
  [ ! -e "$out/$name.json" ] || return 0
  rm -rf "$out/runs/$name" # of a run that was interrupted
  echo "compare-scores: $name" >&2
  # Threads that spin for work would slow the other training.
  OMP_WAIT_POLICY=passive "$here/tlora" train -c "$here/configs/tiny/peer.yaml" --task "$task" --data "$glue/$directory" \
    --epochs "$epochs" ${rows:+--set "train.max_examples=$rows"} --method "$method" --rank "$rank" --learning-rate "$rate" \
    --seed "$seed" --threads 1 -o "$out/runs/$name" "$@" >/dev/null 2>"$out/runs/$name.log" || {
      echo "compare-scores: $name failed: $(tail -n 1 "$out/runs/$name.log")" >&2
      return 1
    }
  cp "$out/runs/$name/result.json" "$out/$name.json"
}

for seed in ${SEEDS:-1 2 3}; do
  for entry in ${TASKS:-mrpc:MRPC:5 stsb:STS-B:3 cola:CoLA:5 sst2:SST-2:3:6000 rte:RTE:5}; do
    IFS=: read -r task directory epochs rows <<<"$entry"
    for method in "tlora 32 5e-3" "lora 8 2e-3"; do
      read -r name rank rate <<<"$method"
      while [ "$(jobs -rp | wc -l)" -ge "${AT_ONCE:-2}" ]; do
        wait -n
      done
      train "$task-$name-s$seed" "$task" "$directory" "$epochs" "$rows" "$name" "$rank" "$rate" "$seed" "$@" &
    done
  done
done
wait
