#!/usr/bin/env bash
# Times training steps of tlora and of transformers + peft in turn, on the same batches, and prints
# how many times as fast tlora is, as the median of all pairs with the lowest and the highest.
#
#   scripts/compare-peft.sh --data glue/SST-2                       the bundled encoder on a task's rows
#   scripts/compare-peft.sh --shape roberta-base --batch-size 16 --tokens 64
#   PAIRS=5 STEPS=45 THREADS=2 METHOD=tlora scripts/compare-peft.sh ...
#
# PAIRS (5), STEPS (45), THREADS (all cores), METHOD (lora) and RANK (8) are environment variables.
# peft runs with its best settings: sdpa, rows of like length together, no more padding than they need;
# with a task's rows once more as run_glue does it, padded to 128 (DEFAULTS=0 leaves that out: it is slow).
# The virtual environment is that of scripts/interop.sh, which makes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
shape="" batch=32 ours=()
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --shape) shape=$2 ours+=(--model "$2" --random) ;;
    --batch-size) batch=$2 ;;
    --tokens) ours+=(--tokens "$2") ;;
    --data) ours+=(--data "$2") ;;
    *) usage ;;
  esac
  shift 2
done
steps=${STEPS:-45} threads=${THREADS:-$(nproc)} method=${METHOD:-lora} rank=${RANK:-8}

name=$(sha256sum scripts/golden/requirements.txt | cut -c1-12)
python=${XDG_CACHE_HOME:-$HOME/.cache}/tlora-interop/$name/bin/python
[ -x "$python" ] || { echo "compare-peft: no virtual environment yet: run scripts/interop.sh once" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

peft=(--batches "$work/batches" --method "$method" --rank "$rank" --threads "$threads")
if [ -n "$shape" ]; then
  peft+=(--config "core/src/main/resources/io/github/tlora/model/known/$shape.json")
else
  ./tlora export -o "$work/model" >/dev/null 2>&1
  peft+=(--model "$work/model" --mean)
fi
for pair in $(seq "${PAIRS:-5}"); do
  echo "compare-peft: pair $pair" >&2
  ./tlora bench --method "$method" --rank "$rank" --batch-size "$batch" --steps "$steps" --threads "$threads" \
    --batches "$work/batches" "${ours[@]}" --json >"$work/ours-$pair"
  HF_HUB_OFFLINE=1 "$python" scripts/peft_steps.py "${peft[@]}" 2>/dev/null >"$work/peft-$pair"
  if [ -z "$shape" ] && [ "${DEFAULTS:-1}" = 1 ]; then
    HF_HUB_OFFLINE=1 "$python" scripts/peft_steps.py "${peft[@]}" --pad 128 --steps 5 --warm-up 1 2>/dev/null >"$work/defaults-$pair"
  fi
done

"$python" - "$work" "${PAIRS:-5}" <<'PYTHON'
import json, statistics, sys
work, pairs = sys.argv[1], int(sys.argv[2])
def read(name, key):
    return [json.load(open(f"{work}/{name}-{i}"))[key] for i in range(1, pairs + 1)]
def shown(values, form="{:.2f}"):
    return form.format(statistics.median(values)) + " (" + form.format(min(values)) + "-" + form.format(max(values)) + ")"
def line(what, other, key, form, inverse=False):
    ours, theirs = read("ours", key), read(other, key)
    ratios = [b / a if inverse else a / b for a, b in zip(ours, theirs)]
    print(f"{what:44} {shown(ours, form):>26} {shown(theirs, form):>26} {shown(ratios):>20}")
print(f"{'':44} {'tlora':>26} {'transformers + peft':>26} {'ratio':>20}")
line("examples/s", "peft", "examples_per_second", "{:.1f}")
try:
    line("examples/s, theirs as run_glue pads", "defaults", "examples_per_second", "{:.1f}")
except FileNotFoundError:
    pass
line("s to the first step (ratio theirs to ours)", "peft", "seconds_to_first_step", "{:.1f}", inverse=True)
line("peak bytes", "peft", "peak_bytes", "{:.3g}")
print(f"{'share of what matrix products reach':44} {shown(read('ours', 'share_of_products')):>26}")
PYTHON
