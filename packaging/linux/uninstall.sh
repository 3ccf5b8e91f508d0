#!/bin/sh
# Removes what install.sh installed, and nothing else: settings, benchmarks, images and logs stay.
#
#   uninstall.sh [--prefix DIR]     DIR as it was given to install.sh (default: where this script is installed, or ~/.local)
set -eu

name=kafka-image-bench

fail() {
    printf 'uninstall.sh: %s\n' "$*" >&2
    exit 1
}

own="$(cd "$(dirname "$0")" && pwd)"
[ -f "$own/installed-files" ] || own="${HOME:-}/.local/share/$name"
while [ "$#" -gt 0 ]; do
    case "$1" in
        --prefix) [ "$#" -gt 1 ] || fail "--prefix needs a folder"; own="$2/share/$name"; shift ;;
        -h | --help) sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
        *) printf 'uninstall.sh: unknown argument %s; see uninstall.sh --help\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
list="$own/installed-files"
[ -f "$list" ] || fail "nothing is installed here: $list does not exist; give the folder with --prefix"

entry="$(grep "/applications/$name.desktop\$" "$list" || true)"
folders="$(grep '/$' "$list" | LC_ALL=C sort -ru || true)"
grep -v '/$' "$list" | while IFS= read -r file; do
    rm -f -- "$file"
done
rm -f -- "$list"
applications="${entry%/*}"
if [ -n "$applications" ] && [ -f "$applications/mimeinfo.cache" ]; then
    if command -v update-desktop-database >/dev/null 2>&1; then
        update-desktop-database -q "$applications" || true
    fi
    # An index of nothing, which update-desktop-database made at the installation.
    if ! grep -q '=' "$applications/mimeinfo.cache" && [ "$(find "$applications" -mindepth 1 | wc -l)" -eq 1 ]; then
        rm -f -- "$applications/mimeinfo.cache"
    fi
fi
# The folders that install.sh made, from the inside out, unless something else is in them now.
printf '%s\n' "$folders" | while IFS= read -r folder; do
    [ -z "$folder" ] || rmdir -- "$folder" 2>/dev/null || true
done
printf 'Kafka Image Bench is removed.\n'
