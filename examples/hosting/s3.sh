#!/bin/sh
# Puts a built digest into an S3 bucket: s3.sh public s3://my-digest
# Whatever comes later leads to what came before, so no reader meets a page without its style sheet. Old files go last.
set -eu
site=$1
bucket=$2
short='public, max-age=300'

send() { aws s3 sync --no-progress "$site" "$bucket" "$@"; }

send --exclude '*' --include 'hashed/*' --cache-control 'public, max-age=31536000, immutable'
send --exclude 'hashed/*' --exclude '*.html' --exclude '*.xml' --exclude '*feed*.json' --exclude '.broadsheet-manifest' --cache-control "$short"
send --exclude '*' --include '*.html' --cache-control "$short"
send --exclude '*' --include '*.xml' --include '*feed*.json' --cache-control "$short"
send --exclude '.broadsheet-manifest' --delete --size-only
