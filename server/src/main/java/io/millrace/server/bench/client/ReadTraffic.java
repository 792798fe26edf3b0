package io.millrace.server.bench.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Readers of shards from an iterator to where a page is empty: each connection takes the next shard that nobody reads.
 * Once all are taken they are read again, always all of them, until the time is over.
 */
public final class ReadTraffic implements Traffic {
    private static final int OK = 200;

    private final Requests requests;
    private final List<String> iterators;
    private final int limit;
    private final int recordBytes;
    private final PageReader[] readers;
    private final @Nullable String[] positions;
    private final long againUntilNanos;
    private int nextShard;
    private int passes = 1;

    /**
     * @param limit records of a page at most
     * @param again for how long another pass is begun when one ends
     */
    public ReadTraffic(
            Requests requests, List<String> iterators, int connections, int limit, int recordBytes, Duration again) {
        this.againUntilNanos = System.nanoTime() + again.toNanos();
        this.requests = requests;
        this.iterators = List.copyOf(iterators);
        this.limit = limit;
        this.recordBytes = recordBytes;
        this.positions = new String[connections];
        this.readers = new PageReader[connections];
        Arrays.setAll(readers, connection -> new PageReader(requests.format(), recordBytes));
    }

    @Override
    public @Nullable ByteBuffer next(int connection) {
        String position = positions[connection];
        if (position == null) {
            position = nextShard();
        }
        return position == null ? null : requests.getRecords(position, limit);
    }

    private @Nullable String nextShard() {
        if (nextShard == iterators.size() && System.nanoTime() < againUntilNanos) {
            nextShard = 0;
            passes++;
        }
        return nextShard < iterators.size() ? iterators.get(nextShard++) : null;
    }

    /** Returns how many times each shard was read, or is being. */
    public int passes() {
        return passes;
    }

    @Override
    public BodySink sink(int connection) {
        return readers[connection];
    }

    @Override
    public Outcome answered(int connection, ResponseScanner answer) throws IOException {
        if (answer.status() != OK) {
            positions[connection] = null;
            return Outcome.failed(readers[connection].errorName(answer.status()));
        }
        RecordsPage page = readers[connection].page();
        positions[connection] = page.records() == 0 ? null : page.nextIterator();
        return new Outcome(page.records(), (long) page.records() * recordBytes, null);
    }
}
