#!/bin/sh
# Installs Kafka Image Bench for one person; root is not needed.
#
#   ./install.sh [--prefix DIR]
#
# Without --prefix the program goes to ~/.local, and its desktop entry, icons and completions to ${XDG_DATA_HOME:-~/.local/share}.
# With --prefix everything goes below DIR. A list of what was installed is kept in DIR/share/kafka-image-bench, beside
# uninstall.sh, which removes just that. A second installation replaces the first; files of others are never replaced.
set -eu

name=kafka-image-bench
here="$(cd "$(dirname "$0")" && pwd)"

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

prefix=""
while [ "$#" -gt 0 ]; do
    case "$1" in
        --prefix) [ "$#" -gt 1 ] || fail "--prefix needs a folder"; prefix="$2"; shift ;;
        -h | --help) sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
        *) printf 'install.sh: unknown argument %s; see ./install.sh --help\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
# The folders on the way to $1 that do not exist yet, each with a slash at its end.
missing_folders() {
    folder="$1"
    while [ ! -d "$folder" ]; do
        printf '%s/\n' "$folder"
        folder="$(dirname "$folder")"
    done
}

folders=""
if [ -n "$prefix" ]; then
    case "$prefix" in /*) ;; *) prefix="$PWD/$prefix" ;; esac
    folders="$(missing_folders "$prefix")"
    mkdir -p "$prefix"
    prefix="$(cd "$prefix" && pwd)"
    data="$prefix/share"
else
    [ -n "${HOME:-}" ] || fail "HOME is not set; give a folder with --prefix"
    prefix="$HOME/.local"
    data="${XDG_DATA_HOME:-$HOME/.local/share}"
fi
# The desktop entry names the program by its path, in which these have a meaning.
case "$prefix$data" in
    *[\"\`\$\\%\
]*) fail "the folder's name must not contain any of \" \` \$ \\ % or a line break: $prefix" ;;
esac
own="$prefix/share/$name"
list="$own/installed-files"

# Where a file of bin/ and share/ goes.
place_of() {
    case "$1" in
        share/applications/* | share/icons/* | share/metainfo/* | share/bash-completion/* | share/fish/*) printf '%s/%s\n' "$data" "${1#share/}" ;;
        *) printf '%s/%s\n' "$prefix" "$1" ;;
    esac
}

is_ours() {
    [ -f "$list" ] && grep -qxF -- "$1" "$list"
}

# Sample images that the program has made there are the same, and stay the person's.
files="$(cd "$here" && find bin share -type f | LC_ALL=C sort | while IFS= read -r file; do
    case "$file" in
        "share/$name/Labeled_Images/"*)
            place="$(place_of "$file")"
            if [ -e "$place" ] && ! is_ours "$place"; then continue; fi
            ;;
    esac
    printf '%s\n' "$file"
done)
share/$name/uninstall.sh"
taken="$(printf '%s\n' "$files" | while IFS= read -r file; do
    place="$(place_of "$file")"
    if { [ -e "$place" ] || [ -L "$place" ]; } && ! is_ours "$place"; then
        printf '  %s\n' "$place"
    fi
done)"
[ -z "$taken" ] || fail "these exist and were not installed by this script; move them away, or choose another --prefix:
$taken"

# The list is written first: what is installed in part can be removed as well.
folders="$folders
$(missing_folders "$own")"
mkdir -p "$own"
before=""
[ ! -f "$list" ] || before="$(cat "$list")"
printf '%s\n' "$files" | while IFS= read -r file; do
    place_of "$file"
done >"$list.new"
printf '%s\n%s\n%s\n' "$(cat "$list.new")" "$folders" "$before" | sed '/^$/d' | LC_ALL=C sort -u >"$list.all"
mv -f "$list.all" "$list"

printf '%s\n' "$files" | while IFS= read -r file; do
    place="$(place_of "$file")"
    missing_folders "$(dirname "$place")" >>"$list"
    mkdir -p "$(dirname "$place")"
    case "$file" in
        share/applications/*)
            program="$(printf '%s' "$prefix/bin/$name" | sed 's/[&|]/\\&/g')"
            sed "s|^Exec=$name|Exec=\"$program\"|; s|^TryExec=.*|TryExec=$program|" "$here/$file" >"$place.new"
            chmod 644 "$place.new"
            ;;
        "share/$name/uninstall.sh") cp "$here/uninstall.sh" "$place.new"; chmod 755 "$place.new" ;;
        *) cp -p "$here/$file" "$place.new" ;;
    esac
    # In one step: the program may be running.
    mv -f "$place.new" "$place"
done
# What the version before had, and this one has not.
printf '%s\n' "$before" | sed '/^$/d; /\/$/d' | while IFS= read -r place; do
    grep -qxF -- "$place" "$list.new" || rm -f -- "$place"
done
grep '/$' "$list" >>"$list.new" || true
mv -f "$list.new" "$list"

# Desktops cache what is installed.
touch "$data/icons/hicolor"
if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database -q "$data/applications" || true
fi
printf 'Kafka Image Bench is installed: it is in the menu, and %s/bin/%s starts it.\n' "$prefix" "$name"
case ":${PATH:-}:" in
    *":$prefix/bin:"*) ;;
    *) printf 'To start it by its name, add %s/bin to PATH.\n' "$prefix" ;;
esac
printf 'To remove it: %s/uninstall.sh\n' "$own"
