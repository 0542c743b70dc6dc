#!/bin/sh
# Makes the raw layer: swig.sh SWIG INCLUDE INTERFACE WRAPPER JAVA_DIRECTORY
set -eu
"$1" -java -package thing.raw -module Raw -I"$2" -outdir "$5" -o "$4" "$3"
