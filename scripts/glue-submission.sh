#!/usr/bin/env bash
# Predicts GLUE's test rows with one run a task and zips the files that gluebenchmark.com takes.
#
#   scripts/glue-submission.sh submission.zip RUN...
#   DATA=path/to/glue scripts/glue-submission.sh submission.zip runs/cola runs/sst2 ...
#
# The files are kept beside the archive, in a directory of its name without .zip; those that are there
# are not predicted again. DATA is GLUE's folder, where it is not the one of the runs. The benchmark wants all eleven
# files; PARTIAL=1 zips what there is.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
archive=$1; shift
case $archive in *.zip) ;; *) echo "glue-submission: '$archive' must end in .zip" >&2; exit 2 ;; esac
files=${archive%.zip}
if [ -e "$archive" ]; then
  echo "glue-submission: $archive exists already. Name another, or remove it first" >&2
  exit 2
fi

# The task's name in a run's, or an adapter's, adapter_config.json (of full fine-tuning: tlora_config.json).
task() { # RUN
  cat "$1"/adapter/{adapter_config,tlora_config}.json "$1"/{adapter_config,tlora_config}.json 2>/dev/null |
    sed -n 's/.*"task" : "\([^"]*\)".*/\1/p' | head -n 1
}
# The first file that the benchmark wants of a task.
first() { # TASK
  case $1 in
    cola) echo CoLA ;; sst2) echo SST-2 ;; mrpc) echo MRPC ;; stsb) echo STS-B ;; mnli) echo MNLI-m ;;
    *) echo "$1" | tr '[:lower:]' '[:upper:]' ;;
  esac
}

for run in "$@"; do
  if [ -e "$files/$(first "$(task "$run")").tsv" ]; then
    echo "glue-submission: $run is predicted" >&2
    continue
  fi
  "$here/tlora" predict "$run" --split test --glue-format ${DATA:+--data "$DATA"} -o "$files"
done

missing=() found=()
for name in CoLA SST-2 MRPC STS-B MNLI-m MNLI-mm QNLI QQP RTE WNLI AX; do
  if [ -e "$files/$name.tsv" ]; then found+=(-C "$files" "$name.tsv"); else missing+=("$name.tsv"); fi
done
if [ ${#missing[@]} -gt 0 ] && [ -z "${PARTIAL:-}" ]; then
  echo "glue-submission: no archive: there is no ${missing[*]}. Give a run of each task, or PARTIAL=1" >&2
  exit 1
fi
"${JAVA_HOME:+$JAVA_HOME/bin/}jar" --create --no-manifest --file "$archive.part" "${found[@]}"
mv "$archive.part" "$archive"
echo "$archive"
