#!/usr/bin/env bash
# Checks the packaged program as a process: what unit tests in one JVM cannot see. Needs what
# ./tlora needs, and nothing else. A line a check; the last line is the total.
#   scripts/check-cli.sh          about three minutes on two cores
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
checkout=$PWD
tlora=$checkout/tlora
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
# The person's own models, data and options have no part in this.
export TLORA_HOME=$work/home
export HF_HOME=$work/huggingface
unset TLORA_JAVA_OPTS TLORA_GLUE_URL HF_HUB_CACHE HF_HUB_OFFLINE HF_ENDPOINT HF_TOKEN
mkdir "$TLORA_HOME"

passed=0 failed=0
check() { # NAME COMMAND...: ok when the command succeeds
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok   $name"
  else
    failed=$((failed + 1))
    echo "FAIL $name"
    if [ -s err ]; then
      tail -n 5 err | sed 's/^/     stderr: /'
      echo # what was cut off has no end of line
    fi
  fi
}

# Runs tlora; leaves its code in $code, its streams in the files out and err.
run() {
  "$tlora" "$@" >out 2>err </dev/null
  code=$?
}
# The same command line must end with CODE, one line on stderr and nothing on stdout. Training may
# have printed its plan before: only lines of the tool's own voice count.
refuses() { # CODE WORDS ARGS...
  local wanted=$1 words=$2
  shift 2
  run "$@"
  [ "$code" -eq "$wanted" ] && [ ! -s out ] && [ "$(grep -c '^tlora: ' err)" -eq 1 ] &&
    tail -n 1 err | grep -q "^tlora: .*$words" && ! grep -q 'Exception\|^[[:space:]]*at ' err
}
# No jq here: a document that begins and ends as one, and that the tool's own talk is not in.
is_json() { # FILE
  local text
  text=$(cat "$1")
  case $text in
    '{'*'}' | '['*']') ! grep -q '^tlora\|^step \|^epoch ' "$1" ;;
    *) false ;;
  esac
}
plain() { ! grep -q $'[\r\033]' "$1"; }

rows() { # NUMBER: in SST-2's layout, every fifth label wrong
  local i
  printf 'sentence\tlabel\n'
  for ((i = 0; i < $1; i++)); do
    case $((i % 5)) in
      0 | 2) printf 'a warm and generous comedy, reel %d\t1\n' "$i" ;;
      1 | 3) printf 'a dull and endless mess, reel %d\t0\n' "$i" ;;
      4) printf 'a warm and generous comedy, reel %d\t0\n' "$i" ;;
    esac
  done
}
cd "$work" || exit 1
mkdir data
rows 40 >data/train.tsv
rows 13 >data/dev.tsv
tiny=(train --data data --set train.max_examples=16 --epochs 1 --batch-size 8 --threads 1)

# ---- Start ---------------------------------------------------------------------------------------
"$tlora" --version >/dev/null || exit 1 # builds, if need be

quick() { # the best of five, for the machine may be busy
  local TIMEFORMAT=%R i
  for i in 1 2 3 4 5; do
    case $({ time "$tlora" --version >/dev/null; } 2>&1) in
      0.* | 0,*) return 0 ;;
    esac
  done
  return 1
}
check 'the version is told in under a second' quick

names_version() { run --version && [ "$code" -eq 0 ] && grep -qE '^tlora [0-9]+\.[0-9]+' out && [ ! -s err ]; }
check 'the version goes to stdout, and nothing to stderr' names_version

through_links() {
  mkdir -p links elsewhere
  ln -sfn "$tlora" links/absolute
  ln -sfn ../links/absolute elsewhere/relative
  (cd elsewhere && ./relative --version) >out 2>err </dev/null && cmp -s out <("$tlora" --version)
}
check 'it starts from another directory, through symbolic links' through_links

