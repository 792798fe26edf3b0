package io.millrace.ingest.log.faults;

import io.millrace.ingest.log.Appended;
import io.millrace.ingest.log.LogBusyException;
import io.millrace.ingest.log.NewRecord;
import io.millrace.ingest.log.ShardBatch;
import io.millrace.ingest.log.ShardLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writers that append without end, each with several appends under way. What was refused is not sent again: a later
 * attempt is a new record, so that nothing may ever be read twice.
 */
final class Load {
    private static final int BATCH_RECORDS = 10;
    private static final long PAUSE_MILLIS = 5;

    private final ShardLog log;
    private final Journal journal;
    private final Shape shape;
    private final long seed;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Throwable> defects = new ArrayList<>();
    private final AtomicLong ackedBytes = new AtomicLong();
    private final AtomicLong busy = new AtomicLong();
    private volatile boolean stopping;
    private volatile String failure = "";

    private Load(ShardLog log, Journal journal, Shape shape, long seed) {
        this.log = log;
        this.journal = journal;
        this.shape = shape;
        this.seed = seed;
    }

    /**
     * How much is appended to what.
     *
     * @param outstanding appends that one writer has under way
     * @param shards how many, from 0 on
     * @param largestBytes the largest record; one in a hundred may be as large
     * @param appends after how many a writer ends
     */
    record Shape(int writers, int outstanding, int shards, int largestBytes, int appends) {
        /** Several writers, several shards, records of up to 1 MiB. */
        static final Shape USUAL = new Shape(3, 4, 5, 1024 * 1024, Integer.MAX_VALUE);

        static Shape parse(String text) {
            String[] fields = text.split(",", 5);
            return new Shape(
                    Integer.parseInt(fields[0]),
                    Integer.parseInt(fields[1]),
                    Integer.parseInt(fields[2]),
                    Integer.parseInt(fields[3]),
                    Integer.parseInt(fields[4]));
        }

        /** The same without anybody who writes. */
        Shape silent() {
            return new Shape(0, outstanding, shards, largestBytes, appends);
        }

        String text() {
            return "%d,%d,%d,%d,%d".formatted(writers, outstanding, shards, largestBytes, appends);
        }
    }

    /** Begins to append. Writers are numbered from {@code firstWriter} on; no number may be used twice for one log. */
    static Load start(ShardLog log, Journal journal, Shape shape, long seed, int firstWriter) {
        Load load = new Load(log, journal, shape, seed);
        for (int writer = firstWriter; writer < firstWriter + shape.writers(); writer++) {
            Writer running = load.new Writer(writer);
            Thread thread = new Thread(running, "writer " + writer);
            thread.setDaemon(true);
            load.threads.add(thread);
            thread.start();
        }
        return load;
    }

    /** Waits for writers that end by themselves and for the answers to what they sent. */
    void await() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Ends the writers and waits for the answers to what they sent. */
    void stop() throws InterruptedException {
        stopping = true;
        await();
        synchronized (defects) {
            if (!defects.isEmpty()) {
                throw new AssertionError("a writer ended by itself", defects.get(0));
            }
        }
    }

    /** Returns the bytes of data that were acknowledged so far. */
    long ackedBytes() {
        return ackedBytes.get();
    }

    /** Returns how many appends were refused since too much was under way. */
    long busy() {
        return busy.get();
    }

    /** Returns why an append failed; empty while none has. */
    String failure() {
        return failure;
    }

    private record Sent(long shard, long firstId, int count, long bytes) {}

    private final class Writer implements Runnable {
        private final int number;
        private final Random random;
        private final Semaphore free = new Semaphore(shape.outstanding());
        private int counter;
        private volatile boolean pause;

        Writer(int number) {
            this.number = number;
            this.random = new Random(seed * 1_000_003 + number);
        }

        @Override
        public void run() {
            try {
                for (int i = 0; i < shape.appends() && !stopping; i++) {
                    free.acquire();
                    if (pause) {
                        pause = false;
                        Thread.sleep(PAUSE_MILLIS);
                    }
                    append();
                }
                free.acquire(shape.outstanding());
            } catch (InterruptedException | RuntimeException e) {
                synchronized (defects) {
                    defects.add(e);
                }
            }
        }

        private void append() {
            List<ShardBatch> batches = new ArrayList<>();
            List<Sent> sent = new ArrayList<>();
            int first = random.nextInt(shape.shards());
            int count = 1 + random.nextInt(Math.min(3, shape.shards()));
            for (int i = 0; i < count; i++) {
                batches.add(batch((first + i) % shape.shards(), sent));
            }
            log.append(batches).whenComplete((appended, failed) -> {
                if (failed == null) {
                    acked(sent, appended);
                } else {
                    refused(sent, failed);
                }
                free.release();
            });
        }

        private ShardBatch batch(long shard, List<Sent> sent) {
            int[] lengths = new int[1 + random.nextInt(BATCH_RECORDS)];
            List<NewRecord> records = new ArrayList<>();
            long firstId = Payload.id(number, counter);
            long bytes = 0;
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = length();
                bytes += lengths[i];
                records.add(Payload.record(shard, Payload.id(number, counter++), lengths[i]));
            }
            journal.sent(shard, firstId, lengths);
            sent.add(new Sent(shard, firstId, lengths.length, bytes));
            return new ShardBatch(shard, records);
        }

        private int length() {
            int kind = random.nextInt(100);
            int largest = kind < 90 ? 2000 : kind < 99 ? 64 * 1024 : shape.largestBytes();
            return Payload.MIN_BYTES + random.nextInt(Math.max(1, Math.min(largest, shape.largestBytes())));
        }

        private void acked(List<Sent> sent, List<Appended> appended) {
            for (int i = 0; i < sent.size(); i++) {
                Sent batch = sent.get(i);
                Appended place = appended.get(i);
                journal.acked(
                        batch.shard(), batch.firstId(), batch.count(), place.firstOffset(), place.arrivalEpochMillis());
                ackedBytes.addAndGet(batch.bytes());
            }
        }

        /** A new file that cannot be made harms only what had to wait for it, and is tried again. */
        private static boolean isWithoutFile(@Nullable Throwable failed) {
            return String.valueOf(failed).contains("the write-ahead log cannot begin its next file");
        }

        private void refused(List<Sent> sent, @Nullable Throwable failed) {
            boolean wasBusy = failed instanceof LogBusyException || isWithoutFile(failed);
            String why = wasBusy ? Journal.BUSY : String.valueOf(failed);
            sent.forEach(batch -> journal.refused(batch.shard(), batch.firstId(), why));
            if (wasBusy) {
                busy.incrementAndGet();
            } else if (failure.isEmpty()) {
                failure = why;
            }
            pause = true;
        }
    }
}
