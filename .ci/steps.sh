# shellcheck shell=bash
# What .ci/test and .ci/check share: they leave results in $out, which testsum adds up.
: "${out:?}"
# One set of build flags for tests, gates and the binary, so that a cold machine compiles things once.
# The race detector alone needs cgo.
export CGO_ENABLED=0 GOFLAGS="-trimpath ${GOFLAGS:-}"
mkdir -p "$out"
go build -o "$out/testsum" ./internal/testkit/cmd/testsum || exit 1

# record STATUS FILE NAME notes one result: pass, fail or skip.
record() { printf '%s\t%s\n' "$1" "$3" >>"$out/$2.tsv"; }

# step FILE NAME COMMAND… runs a command that is one result, and shows its output when it fails.
step() {
	local file=$1 name=$2 start=$SECONDS
	shift 2
	if "$@" >"$out/log" 2>&1; then
		record pass "$file" "$name"
		echo "ok      $name ($((SECONDS - start)) s)"
		return 0
	fi
	record fail "$file" "$name"
	echo "FAILED  $name ($((SECONDS - start)) s)"
	sed -E '/^(ok  |\?   )\t/d; s/^/        /' "$out/log"
	return 1
}

# results FILE NAME COMMAND… runs a command that reports many results: a .json is its output, a .xml it
# writes itself. A command that fails without a failure in its report is a failure of its own.
results() {
	local file=$1 name=$2 start=$SECONDS status=0
	shift 2
	case $file in
	*.json) "$@" >"$out/$file" 2>"$out/log" || status=$? ;;
	*) "$@" >"$out/log" 2>&1 || status=$? ;;
	esac
	if [ $status -eq 0 ] && [ -s "$out/$file" ]; then
		echo "ok      $name ($((SECONDS - start)) s)"
		return 0
	fi
	echo "FAILED  $name ($((SECONDS - start)) s)"
	if [ ! -s "$out/$file" ]; then status=2; else "$out/testsum" "$out/$file" >/dev/null 2>&1; status=$?; fi
	if [ $status -ne 1 ]; then # 1 says that the report holds failures
		record fail "${file%.*}" "$name"
		tail -50 "$out/log" | sed 's/^/        /'
	fi
	return 1
}

# npm_ci FOLDER installs a folder's packages unless they are those of its lock file already.
npm_ci() {
	[ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] ||
		npm --prefix "$1" ci --no-audit --no-fund
}