without_java() {
  JAVA_HOME=$work/nowhere run --version
  [ "$code" -eq 4 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -q '^tlora: java: ' err
}
check 'without Java: one line, exit 4' without_java

# ---- Recipes -------------------------------------------------------------------------------------
# From another directory than the checkout: they come out of the jar.
finds_recipes() {
  run configs list tlora sst2 && [ "$code" -eq 0 ] && [ ! -s err ] && grep -q '^paper/tlora/sst2  *95.3  TLoRA on' out &&
    run config show -c paper/tlora/sst2 && [ "$code" -eq 0 ] && grep -q 'configs/paper/tlora/sst2.yaml:[0-9]' out
}
check 'recipes are found by name' finds_recipes

copies_a_recipe() {
  run configs copy tiny/smoke && [ "$code" -eq 0 ] && grep -q '^wrote smoke.yaml. Train with: tlora train -c smoke.yaml$' out &&
    run train -c smoke.yaml --dry-run && [ "$code" -eq 0 ] && sed '1,/^$/d' out >copied && [ -s copied ] &&
    run train -c tiny/smoke --dry-run && sed '1,/^$/d' out | cmp -s - copied && # without free memory and disk
    refuses 2 'exists already' configs copy tiny/smoke
}
check 'a copied recipe is the recipe, and nothing is overwritten' copies_a_recipe

# ---- Building ------------------------------------------------------------------------------------
# A checkout that is not built, with a Maven that says much and takes the build from here.
mkdir -p fresh/core fresh/cli fresh/configs bin
cp "$tlora" fresh/
touch fresh/pom.xml fresh/core/pom.xml fresh/cli/pom.xml
mkdir -p fresh/core/src/main fresh/cli/src/main
cat >bin/mvn <<END
#!/bin/sh
echo "[INFO] Scanning for projects..."
echo "WARNING: something" >&2
sleep 1
mkdir -p "$work/fresh/cli/target"
cp -r "$checkout/cli/target/tlora-dist" "$work/fresh/cli/target/"
END
chmod +x bin/mvn

builds_aside() {
  PATH=$work/bin:$PATH fresh/tlora params --json >out 2>err </dev/null && is_json out &&
    grep -q '^tlora: building' err && ! grep -q 'INFO\|WARNING' err && plain err
}
check 'building talks on stderr only' builds_aside

builds_once() { PATH=$work/bin:$PATH fresh/tlora --version >out 2>err </dev/null && [ ! -s err ]; }
check 'it builds once' builds_once

fails_to_build() {
  printf '#!/bin/sh\necho "[ERROR] no such symbol"\nexit 1\n' >bin/mvn
  rm -rf fresh/cli/target
  PATH=$work/bin:$PATH fresh/tlora params --json >out 2>err </dev/null
  [ $? -eq 70 ] && [ ! -s out ] && tail -n 1 err | grep -q '^tlora: the build failed'
}
check 'a build that fails: exit 70, and where the log is' fails_to_build

# ---- Refusals ------------------------------------------------------------------------------------
check 'an unknown command: exit 2' refuses 2 "did you mean 'train'" trian
check 'an unknown task: exit 2' refuses 2 "unknown task 'sst3'" train --task sst3
check 'rank 0: exit 2' refuses 2 'at least 1, got 0' train --rank 0
check 'an unknown key: exit 2' refuses 2 "did you mean 'epochs'" train --set train.epcohs=3
check 'missing data: exit 3' refuses 3 'nowhere' train --data nowhere
check 'a missing run: exit 3' refuses 3 'nowhere' eval nowhere
printf 'sentence\tlabel\na warm film\t1\nmess\n' >short.tsv
check 'a short row: exit 3, with file and line' refuses 3 'short.tsv:3: ' train --data short.tsv
check 'no such device: exit 4' refuses 4 'cuda:99' train --data data --device cuda:99 -o none
nothing_left() { [ ! -e none ] && [ ! -e runs ]; }
check 'refusals leave nothing on disk' nothing_left

mkdir locked
chmod a-w locked
if touch locked/probe 2>/dev/null; then # root may write anywhere, but not below a file
  rm -rf locked
  touch file
  locked=file/locked
else
  locked=locked
fi
check 'an output that cannot be made: exit 3' refuses 3 "$locked/run" "${tiny[@]}" -o "$locked/run"

# ---- Training ------------------------------------------------------------------------------------
trains() {
  run "${tiny[@]}" --json
  [ "$code" -eq 0 ] && is_json out && cmp -s out runs/sst2-bundled-tlora-r8-s0/result.json
}
check 'train --json prints result.json and nothing else' trains
check 'without a terminal: no carriage returns, no escape codes' plain err
progresses() { grep -q '^step 2/2, loss' err && grep -q '^epoch 1: dev accuracy' err; }
check 'progress is told in lines' progresses
repeats() {
  run "${tiny[@]}" --json
  [ "$code" -eq 0 ] && cmp runs/sst2-bundled-tlora-r8-s0{,-2}/adapter/adapter_model.safetensors
}
check 'the same training again: another name, the same bytes' repeats
check 'an output that exists: exit 2' \
  refuses 2 'exists already' "${tiny[@]}" -o runs/sst2-bundled-tlora-r8-s0

best() { sed -n '/"best"/,/}/s/.*"accuracy" : \([0-9.]*\).*/\1/p' "$1"; }
evaluates() {
  run eval runs/sst2-bundled-tlora-r8-s0 --json
  # What so short a training predicts may be one class, which is warned of.
  [ "$code" -eq 0 ] && is_json out && ! grep -qv '^tlora: warning: every row is predicted' err &&
    grep -q "\"accuracy\" : $(best runs/sst2-bundled-tlora-r8-s0/result.json)\$" out
}
check 'eval --json prints the digits of result.json' evaluates
check 'a merge over its tolerance: exit 1' \
  refuses 1 'tolerance' merge runs/sst2-bundled-tlora-r8-s0 -o none --tolerance 0
left_nothing() { [ -z "$(find . -name '*.part' -o -name none)" ]; }
check 'a merge over its tolerance leaves nothing on disk' left_nothing

# ---- What is said, and how ------------------------------------------------------------------------
only_warnings() { ! grep -qv '^tlora: warning: ' err; }
is_quiet() { run "${tiny[@]}" -q -o quiet && [ "$code" -eq 0 ] && only_warnings && grep -q '^best ' out; }
check 'quiet: the answer, and nothing else but warnings' is_quiet
objects() { [ -s err ] && ! grep -qvE '^\{"time":"[^"]+","level":"(debug|info|warning|error)","message":".*"\}$' err; }
logs_json() { run "${tiny[@]}" --log-format json -v -o logged --json && [ "$code" -eq 0 ] && is_json out && objects; }
check 'log-format json: an object a line on stderr, the answer alone on stdout' logs_json
fails_json() { run train --rank 0 --log-format json && [ "$code" -eq 2 ] && [ ! -s out ] && objects && grep -q '"error"' err; }
check 'an error is an object too' fails_json
fails_json_late() { run train --taks x --log-format json && [ "$code" -eq 2 ] && [ ! -s out ] && objects; }
check 'also one that the command line has before the option' fails_json_late
on_terminal() { # COMMAND: what a terminal shows
  script -qc "stty cols 70; $1" /dev/null </dev/null
}
coloured() {
  unset NO_COLOR COLUMNS
  TERM=xterm on_terminal "'$tlora' trian" >out && grep -q $'^\033\\[31mtlora:' out &&
    TERM=xterm NO_COLOR=1 on_terminal "'$tlora' trian" >out && plain_colours out &&
    TERM=dumb on_terminal "'$tlora' trian" >out && plain_colours out
}
plain_colours() { grep -q "did you mean 'train'" "$1" && ! grep -q $'\033' "$1"; }
check 'errors are red on a terminal, not with NO_COLOR, not on a dumb one' coloured
narrow() {
  TERM=dumb on_terminal "'$tlora' methods" | tr -d '\r' >out
  [ -s out ] && ! grep -q '.\{71\}' out && "$tlora" methods | grep -q '.\{71\}'
}
check 'a table fits the terminal, and is not broken without one' narrow
pipes() {
  "$tlora" methods 2>err | head -n 1 >out
  [ "${PIPESTATUS[0]}" -eq 0 ] && [ "$(wc -l <out)" -eq 1 ] && [ ! -s err ]
}
check 'a reader that has enough: no error' pipes
fills() {
  [ -e /dev/full ] || return 0 # a device of Linux
  "$tlora" methods >/dev/full 2>err
  [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q '^tlora: stdout: cannot be written' err && : >out
}
check 'an answer that cannot be written: exit 1' fills
homeless() { env -u HOME -u TLORA_HOME -u HF_HOME "$tlora" train --dry-run --data data >out 2>err </dev/null && [ ! -s err ]; }
check 'it runs without HOME' homeless
dry() {
  run train --dry-run --data data --json && [ "$code" -eq 0 ] && is_json out && [ ! -s err ] && grep -q '"checks"' out
  run train --dry-run --data nowhere --model nowhere -o data --rank 4
  [ "$code" -eq 3 ] && [ "$(grep -c '^ *[0-9]* !! ' out)" -eq 3 ] && [ "$(wc -l <err)" -eq 3 ]
}
check 'a dry run tells all that is wrong: exit code of the first' dry
helps() { run help train && [ "$code" -eq 0 ] && [ ! -s err ] && "$tlora" train --help | cmp -s - out; }
check 'help of a command, asked for either way' helps
completes() { run completion bash && [ "$code" -eq 0 ] && bash -n out && run completion fish && [ "$code" -eq 0 ] && [ -s out ]; }
check 'completion scripts are printed' completes

# ---- GLUE's benchmark -----------------------------------------------------------------------------
submits() {
  printf 'index\tsentence\n0\ta warm comedy\n1\ta dull mess\n' >data/test.tsv
  PARTIAL=1 "$checkout/scripts/glue-submission.sh" sub.zip runs/sst2-bundled-tlora-r8-s0 >out 2>err </dev/null
  local code=$?
  rm data/test.tsv
  [ "$code" -eq 0 ] && [ "$(tail -n 1 out)" = sub.zip ] &&
    [ "$("${JAVA_HOME:+$JAVA_HOME/bin/}jar" tf sub.zip)" = SST-2.tsv ] &&
    [ "$(cut -f 1 sub/SST-2.tsv | tr '\n' ' ')" = 'index 0 1 ' ] &&
    ! grep -qv $'^[01]\t[01]$' <(tail -n +2 sub/SST-2.tsv)
}
check 'test predictions are zipped as the benchmark takes them' submits
submits_too_few() {
  mv sub all
  "$checkout/scripts/glue-submission.sh" all.zip runs/sst2-bundled-tlora-r8-s0 >out 2>err </dev/null
  [ $? -eq 1 ] && [ ! -s out ] && [ ! -e all.zip ] &&
    grep -q 'no CoLA.tsv MRPC.tsv STS-B.tsv MNLI-m.tsv MNLI-mm.tsv QNLI.tsv QQP.tsv RTE.tsv WNLI.tsv AX.tsv' err
}
check 'a submission without every task is no archive, and what is missing is told' submits_too_few

# ---- The tool's own directory --------------------------------------------------------------------
takes_sample() { run train --dry-run && [ "$code" -eq 0 ] && grep -q 'bundled sample .*no GLUE' out; }
check 'with nothing given, the sample is taken, and said to be one' takes_sample
takes_cache() {
  mkdir -p "$TLORA_HOME/data" && cp -r data "$TLORA_HOME/data/sst2"
  run train --dry-run
  [ "$code" -eq 0 ] && grep -q "^data  *$TLORA_HOME/data/sst2\$" out
}
check 'data under TLORA_HOME are taken before the sample' takes_cache
takes_model() {
  run export -o "$TLORA_HOME/models/minilm" && [ "$code" -eq 0 ] || return 1
  run train --dry-run --model minilm
  [ "$code" -eq 0 ] && grep -q "^model  *$TLORA_HOME/models/minilm " out
}
check 'a model under TLORA_HOME is found by its name' takes_model

# ---- The plan and what comes of it ---------------------------------------------------------------
numbers() { # FILE KEY...: their sum
  local file=$1
  shift
  for key in "$@"; do
    grep -m 1 -o "\"$key\" *: *[0-9]*" "$file" | grep -o '[0-9]*$'
  done | awk '{ sum += $1 } END { print sum + 0 }'
}
probes() {
  run train --dry-run --probe --epochs 1 --json && [ "$code" -eq 0 ] || return 1
  expected=$(sed -n '/"memory"/,/}/p' out >memory && numbers memory base trained activations program)
  run train --epochs 1 -o probed --json && [ "$code" -eq 0 ] || return 1
  awk -v e="$expected" -v m="$(numbers out peak_rss_bytes)" 'BEGIN { exit !(m > 0 && e / m > 0.85 && e / m < 1.15) }'
}
check 'the memory that a probe tells is within 15 % of the training that follows' probes

# ---- Checkpoints ---------------------------------------------------------------------------------
minilm=$TLORA_HOME/models/minilm
golden=$checkout/core/src/test/resources/golden/pickles
checkpoint() { # DIR: config and tokenizer, without weights
  mkdir "$1" && cp "$minilm"/{config,tokenizer}.json "$1"
}
searches() { # every place where a model may be
  refuses 3 "'some/model' is not a directory" train --data data --model some/model &&
    grep -qF "at $TLORA_HOME/models/some/model," err &&
    grep -qF "($HF_HOME/hub/models--some--model)" err
}
check 'a model that is nowhere: exit 3, with the places searched' searches

checkpoint foreign
sed -i 's/"model_type" *: *"bert"/"model_type": "gpt2"/' foreign/config.json
check 'an unknown family: exit 3, with those that are known' refuses 3 \
  '"gpt2" .*Known: bert, roberta, xlm-roberta, electra, deberta, deberta-v2$' \
  train --data data --model foreign

checkpoint empty
check 'a checkpoint without weights: exit 3' refuses 3 \
  'empty: has no model.safetensors, .* or pytorch_model.bin.index.json' \
  train --data data --model empty

checkpoint hostile
obeys_no_pickle() { # FILE NAME: the name that the file asks to run
  cp "$golden/refused/$1" hostile/pytorch_model.bin
  refuses 3 "hostile/pytorch_model.bin: .* it asks to run '$2'.* Nothing was run" \
    train --data data --model hostile
}
check 'a .bin that would run a program: exit 3, with its name' obeys_no_pickle os-system-2.bin posix.system
check 'the same in the older format' obeys_no_pickle os-system-stream-2.bin posix.system

checkpoint cut
cp "$golden"/sharded/{model.safetensors.index.json,model-00002-of-00002.safetensors} cut/
check 'a file of several is missing: exit 3, with its name' refuses 3 \
  'index.json: names files that are not beside it: model-00001-of-00002.safetensors' \
  train --data data --model cut

check "labels that are not the task's: exit 2, with both" refuses 2 \
  'has the labels LABEL_0, LABEL_1; the task.s are negative, positive' \
  train --data data --model minilm --set head.from=checkpoint

plans_shape() {
  run train --dry-run --data data --model deberta-v2-xxlarge
  [ "$code" -eq 0 ] && [ ! -s err ] && grep -q '^model  *microsoft/deberta-v2-xxlarge, shape only' out &&
    grep -q '^parameters .* of 1,569,279,074$' out && grep -q '^memory  *about' out
}
check 'a dry run of a well-known model needs no files of it' plans_shape
check 'training it does: exit 3, and how to get it' refuses 3 \
  "'tlora get microsoft/deberta-v2-xxlarge'" train --data data --model deberta-v2-xxlarge

check 'an unknown dtype: exit 2, with those that are known' refuses 2 \
  'one of (f32, bf16, f16), got "int8"' train --data data --dtype int8
bundled=runs/sst2-bundled-tlora-r8-s0
halves() {
  run "${tiny[@]}" --dtype bf16 -o halves --json
  # Another dtype must make a difference, or it was not used.
  [ "$code" -eq 0 ] && ! cmp -s {halves,"$bundled"}/adapter/adapter_model.safetensors || return 1
  run eval halves --json --threads 1
  [ "$code" -eq 0 ] && grep -q "\"accuracy\" : $(best halves/result.json)\$" out
}
check 'training on a base in bfloat16, and eval prints its digits' halves

takes_hub() { # as Hugging Face's tools lay it out: refs/main names the snapshot, which is links
  local repository=$HF_HOME/hub/models--example--tiny commit=0123abcd file
  mkdir -p "$repository"/{blobs,refs,snapshots/$commit}
  printf %s "$commit" >"$repository/refs/main"
  for file in config.json tokenizer.json model.safetensors; do
    cp "$minilm/$file" "$repository/blobs/of-$file"
    ln -s "../../blobs/of-$file" "$repository/snapshots/$commit/$file"
  done
  # The bundled encoder by its name has a head of its own kind.
  run "${tiny[@]}" --model example/tiny --set head.kind=linear --set head.pooling=mean -o hub
  [ "$code" -eq 0 ] && cmp {hub,"$bundled"}/adapter/adapter_model.safetensors
}
check 'a model in the Hugging Face cache: the same weights, the same bytes' takes_hub
finds_bare_name() {
  run train --dry-run --data data --model tiny
  [ "$code" -eq 0 ] && grep -q '^model  *example/tiny on cpu' out
}
check 'it is found without its organisation too' finds_bare_name

# ---- Several adapters ----------------------------------------------------------------------------
several() {
  run "${tiny[@]}" --seed 1 --method lora --init-from "$bundled" -o none
  [ "$code" -eq 2 ] && grep -q 'init_from: .* is tlora, this run is lora' err || return 1
  run "${tiny[@]}" --seed 1 --init-from "$bundled" -o second &&
    [ "$code" -eq 0 ] && grep -q '^start  *from .* with its head$' err || return 1
  run eval --adapter "$bundled" --adapter second --merged --json
  [ "$code" -eq 0 ] && is_json out && [ "$(grep -c '"accuracy"' out)" -eq 2 ] && grep -q '"base_error"' out
}
check 'another run starts from an adapter, and both are scored on one base' several
columns() {
  printf 'b\ta dull mess\na\ta warm comedy\n' >rows.tsv
  run predict --adapter "a=$bundled" --adapter b=second --input rows.tsv
  [ "$code" -eq 0 ] && [ "$(cut -f1 out | tr '\n' ' ')" = 'b a ' ]
}
check 'predict takes rows that name their adapter' columns
filters() {
  local answer
  coproc FILTER { exec "$tlora" predict "$bundled" - 2>err; }
  local filter=$FILTER_PID input=${FILTER[1]}
  echo 'a warm comedy' >&"$input"
  read -r -t 60 answer <&"${FILTER[0]}" && [ "${answer##*$'\t'}" = 'a warm comedy' ] || return 1
  exec {input}>&-
  wait "$filter"
}
check 'predict - answers a line before the next is written' filters
is_cut_off() {
  local codes
  yes 'a warm comedy' | "$tlora" predict "$bundled" - 2>err | head -n 1 >out
  codes=("${PIPESTATUS[@]}")
  [ "${codes[1]}" -eq 0 ] && [ ! -s err ] && [ "$(wc -l <out)" -eq 1 ]
}
check 'predict - ends quietly when nobody reads on' is_cut_off
sums() {
  run combine "$bundled" second --weights 0.5,0.5 --head average -o both --json && [ "$code" -eq 0 ] &&
    is_json out && run eval both --data data && [ "$code" -eq 0 ]
}
check 'two adapters become one' sums
halves_merged() {
  run merge "$bundled" --dtype bf16 -o half && [ "$code" -eq 0 ] &&
    grep -q '^half: merged as bf16; logits differ by .* labels change; accuracy' out &&
    run unmerge half -o restored && [ "$code" -eq 0 ] && grep -q 'weights are restored up to' out
}
check 'merge into bfloat16 says what it costs; unmerge takes it out again' halves_merged

# ---- Getting and looking at data ------------------------------------------------------------------
lists() {
  run get --list
  [ "$code" -eq 0 ] && [ ! -s err ] && grep -q "^model  *minilm  .* $TLORA_HOME/models/minilm\$" out &&
    grep -q "^model  *example/tiny  .* $HF_HOME/hub/models--example--tiny\$" out
}
check 'what is here is listed with its place' lists
export HF_HUB_OFFLINE=1
check 'a task that may not be fetched: exit 3, with what to bring and where to' refuses 3 \
  "HF_HUB_OFFLINE .*/CoLA.zip by hand .* into $TLORA_HOME/data/cola" get cola
check 'a model that may not be fetched: the same' refuses 3 \
  "HF_HUB_OFFLINE .*/FacebookAI/roberta-large/tree/main" get roberta-large
unset HF_HUB_OFFLINE
mkdir mirror && printf 'no archive' >mirror/WNLI.zip
spoiled() { refuses 3 'WNLI.zip is no zip archive' get wnli --glue-url mirror && [ ! -e "$TLORA_HOME/data/wnli" ]; }
check 'a damaged archive: exit 3, and nothing is left of it' spoiled
shows_data() {
  run data sst2 --data data --json
  [ "$code" -eq 0 ] && [ ! -s err ] && is_json out && grep -q '"cut_share" : ' out
}
check 'a data set is shown' shows_data
finds_faults() {
  mkdir faulty && cp data/dev.tsv faulty && { cat data/train.tsv && printf 'no label\nx\ty\n'; } >faulty/train.tsv
  run data sst2 --data faulty --check
  local last
  last=$(wc -l <faulty/train.tsv)
  [ "$code" -eq 3 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "^faulty/train.tsv:$last: label 'y'" out &&
    grep -q "^faulty/train.tsv:$((last - 1)): has 1 column" out
}
check 'every fault of a data set is named with file and line: exit 3' finds_faults

# ---- Signals -------------------------------------------------------------------------------------
# Starts a training that would take an hour, sends it SIGNAL after its first epoch.
set -m # or the shell would have background jobs ignore SIGINT
interrupts() { # SIGNAL CODE
  local run=stopped-$1 i
  # A shell that was itself started to ignore SIGINT would hand that on: undo it.
  env --default-signal=INT "$tlora" train --data data --epochs 5000 --batch-size 8 --threads 1 \
    -o "$run" --json >out 2>err </dev/null &
  local training=$!
  for ((i = 0; i < 1200; i++)); do
    grep -q '^epoch 1' err && break
    kill -0 "$training" 2>/dev/null || break
    sleep 0.1
  done
  kill -"$1" "$training"
  for ((i = 0; i < 600; i++)); do
    kill -0 "$training" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$training" 2>/dev/null # a minute is enough: it would fail the check below
  wait "$training"
  [ $? -eq "$2" ] && [ ! -s out ]
}
whole() { # DIR: what is there can be read, and nothing stands beside it
  local line
  [ ! -e "$1/result.json" ] && [ -z "$(find "$1" -name '.*')" ] &&
    grep -q '"status" : "interrupted"' "$1/manifest.json" && is_json "$1/manifest.json" || return 1
  while IFS= read -r line; do
    case $line in
      '{'*'}') ;;
      *) return 1 ;;
    esac
  done <"$1/metrics.jsonl"
  run eval "$1" --threads 1
  [ "$code" -eq 0 ]
}
check 'SIGTERM in training: exit 143' interrupts TERM 143
check 'SIGTERM leaves no half-written file' whole stopped-TERM
check 'SIGINT in training: exit 130' interrupts INT 130
tells_how_to_go_on() { grep -q "^tlora: saved. Go on with: tlora train --resume stopped-INT$" err; }
check 'and tells the command that goes on' tells_how_to_go_on
check 'SIGINT leaves no half-written file' whole stopped-INT

# Killed without a word, twice, and resumed: the bytes of a run that was left alone.
goes_on_after_kill() {
  local long=(train --data data --epochs 12 --batch-size 8 --threads 1 --save-steps 1 --no-baseline)
  local line training i command=("${long[@]}" -o killed)
  run "${long[@]}" -o alone
  [ "$code" -eq 0 ] || return 1
  for line in 'epoch 2' 'epoch 7'; do
    "$tlora" "${command[@]}" >out 2>err </dev/null &
    training=$!
    for ((i = 0; i < 600; i++)); do
      grep -q "^$line" err && break
      kill -0 "$training" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$training" || return 1
    wait "$training" 2>/dev/null
    grep -q '"status" : "running"' killed/manifest.json || return 1
    command=(train --resume killed)
  done
  run train --resume killed
  [ "$code" -eq 0 ] && diff -r alone/adapter killed/adapter && diff -r alone/last killed/last &&
    [ "$(grep -c . killed/metrics.jsonl)" -eq "$(grep -c . alone/metrics.jsonl)" ]
}
check 'a run that is killed twice and resumed comes to the same bytes' goes_on_after_kill
set +m

rows 20000 >many.tsv # minutes of work
ends() { # SIGNAL CODE TIMES: in the middle of computing, without a crash of the JVM
  local i j
  for ((i = 1; i <= $3; i++)); do
    "$tlora" eval "$bundled" --data many.tsv >out 2>err </dev/null &
    local evaluation=$!
    for ((j = 0; j < 600; j++)); do
      grep -qsx tlora-worker /proc/$evaluation/task/*/comm && break
      sleep 0.1
    done
    sleep "0.$i"
    kill -"$1" "$evaluation"
    wait "$evaluation" 2>/dev/null
    [ $? -eq "$2" ] && [ ! -s out ] && ! grep -q 'fatal error' err || return 1
  done
  [ -z "$(find . -name 'hs_err*' -o -name '*.part')" ]
}
check 'SIGTERM while eval computes, five times: exit 143, no crash' ends TERM 143 5

# ---- The distribution ----------------------------------------------------------------------------
unpacks() {
  local zip=("$checkout"/cli/target/*.zip)
  mkdir 'un packed' && cd 'un packed' || return 1
  if command -v unzip >/dev/null; then
    unzip -q "${zip[0]}"
  else # jar comes with every JDK, but forgets what may be run
    local java=${JAVA_HOME:+$JAVA_HOME/bin/java}
    java=$(readlink -f "${java:-$(command -v java)}")
    "${java%/*}/jar" xf "${zip[0]}" && chmod +x tlora/bin/tlora
  fi
  local ok=$?
  cd .. && [ "$ok" -eq 0 ] && [ -d 'un packed/tlora/lib' ]
}
check 'the distribution unpacks' unpacks
tlora=$work/'un packed'/tlora/bin/tlora
check 'the distribution tells its version' names_version
has_pages() {
  local man='un packed/tlora/share/man/man1'
  grep -q '^\.SH SYNOPSIS' "$man/tlora.1" && grep -q '^\.SH EXAMPLES' "$man/tlora-train.1"
}
check 'the distribution has manual pages' has_pages
trains_unpacked() {
  run "${tiny[@]}" -o from-zip
  [ "$code" -eq 0 ] &&
    cmp {from-zip,runs/sst2-bundled-tlora-r8-s0}/adapter/adapter_model.safetensors
}
check 'the distribution trains to the same bytes' trains_unpacked

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
