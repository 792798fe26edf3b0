package io.millrace.analytics.connector.source;

import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.jspecify.annotations.Nullable;

/** Records on their way to the task; gives their room in the budget back when the task has them all. */
final class FetchedRecords implements RecordsWithSplitIds<KinesisRecord> {
    private final RecordsWithSplitIds<KinesisRecord> records;
    private final FetchBudget budget;
    private long bytes;

    FetchedRecords(RecordsWithSplitIds<KinesisRecord> records, FetchBudget budget, long bytes) {
        this.records = records;
        this.budget = budget;
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public @Nullable String nextSplit() {
        return records.nextSplit();
    }

    @Override
    public @Nullable KinesisRecord nextRecordFromSplit() {
        return records.nextRecordFromSplit();
    }

    @Override
    public Set<String> finishedSplits() {
        return records.finishedSplits();
    }

    @Override
    public void recycle() {
        records.recycle();
        budget.giveBack(bytes);
        bytes = 0;
    }
}
