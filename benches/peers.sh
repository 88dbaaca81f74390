#!/usr/bin/env bash
# detc and its peers on the same detections, in one run: prints the wall time of each and the ratio to detc.
#
#   benches/peers.sh [COPIES]
#   SIGMAHQ=FOLDER benches/peers.sh         also: the Sigma rules below FOLDER, converted by each
#
# The detections are the shipped ones, COPIES times (40) under other ids. detc compiles them from its own format; a peer
# converts the Sigma rules that detc emits for them. Both write one language, and both pay for starting up.
#
# The peer is pySigma, which sigma-cli runs, with its Splunk and Kusto backends, in the Python $PYTHON (python3); without
# sigma-cli itself, which fetches ATT&CK data from the network when it starts. To install it:
#   python3 -m venv VENV && VENV/bin/pip install pysigma pysigma-backend-splunk pysigma-backend-kusto
# Over $SIGMAHQ, sigma-cli (`sigma`) and rsigma are measured as well where they are in the PATH. rsigma has a language of
# neither Splunk nor Microsoft: it converts to PostgreSQL there.
set -euo pipefail
cd "$(dirname "$0")/.."
copies=${1:-40}
runs=5

python=${PYTHON:-python3}
if ! "$python" -c 'import sigma.backends.splunk, sigma.backends.kusto' 2>/dev/null; then
    echo "peers.sh: NOT MEASURED: $python has no pySigma with its Splunk and Kusto backends (see the head of this script)" >&2
    exit 75
fi

cargo build --quiet --release --locked
detc=$PWD/target/release/detc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/detections"
number=0
while IFS= read -r file; do
    for ((copy = 1; copy <= copies; copy++)); do
        number=$((number + 1))
        id=$(printf '00000000-0000-4000-8000-%012x' "$number")
        sed -e "s/^id: .*/id: $id/" -e "s/^name: .*/& copy $copy/" "$file" >"$work/detections/$number.yml"
    done
done < <(find detections -name '*.yml' | sort)

# Milliseconds of the fastest of some runs. Queries go to one file, so that the file system is not what is measured.
fastest() {
    local best= run started took
    for ((run = 1; run <= runs; run++)); do
        started=$(date +%s%N)
        "$@" >"$work/out" 2>"$work/log" || { cat "$work/log" >&2; return 1; }
        took=$(($(date +%s%N) - started))
        if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
    done
    echo $((best / 1000000))
}

cat >"$work/peer.py" <<'PYTHON'
import sys
from importlib import import_module
from sigma.collection import SigmaCollection

module, backend, rules = sys.argv[1:]
backend = getattr(import_module("sigma.backends." + module), backend)()
queries = []
for rule in SigmaCollection.load_ruleset([rules]):
    try:
        queries += backend.convert_rule(rule)
    except Exception:  # what this backend cannot say, in whatever way it says so
        pass
print(*queries, sep="\n")
print(len(queries), file=sys.stderr)
PYTHON

"$detc" compile "$work/detections" -t sigma --skip-refused -o "$work/rules" 2>/dev/null
rm -f "$work/rules/manifest.json"
echo "$number detections, $(nproc) cores, the fastest of $runs runs"
for pair in splunk:splunk.SplunkBackend kusto:sentinel:kusto.KustoBackend; do
    target=${pair%:*} backend=${pair##*:}
    own=$(fastest "$detc" compile "$work/detections" -t "$target" --skip-refused)
    other=$(fastest "$python" "$work/peer.py" "${backend%.*}" "${backend#*.}" "$work/rules")
    printf '%-15s detc %6d ms   pySigma %6d ms (%d of them)   ratio %d\n' \
        "$target" "$own" "$other" "$(cat "$work/log")" $((other / (own > 0 ? own : 1)))
done

[ -n "${SIGMAHQ:-}" ] || exit 0
runs=3
echo "$(find "$SIGMAHQ" -name '*.yml' | wc -l) Sigma rules, the fastest of $runs runs"
own_splunk=$(fastest "$detc" convert "$SIGMAHQ" -t splunk --skip-refused)
own_kusto=$(fastest "$detc" convert "$SIGMAHQ" -t kusto:sentinel --skip-refused)
printf '%-28s %6d ms\n' "detc, splunk" "$own_splunk" "detc, kusto:sentinel" "$own_kusto"
beside() {
    local name=$1 own=$2 took
    shift 2
    if ! took=$(fastest "$@" 2>/dev/null); then
        printf '%-28s NOT MEASURED: it fails here\n' "$name"
    else
        printf '%-28s %6d ms   ratio %d\n' "$name" "$took" $((took / (own > 0 ? own : 1)))
    fi
}
beside "pySigma, splunk" "$own_splunk" "$python" "$work/peer.py" splunk SplunkBackend "$SIGMAHQ"
beside "pySigma, kusto" "$own_kusto" "$python" "$work/peer.py" kusto KustoBackend "$SIGMAHQ"
if command -v sigma >/dev/null; then
    beside "sigma-cli, splunk" "$own_splunk" sigma convert -t splunk --without-pipeline -s "$SIGMAHQ"
else
    echo "sigma-cli                    NOT MEASURED: not installed"
fi
if command -v rsigma >/dev/null; then
    beside "rsigma, postgres" "$own_splunk" rsigma backend convert -t postgres -s "$SIGMAHQ"
else
    echo "rsigma                       NOT MEASURED: not installed"
fi
