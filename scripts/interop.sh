#!/usr/bin/env bash
# Checks against Python: merged checkpoints and LoRA adapters of this tool give the same answers in
# transformers and peft. Its virtual environment stands outside of the checkout, under a name that
# hashes its requirements: about 6 GB, fetched once.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=scripts/golden/requirements.txt
name=$(sha256sum "$requirements" | cut -c1-12)
venv=${XDG_CACHE_HOME:-$HOME/.cache}/tlora-interop/$name
if [ ! -e "$venv/ready" ]; then
  echo "interop: making $venv" >&2
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$requirements" && touch "$venv/ready"; } >&2 || {
    echo "interop: the virtual environment could not be made" >&2
    echo "0 passed, 1 failed"
    exit 1
  }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$venv/bin/python" scripts/interop.py "$work"
