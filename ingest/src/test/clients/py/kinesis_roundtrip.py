#!/usr/bin/python3
"""usage: /usr/bin/python3 kinesis_roundtrip.py ENDPOINT STREAM   prints OK and exits 0, or the reason and exits 1"""
import datetime
import os
import signal
import sys
import time

import boto3
import botocore

LAST_HASH = "340282366920938463463374607431768211455"
endpoint, stream = sys.argv[1:3]
kinesis = boto3.client("kinesis", endpoint_url=endpoint, region_name="us-east-1",
                       aws_access_key_id="test", aws_secret_access_key="test",
                       verify=os.environ.get("AWS_CA_BUNDLE"))
step = "start"


def at(name):
    global step
    step = name


def check(ok, what):
    if not ok:
        raise AssertionError(what)


def until(what, probe):
    for _ in range(150):
        value = probe()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError(what + " not reached in 30 s")


def verify(how, by_shard, put):
    """Records per shard against what was put: data, shard, sequence number, ascending order."""
    count = 0
    for shard, records in by_shard.items():
        last = -1
        for r in records:
            key = r["PartitionKey"]
            check(key in put, f"{how}: unknown key {key}")
            data, want_shard, want_seq = put[key]
            check(r["Data"] == data, f"{how}: data of {key}: {r['Data']!r}")
            check(shard == want_shard, f"{how}: shard of {key}: {shard}, put said {want_shard}")
            check(r["SequenceNumber"] == want_seq, f"{how}: sequence number of {key}")
            check(int(want_seq) > last, f"{how}: order in {shard}")
            arrival = r["ApproximateArrivalTimestamp"]
            age = datetime.datetime.now(datetime.timezone.utc) - arrival
            check(abs(age.total_seconds()) < 300, f"{how}: arrival {arrival}")
            last = int(want_seq)
            count += 1
    check(count == len(put), f"{how}: {count} records instead of {len(put)}")


def subscribe(consumer_arn, shard, wanted):
    out = kinesis.subscribe_to_shard(ConsumerARN=consumer_arn, ShardId=shard,
                                     StartingPosition={"Type": "TRIM_HORIZON"})
    records = []
    for event in out["EventStream"]:
        e = event["SubscribeToShardEvent"]
        check(isinstance(e["ContinuationSequenceNumber"], str), "ContinuationSequenceNumber")
        check(isinstance(e["MillisBehindLatest"], int), "MillisBehindLatest")
        records += e["Records"]
        if len(records) >= wanted:  # one event is awaited on an empty shard too
            break
    out["EventStream"].close()
    return records


def main():
    at("CreateStream")
    kinesis.create_stream(StreamName=stream, ShardCount=2)

    def active():
        s = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        return s if s["StreamStatus"] == "ACTIVE" else None
    summary = until("stream ACTIVE", active)
    check(summary["OpenShardCount"] == 2, "OpenShardCount")

    at("PutRecord")
    put = {}
    data = "data-single-\u00e9".encode()
    r = kinesis.put_record(StreamName=stream, PartitionKey="single", Data=data)
    put["single"] = (data, r["ShardId"], r["SequenceNumber"])
    at("PutRecords")
    records = [{"PartitionKey": f"key-{i}", "Data": b"data-%d" % i} for i in range(10)]
    records[9]["ExplicitHashKey"] = LAST_HASH
    many = kinesis.put_records(StreamName=stream, Records=records)
    check(many["FailedRecordCount"] == 0, "FailedRecordCount")
    for sent, r in zip(records, many["Records"]):
        put[sent["PartitionKey"]] = (sent["Data"], r["ShardId"], r["SequenceNumber"])

    at("ListShards")
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    check(len(shards) == 2, f"{len(shards)} shards")
    top = next(s["ShardId"] for s in shards if s["HashKeyRange"]["EndingHashKey"] == LAST_HASH)
    check(put["key-9"][1] == top, "ExplicitHashKey went to the wrong shard")

    at("GetRecords")
    polled = {}
    for shard in (s["ShardId"] for s in shards):
        wanted = sum(1 for p in put.values() if p[1] == shard)
        it = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard,
                                        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        got = polled[shard] = []

        def read():
            nonlocal it
            out = kinesis.get_records(ShardIterator=it, Limit=3)
            got.extend(out["Records"])
            it = out["NextShardIterator"]
            return len(got) >= wanted
        until("records of " + shard, read)
    verify("GetRecords", polled, put)

    at("RegisterStreamConsumer")
    arn = kinesis.register_stream_consumer(StreamARN=summary["StreamARN"],
                                           ConsumerName="fanout")["Consumer"]["ConsumerARN"]
    until("consumer ACTIVE", lambda: kinesis.describe_stream_consumer(ConsumerARN=arn)
          ["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
    at("SubscribeToShard")
    verify("SubscribeToShard", {s: subscribe(arn, s, len(polled[s])) for s in polled}, put)

    at("missing stream")
    try:
        kinesis.describe_stream(StreamName=stream + "-missing")
        raise AssertionError("DescribeStream of a missing stream did not fail")
    except kinesis.exceptions.ResourceNotFoundException as e:
        meta = e.response["ResponseMetadata"]
        check(e.response["Error"]["Code"] == "ResourceNotFoundException", "error code")
        check(e.response["Error"]["Message"] == f"Stream {stream}-missing under account 000000000000 not found.",
              f"error message {e.response['Error'].get('Message')!r}")
        check(meta["HTTPStatusCode"] == 400, f"status {meta['HTTPStatusCode']}")
        check(meta.get("RequestId"), "no RequestId")

    at("DeleteStream")
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)

    def gone():
        try:
            kinesis.describe_stream_summary(StreamName=stream)
        except kinesis.exceptions.ResourceNotFoundException:
            return True
    until("stream gone", gone)


signal.alarm(90)
try:
    main()
except Exception as e:
    if os.environ.get("DEBUG"):
        raise
    sys.exit(f"FAIL in {step}: {type(e).__name__}: {e}")
print("OK boto3", boto3.__version__, "botocore", botocore.__version__)
