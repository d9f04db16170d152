#!/usr/bin/env bash
# Checks a training's log on a real MLflow tracking server, which it starts on this machine. No part of
# .ci/run: the server's virtual environment takes 800 MB, fetched once.
#   scripts/check-mlflow.sh
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=scripts/golden/requirements-mlflow.txt
venv=${XDG_CACHE_HOME:-$HOME/.cache}/tlora-interop/$(sha256sum "$requirements" | cut -c1-12)
if [ ! -e "$venv/ready" ]; then
  echo "check-mlflow: making $venv" >&2
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$requirements" && touch "$venv/ready"; } >&2 || {
    echo "check-mlflow: the virtual environment could not be made" >&2
    echo "0 passed, 1 failed"
    exit 1
  }
fi
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/mlflow" server --host 127.0.0.1 --port "$port" --workers 1 --backend-store-uri "sqlite:///$work/mlflow.db" \
  --artifacts-destination "$work/artifacts" >"$work/server.log" 2>&1 &
server=$!
up=false
for _ in $(seq 120); do
  "$venv/bin/python" -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health')" 2>/dev/null && up=true && break
  kill -0 "$server" 2>/dev/null || break
  sleep 1
done
"$up" || {
  tail -n 3 "$work/server.log"
  echo "0 passed, 1 failed"
  exit 1
}
MLFLOW_TRACKING_URI=http://127.0.0.1:$port "$venv/bin/python" scripts/check_mlflow.py "$work"
