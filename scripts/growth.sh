#!/usr/bin/env bash
# Measures how time and memory of a training step grow with length, batch, layers and rank, on the shape
# of RoBERTa-base with made-up weights, one thing varied at a time from 8 rows of 64 tokens, LoRA rank 8.
# Writes docs/performance/growth.jsonl, and scripts/plot_growth.py draws it. About ten minutes.
#
#   scripts/growth.sh
#   STEPS=6 THREADS=2 scripts/growth.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -eq 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p docs/performance
out=$work/growth.jsonl

# measure AXIS VALUE MODEL ROWS TOKENS RANK [MORE...]
measure() {
  local axis=$1 value=$2 model=$3 rows=$4 tokens=$5 rank=$6
  shift 6
  echo "growth: $axis $value" >&2
  ./tlora bench --model "$model" --random --method lora --rank "$rank" --batch-size "$rows" --tokens "$tokens" \
    --warm-up 2 --steps "${STEPS:-4}" ${THREADS:+--threads "$THREADS"} --json "$@" |
    tr -d '\n' | sed "s/^{/{\"axis\": \"$axis\", \"value\": $value,/; s/ \{1,\}/ /g" >>"$out"
  echo >>"$out"
}

for tokens in 16 32 64 128 256 512; do
  measure length "$tokens" roberta-base 8 "$tokens" 8
  measure "length, DeBERTa-v3-base" "$tokens" deberta-v3-base 8 "$tokens" 8
  measure "length, checkpointing" "$tokens" roberta-base 8 "$tokens" 8 --set train.gradient_checkpointing=true
done
for rows in 1 2 4 8 16 32; do
  measure batch "$rows" roberta-base "$rows" 64 8
done
for layers in 3 6 12 24; do
  mkdir -p "$work/$layers"
  sed "s/\"num_hidden_layers\" *: *[0-9]*/\"num_hidden_layers\": $layers/" \
    core/src/main/resources/io/github/tlora/model/known/roberta-base.json >"$work/$layers/config.json"
  measure layers "$layers" "$work/$layers" 8 64 8
done
for rank in 1 4 16 64 256; do
  measure rank "$rank" roberta-base 8 64 "$rank"
done
mv "$out" docs/performance/growth.jsonl
python3 scripts/plot_growth.py docs/performance/growth.jsonl docs/performance
