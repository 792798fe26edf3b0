package io.millrace.ingest.log.faults;

import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.StoredRecord;
import java.io.IOException;
import java.util.List;

/** Reads every record of a log and tells a journal what it saw. Nothing may be appended meanwhile. */
final class Reading {
    private static final int RECORDS = 1000;
    private static final long BYTES = 1024 * 1024;
    /** So many offsets that are said to be unreadable are tried. */
    private static final int TRIED = 20;

    private final ShardLog log;
    private final Journal journal;

    private Reading(ShardLog log, Journal journal) {
        this.log = log;
        this.journal = journal;
    }

    /**
     * Reads the shards from 0 on.
     *
     * <p>Where the log reports damage, reading goes on where the log says, after a look whether nothing readable is left
     * out.
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
        while (from < end) {
            List<StoredRecord> records;
            try {
                records = log.read(shard, from, RECORDS, BYTES);
            } catch (IOException e) {
                long resume = e instanceof CorruptLogException damage ? damage.resumeOffset() : from + 1;
                journal.unreadable(shard, from, resume, e.toString());
                tryEach(shard, from, Math.min(resume, end));
                from = Math.max(from + 1, resume);
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

    /** Tells of a record that can be read although the log has said that none can be before the end. */
    private void tryEach(long shard, long from, long end) {
        for (long offset = from; offset < Math.min(end, from + TRIED); offset++) {
            try {
                if (!log.read(shard, offset, 1, 1).isEmpty()) {
                    journal.damaged(shard, offset, "it can be read, and was to be passed over up to %d".formatted(end));
                    return;
                }
            } catch (IOException e) {
                // as it was said
            }
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
