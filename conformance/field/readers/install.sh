#!/usr/bin/env bash
# Installs the readers of other languages into .bin/readers, for each language with an installed toolchain.
# Downloads and builds stay in the caches of the tools, so that a second run is quick.
set -euo pipefail
cd "$(dirname "$0")"
into=$(realpath -m ../../../.bin/readers)
mkdir -p "$into"

install_python() {
  [ -x "$into/python/bin/pip" ] || python3 -m venv "$into/python"
  "$into/python/bin/pip" install --quiet --disable-pip-version-check --no-deps -r python/requirements.txt
}

install_go() {
  (cd go && go build -o "$into/go/readers" .)
}

install_java() {
  local settings=(-q -B -f java/pom.xml "-DbuildDirectory=$into/java")
  mvn "${settings[@]}" compile dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$into/java/lib"
}

install_rust() {
  cargo build --quiet --locked --manifest-path rust/Cargo.toml --target-dir "$into/rust"
}

is_there() { # tool
  command -v "$1" >/dev/null || return 1
  # In Debian it is a separate package.
  [ "$1" != python3 ] || python3 -c 'import ensurepip, venv' 2>/dev/null
}

for language in python:python3 go:go java:mvn rust:cargo; do
  name=${language%%:*} tool=${language##*:}
  rm -f "$into/$name.installed"
  if ! is_there "$tool"; then
    echo "readers of $name: left out, $tool is not installed$([ "$tool" != python3 ] || echo ', or without python3-venv')"
    continue
  fi
  from=$SECONDS
  "install_$name"
  touch "$into/$name.installed"
  echo "readers of $name: installed in $((SECONDS - from)) s"
done
