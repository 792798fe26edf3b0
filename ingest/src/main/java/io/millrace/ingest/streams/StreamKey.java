package io.millrace.ingest.streams;

import io.millrace.protocol.arn.Namespace;

/** What a stream is found by. */
public record StreamKey(Namespace namespace, String name) {

    public String arn() {
        return namespace.arn("kinesis", "stream/" + name);
    }
}
