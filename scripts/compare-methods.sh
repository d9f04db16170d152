#!/usr/bin/env bash
# Trains every method once on each of five GLUE tasks with one recipe, and keeps each run's result.json.
#
#   scripts/compare-methods.sh GLUE OUT             GLUE has MRPC/, RTE/, CoLA/, STS-B/ and SST-2/
#   METHODS="lora tlora" TASKS="rte" ROWS=500 scripts/compare-methods.sh GLUE OUT
#
# METHODS, TASKS, ROWS (training rows of a task, drawn with the seed) and SEED are environment variables; further
# arguments go to `tlora train`. Runs stand in OUT/runs, what is finished is skipped, and the results are copied to
# OUT/TASK-METHOD.json, with the machine in OUT/platform.json, from which scripts/results-table.sh makes the table.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -ge 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
glue=$1 out=$2
shift 2
methods=${METHODS:-$("$here/tlora" methods | sed -n '2,$s/ .*//p')}
mkdir -p "$out/runs"

for task in ${TASKS:-sst2:SST-2 cola:CoLA mrpc:MRPC rte:RTE stsb:STS-B}; do
  for method in $methods; do
    name=${task%%:*}-$method
    if [ ! -e "$out/$name.json" ]; then
      rm -rf "$out/runs/$name" # of a run that was interrupted
      echo "compare-methods: $name" >&2
      "$here/tlora" train -c "$here/configs/tiny/compare.yaml" --task "${task%%:*}" --data "$glue/${task#*:}" \
        --method "$method" --set "train.max_examples=${ROWS:-600}" --seed "${SEED:-0}" -o "$out/runs/$name" "$@" >/dev/null
      { echo '{'; sed -n '/"platform"/,/}/{/"java"\|"engine"\|"device"\|"threads"\|"processors"/p}' \
        "$out/runs/$name/manifest.json"; echo '}'; } >"$out/platform.json"
      cp "$out/runs/$name/result.json" "$out/$name.json"
    fi
  done
done
