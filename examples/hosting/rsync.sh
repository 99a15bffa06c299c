#!/bin/sh
# Puts a built digest onto a server: rsync.sh public user@host:/srv/digest
# First what pages refer to, beside what is there; then everything, whose files get their names together at the end.
# By checksums: rsync else takes a file for the same whose size and second are, and two builds can fall into one.
set -eu
from=${1%/}/
to=${2%/}/

send() { rsync --recursive --times --checksum --compress --chmod=D755,F644 --exclude=/.broadsheet-manifest "$@" "$from" "$to"; }

send --include='*/' --exclude='*.html' --exclude='*.xml' --exclude='*.json' --prune-empty-dirs
send --delay-updates --delete-after
