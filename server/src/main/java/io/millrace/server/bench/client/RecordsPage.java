package io.millrace.server.bench.client;

import org.jspecify.annotations.Nullable;

/**
 * What a reader needs of a GetRecords answer.
 *
 * @param nextIterator null at the end of a closed shard
 */
record RecordsPage(int records, @Nullable String nextIterator) {}
