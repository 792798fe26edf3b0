package io.millrace.analytics.connector.source;

import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;

/** Sent by a reader to the enumerator: these shards were read to their end, so their children may be read. */
record ShardsFinished(List<String> shardIds) implements SourceEvent {}
