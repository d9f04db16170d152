#!/usr/bin/env bash
# Prints the page of docs/results from the result.json files that scripts/compare-methods.sh has kept.
#
#   scripts/results-table.sh docs/results/methods >docs/results/README.md
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
results=$1
tasks="sst2:accuracy cola:matthews mrpc:accuracy rte:accuracy stsb:pearson"

# The first number behind KEY, after the line that opens SECTION where one is named.
number() { # FILE KEY [SECTION]
  sed -n "${3:+/\"$3\"/,/\}/}s/.*\"$2\" : \(-\{0,1\}[0-9.eE+-]*\).*/\1/p" "$1" | head -n 1
}
text() { # FILE KEY
  sed -n "s/.*\"$2\" : \"\([^\"]*\)\".*/\1/p" "$1" | head -n 1
}

first=$(find "$results" -name 'sst2-*.json' | sort | head -n 1)
cat <<EOF
# Every method on five GLUE tasks

Made by \`scripts/results-table.sh\` from the files in [methods](methods), which are the \`result.json\` of one run each:

    scripts/compare-methods.sh GLUE docs/results/methods        ROWS=$(number "$first" train_rows)

The recipe is [configs/tiny/compare.yaml](../../configs/tiny/compare.yaml): $(text "$first" model), $(number "$first" train_rows) training rows of each task drawn with
seed $(number "$first" seed), 3 epochs of batches of 16, rows cut at 64 tokens, every method with its own default settings and learning rate, all dev rows. Scores are
those of the best of the three epochs, chosen on the dev rows. One seed on so few rows leaves several points of uncertainty: the table
shows that every method works and what it costs, not which one is best.

*trained* counts the method's own parameters, without the head's. *seconds* is the whole process on $(sed -n 's/.*"threads" : \([0-9]*\).*/\1/p' "$results/platform.json") thread, all five
tasks together: reading the model, training, three evaluations; two runs shared the machine with each other and with other work, so it is a
rough guide. *memory* is the most that one of the processes had resident.

| method | trained | SST-2 accuracy | CoLA Matthews | MRPC accuracy | RTE accuracy | STS-B Pearson | mean | seconds | memory |
|---|---|---|---|---|---|---|---|---|---|
EOF
for method in $(find "$results" -name 'sst2-*.json' | sed 's/.*sst2-//; s/\.json$//' | sort); do
  line="| [\`$method\`](../methods/$method.md) | $(number "$results/sst2-$method.json" adapter parameters)"
  scores="" seconds="" memory=""
  for task in $tasks; do
    file=$results/${task%%:*}-$method.json
    scores="$scores $(number "$file" "${task#*:}" best)"
    seconds="$seconds $(number "$file" wall_s)"
    memory="$memory $(number "$file" peak_rss_bytes)"
  done
  awk -v line="$line" -v scores="$scores" -v seconds="$seconds" -v memory="$memory" 'BEGIN {
    n = split(scores, s, " "); split(seconds, t, " "); split(memory, m, " ")
    for (i = 1; i <= n; i++) { line = line sprintf(" | %.3f", s[i]); sum += s[i]; time += t[i]; if (m[i] > most) most = m[i] }
    printf "%s | %.3f | %.0f | %.2f GB |\n", line, sum / n, time, most / 1e9
  }'
done
