#!/usr/bin/env bash
# Checks against Python: merged checkpoints and LoRA adapters of this tool give the same answers in
# transformers and peft, and TensorBoard reads its logs. The virtual environments stand outside of the
# checkout, under names that hash their requirements: about 6 GB, fetched once.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The virtual environment of some requirements, made where it is not there.
environment() { # FILE
  local name venv
  name=$(sha256sum "$1" | cut -c1-12)
  venv=${XDG_CACHE_HOME:-$HOME/.cache}/tlora-interop/$name
  if [ ! -e "$venv/ready" ]; then
    echo "interop: making $venv" >&2
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$1" && touch "$venv/ready"; } >&2 || {
      echo "interop: the virtual environment could not be made" >&2
      return 1
    }
  fi
  echo "$venv/bin/python"
}
python=$(environment scripts/golden/requirements.txt) &&
  logs=$(environment scripts/golden/requirements-logs.txt) || {
  echo "0 passed, 1 failed"
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TLORA_LOGS_PYTHON=$logs HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$python" scripts/interop.py "$work"
