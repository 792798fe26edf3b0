"""Creates a table and a delivery stream, puts records, describes, lists and deletes. Prints OK or what was wrong."""
import sys

import boto3

settings = dict(
    endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
glue = boto3.client("glue", **settings)
firehose = boto3.client("firehose", **settings)

glue.create_database(DatabaseInput={"Name": "boto"})
glue.create_table(
    DatabaseName="boto",
    TableInput={"Name": "clicks", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}})
assert glue.get_table(DatabaseName="boto", Name="clicks")["Table"]["StorageDescriptor"]["Columns"] == [
    {"Name": "id", "Type": "bigint"}]

arn = firehose.create_delivery_stream(
    DeliveryStreamName="clicks",
    ExtendedS3DestinationConfiguration={
        "BucketARN": "arn:aws:s3:::lake",
        "RoleARN": "arn:aws:iam::000000000000:role/delivery",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DataFormatConversionConfiguration": {
            "Enabled": True,
            "SchemaConfiguration": {"DatabaseName": "boto", "TableName": "clicks"},
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "GZIP"}}}}})
assert arn["DeliveryStreamARN"].endswith(":deliverystream/clicks"), arn
assert firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b'{"id":1}'})["RecordId"]
batch = firehose.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": b"{}"}] * 3)
assert batch["FailedPutCount"] == 0 and len(batch["RequestResponses"]) == 3, batch
described = firehose.describe_delivery_stream(DeliveryStreamName="clicks")["DeliveryStreamDescription"]
assert described["DeliveryStreamStatus"] == "ACTIVE", described
assert {"ExtendedS3DestinationDescription", "S3DestinationDescription"} <= set(described["Destinations"][0])
assert firehose.list_delivery_streams()["DeliveryStreamNames"] == ["clicks"]
try:
    firehose.put_record_batch(DeliveryStreamName="nowhere", Records=[{"Data": b"{}"}])
    raise AssertionError("a stream that does not exist took a record")
except firehose.exceptions.ResourceNotFoundException:
    pass
firehose.delete_delivery_stream(DeliveryStreamName="clicks")
print("OK")
