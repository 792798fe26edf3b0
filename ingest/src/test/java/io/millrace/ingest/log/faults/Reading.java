package io.millrace.ingest.log.faults;

import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.util.List;

/** Reads every record of a log and tells a journal what it saw. Nothing may be appended meanwhile. */
final class Reading {
    private static final int RECORDS = 1000;
    private static final long BYTES = 1024 * 1024;
    private static final int UNREADABLE_LIMIT = 5000;

    private final ShardLog log;
    private final Journal journal;

    private Reading(ShardLog log, Journal journal) {
        this.log = log;
        this.journal = journal;
    }

    /**
     * Reads the shards from 0 on.
     *
     * <p>Where the log reports damage, the record is noted as unreadable and reading goes on with the next one.
     */
    static void of(ShardLog log, int shards, Journal journal) {
        Reading reading = new Reading(log, journal);
        journal.readingBegins();
        for (long shard = 0; shard < shards; shard++) {
            reading.readShard(shard);
        }
        journal.readingEnds();
    }

    private void readShard(long shard) {
        long first = log.firstOffset(shard);
        long end = log.endOffset(shard);
        long from = first;
        int unreadable = 0; // bounds the time, should damage make the end offset huge
        while (from < end && unreadable < UNREADABLE_LIMIT) {
            List<StoredRecord> records;
            try {
                records = readSome(shard, from);
            } catch (IOException e) {
                journal.unreadable(shard, from, e.toString());
                unreadable++;
                from++;
                continue;
            }
            if (records.isEmpty()) {
                break; // the checker sees that the end was not reached
            }
            for (StoredRecord record : records) {
                tell(shard, record);
                from = Math.max(from, record.offset()) + 1;
            }
        }
        journal.shardEnds(shard, first, end);
    }

    /** A read that fails may have met damage behind its first record. */
    private List<StoredRecord> readSome(long shard, long from) throws IOException {
        try {
            return log.read(shard, from, RECORDS, BYTES);
        } catch (IOException e) {
            return log.read(shard, from, 1, 1);
        }
    }

    private void tell(long shard, StoredRecord record) {
        String fault = Payload.faultOf(shard, record);
        if (fault.isEmpty()) {
            journal.read(
                    shard, record.offset(), record.arrivalEpochMillis(), Payload.idOf(record), record.data().length);
        } else {
            journal.damaged(shard, record.offset(), fault);
        }
    }
}
