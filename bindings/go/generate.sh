#!/bin/sh
# Makes the raw layer anew: what SWIG says is committed, so that `go build` needs no SWIG.
#
# usage: generate.sh [DIR]     default: internal/raw
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/internal/raw}
cd "$here/.."
${SWIG:-swig} -go -cgo -intgosize 64 -DSWIGWORDSIZE64 -package raw -I../include -outdir "$out" -o "$out/thing_wrap.c" thing.i
# What go vet takes for a misuse of pointers, said in another way.
sed -i 's|(\*\[0x7fffffff\]byte)(unsafe.Pointer(p.p))\[:p.n\]|unsafe.Slice(*(**byte)(unsafe.Pointer(\&p.p)), p.n)|' "$out/thing.go"
if command -v "${GOFMT:-gofmt}" >/dev/null; then "${GOFMT:-gofmt}" -w "$out/thing.go"; fi
