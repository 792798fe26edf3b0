package io.millrace.ingest.streams;

import java.util.concurrent.atomic.LongAdder;

/**
 * What goes into a shard and out of it: counted always, limited where limits are on (AWS quotas, "Kinesis Data Streams
 * quotas and limits"). Thread-safe. Times in nanoseconds of {@link System#nanoTime}.
 */
public final class ShardTraffic {
    static final double BYTES_PER_SECOND = 1024.0 * 1024.0;
    static final double RECORDS_PER_SECOND = 1000;
    private static final double READS_PER_SECOND = 5;
    private static final double ITERATORS_PER_SECOND = 5;
    private static final double READ_BYTES_PER_SECOND = 2 * BYTES_PER_SECOND;
    private static final long LARGE_READ_BYTES = 2L * 1024 * 1024;

    private final boolean limited;
    private final LongAdder recordsIn = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final Allowance records = new Allowance(RECORDS_PER_SECOND);
    private final Allowance bytes = new Allowance(BYTES_PER_SECOND);
    private final Allowance reads = new Allowance(READS_PER_SECOND);
    private final Allowance iterators = new Allowance(ITERATORS_PER_SECOND);
    private final Allowance readBytes = new Allowance(READ_BYTES_PER_SECOND);

    ShardTraffic(boolean limited) {
        this.limited = limited;
    }

    /**
     * Lets a record in unless it is beyond the limits of 1,000 records and 1 MiB a second. A record above that size
     * passes when nothing else did for a second, and is paid for afterwards.
     */
    boolean admit(int recordBytes) {
        if (!limited) {
            return true;
        }
        synchronized (this) {
            long now = System.nanoTime();
            if (!records.has(1, now) || !bytes.has(Math.min(recordBytes, BYTES_PER_SECOND), now)) {
                return false;
            }
            records.spend(1, now);
            bytes.spend(recordBytes, now);
            return true;
        }
    }

    /** Counts records that were let in. */
    void count(int newRecords, long newBytes) {
        recordsIn.add(newRecords);
        bytesIn.add(newBytes);
    }

    /** Lets a GetRecords call begin unless it is beyond 5 calls or 2 MiB a second. */
    public boolean admitRead() {
        if (!limited) {
            return true;
        }
        synchronized (this) {
            long now = System.nanoTime();
            if (!reads.has(1, now) || !readBytes.has(0, now)) {
                return false;
            }
            reads.spend(1, now);
            return true;
        }
    }

    /** Lets a GetShardIterator call begin unless it is beyond 5 calls a second. */
    public boolean admitIterator() {
        if (!limited) {
            return true;
        }
        synchronized (this) {
            long now = System.nanoTime();
            if (!iterators.has(1, now)) {
                return false;
            }
            iterators.spend(1, now);
            return true;
        }
    }

    /** Notes what a GetRecords call has read: 10 MiB keep later calls out for five seconds. */
    public void countRead(long newBytes) {
        if (limited) {
            synchronized (this) {
                long now = System.nanoTime();
                if (newBytes > LARGE_READ_BYTES) {
                    readBytes.spendFromNow((double) newBytes, now);
                } else {
                    readBytes.spend((double) newBytes, now);
                }
            }
        }
    }

    /** Returns how many records were let in since the node was started. */
    public long recordsIn() {
        return recordsIn.sum();
    }

    /** Returns how many bytes of data and keys were let in since the node was started. */
    public long bytesIn() {
        return bytesIn.sum();
    }
}
