#!/usr/bin/env bash
# Has tlora compute on NVIDIA GPUs (Linux, x86-64): fetches PyTorch's CUDA libraries into a virtual
# environment, about 6 GB, and writes the file from which ./tlora takes where they are.
#
#   scripts/setup-gpu.sh            under $TLORA_HOME (~/.cache/tlora): cuda/ and gpu.env
#   scripts/setup-gpu.sh --remove   takes both away; tlora then uses the CPU libraries it came with
#   scripts/setup-gpu.sh --venv DIR the libraries of a virtual environment that has torch==2.7.1
#
# Without a driver it goes on, and the libraries work on the CPU: `tlora doctor` says what is missing.
set -euo pipefail

torch=2.7.1 oldest=525.60.13
home=${TLORA_HOME:-$HOME/.cache/tlora}
venv=$home/cuda/venv lib=$home/cuda/lib settings=$home/gpu.env

fail() { echo "setup-gpu: $1" >&2; exit "${2:-4}"; }
case ${1:-} in
  "") ;;
  --remove) rm -rf "$home/cuda" "$settings"; echo "setup-gpu: tlora uses the CPU again" >&2; exit 0 ;;
  --venv) [ $# -eq 2 ] || fail "--venv needs a directory" 2; venv=$2 ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "CUDA libraries are for Linux on x86-64, this is $(uname -s) on $(uname -m)"

driver=$(grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' /proc/driver/nvidia/version 2>/dev/null | head -n 1 || true)
if [ -z "$driver" ]; then
  echo "setup-gpu: warning: no NVIDIA driver here; CUDA 12 needs $oldest or later" >&2
elif [ "$(printf '%s\n' "$oldest" "$driver" | sort -V | head -n 1)" != "$oldest" ]; then
  fail "NVIDIA driver $driver is too old: CUDA 12 needs $oldest or later"
fi

if [ "${1:-}" != --venv ] && ! "$venv/bin/python" -c "import torch; assert torch.__version__.split('+')[0] == '$torch'" 2>/dev/null; then
  command -v python3 >/dev/null || fail "python3 is not found: it fetches the libraries; tlora itself does not need it"
  free=$(df -Pk "$(dirname "$home")" 2>/dev/null | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "${free:-99}" -ge 8 ] || fail "$home: $free GB are free, 8 are needed"
  echo "setup-gpu: fetching torch $torch into $venv" >&2
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q "torch==$torch" >&2 || fail "torch $torch could not be fetched" 3
fi
packages=$("$venv/bin/python" -c "import sysconfig; print(sysconfig.get_paths()['purelib'])") || fail "$venv: no virtual environment" 3
[ -e "$packages/torch/lib/libtorch_cuda.so" ] || fail "$packages/torch: has no CUDA libraries" 3
[ "$("$venv/bin/python" -c "import torch; print(torch.__version__.split('+')[0])")" = "$torch" ] || fail "$packages/torch: is not version $torch" 3

# Links, so that the libraries find their own beside themselves. nvrtc's stub asks for the driver's
# library as soon as it is loaded, so it is left out where there is none.
rm -rf "$lib.new"
mkdir -p "$lib.new"
for file in "$packages"/torch/lib/lib*.so*; do
  case $(basename "$file") in
    libtorch_python*|libshm*) ;;
    libcaffe2_nvrtc*) if [ -n "$driver" ]; then ln -sf "$file" "$lib.new/"; fi ;;
    *) ln -sf "$file" "$lib.new/" ;;
  esac
done
# Under this name DJL looks for it, to count devices.
mkdir -p "$home/cuda/cudart"
ln -sf "$packages/nvidia/cuda_runtime/lib/libcudart.so.12" "$home/cuda/cudart/libcudart.so"
rm -rf "$lib"
mv "$lib.new" "$lib"

cat >"$settings.new" <<SETTINGS
# By scripts/setup-gpu.sh; --remove takes it away.
PYTORCH_LIBRARY_PATH='$lib'
PYTORCH_VERSION=$torch
PYTORCH_FLAVOR=cu128
TLORA_CUDART='$home/cuda/cudart'
# Float32 is exact unless TLORA_TF32=1 allows products in TF32.
if [ "\${TLORA_TF32:-0}" = 1 ]; then TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1; else NVIDIA_TF32_OVERRIDE=0; fi
SETTINGS
mv "$settings.new" "$settings"
echo "setup-gpu: done. './tlora doctor' says what the engine sees; train with --device cuda" >&2
