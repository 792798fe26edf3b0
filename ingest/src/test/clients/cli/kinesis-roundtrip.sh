#!/bin/sh
# usage: kinesis-roundtrip.sh ENDPOINT STREAM   prints OK and exits 0, or the reason and exits 1
# AWS overrides the path of AWS CLI v2 (Debian: /usr/bin/aws). The CLI has no subscribe-to-shard command.
set -u
endpoint=$1 stream=$2 aws=${AWS:-/usr/bin/aws}
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
err=$(mktemp) && trap 'rm -f "$err"' EXIT

fail() { echo "FAIL: $*" >&2; cat "$err" >&2; exit 1; }
kinesis() { "$aws" kinesis --endpoint-url "$endpoint" --output text "$@" 2>"$err"; }
until_is() { # until_is WANTED COMMAND...
  want=$1; shift
  for _ in $(seq 40); do [ "$(kinesis "$@")" = "$want" ] && return; sleep 0.3; done
  fail "$* did not become $want"
}

kinesis create-stream --stream-name "$stream" --shard-count 2 || fail create-stream
until_is ACTIVE describe-stream-summary --stream-name "$stream" --query StreamDescriptionSummary.StreamStatus
arn=$(kinesis describe-stream-summary --stream-name "$stream" --query StreamDescriptionSummary.StreamARN) || fail summary

# CLI v2 takes blobs as base64 by default, raw text with --cli-binary-format raw-in-base64-out
kinesis put-record --stream-name "$stream" --partition-key single --data "$(printf data-single | base64)" >/dev/null || fail put-record
kinesis put-record --stream-name "$stream" --partition-key raw --data data-raw --cli-binary-format raw-in-base64-out >/dev/null || fail put-record raw
records=$(for i in 0 1 2 3 4 5 6 7 8 9; do
  hash=; [ $i = 9 ] && hash=',"ExplicitHashKey":"340282366920938463463374607431768211455"'
  printf '{"PartitionKey":"key-%s","Data":"%s"%s},' $i "$(printf data-$i | base64)" "$hash"
done)
failed=$(kinesis put-records --stream-name "$stream" --records "[${records%,}]" --query FailedRecordCount) || fail put-records
[ "$failed" = 0 ] || fail "FailedRecordCount $failed"

shards=$(kinesis list-shards --stream-name "$stream" --query 'Shards[].ShardId') || fail list-shards
[ "$(echo $shards | wc -w)" = 2 ] || fail "shards: $shards"
got=
for shard in $shards; do
  it=$(kinesis get-shard-iterator --stream-name "$stream" --shard-id "$shard" --shard-iterator-type TRIM_HORIZON --query ShardIterator) || fail iterator
  out=$(kinesis get-records --shard-iterator "$it" --query 'Records[].[SequenceNumber,PartitionKey,Data]') || fail get-records
  seqs=$(echo "$out" | cut -f1)
  [ "$seqs" = "$(echo "$seqs" | sort -n)" ] || fail "order in $shard: $seqs"
  while read -r seq key data; do
    [ -n "$seq" ] || continue
    [ "$(echo "$data" | base64 -d)" = "data-${key#key-}" ] || fail "data of $key: $data"
    got="$got $key" last=$key     # in the end of the shard listed last, whose range ends at 2^128-1
  done <<EOF
$out
EOF
done
[ "$(echo $got | wc -w)" = 12 ] || fail "read $(echo $got | wc -w) of 12 records:$got"
[ "$last" = key-9 ] || fail "ExplicitHashKey went to the wrong shard"

consumer=$(kinesis register-stream-consumer --stream-arn "$arn" --consumer-name fanout --query Consumer.ConsumerARN) || fail register-stream-consumer
until_is ACTIVE describe-stream-consumer --consumer-arn "$consumer" --query ConsumerDescription.ConsumerStatus

kinesis describe-stream --stream-name "$stream-missing" >/dev/null; rc=$?
[ $rc = 254 ] || fail "describe-stream of a missing stream: exit code $rc, not 254"
grep -q "(ResourceNotFoundException).*: Stream $stream-missing under account 000000000000 not found.\$" "$err" ||
  fail "not a ResourceNotFoundException"

kinesis delete-stream --stream-name "$stream" --enforce-consumer-deletion || fail delete-stream
for _ in $(seq 40); do kinesis describe-stream-summary --stream-name "$stream" >/dev/null || break; sleep 0.3; done
grep -q '(ResourceNotFoundException)' "$err" || fail "stream is still there"
echo "OK $("$aws" --version)"
