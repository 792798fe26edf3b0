package io.millrace.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.log.StoredRecord;
import io.millrace.ingest.streams.HashKeyRange;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardInfo;
import io.millrace.protocol.endpoint.BodyPieces;
import io.millrace.protocol.shape.BodyFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an answer takes of the budget while a client takes it. */
@Timeout(20)
class RecordsAnswerTest {
    private static final int RECORD_BYTES = 9_000_000;
    private static final int BASE64_BYTES = RECORD_BYTES / 3 * 4;
    private static final long LIMIT_BYTES = 40L << 20;

    private final ReadBudget budget = new ReadBudget(ReadBudget.Sizes.OF_ANSWERS, LIMIT_BYTES);

    private static List<StoredRecord> records(int bytes) {
        return List.of(StoredRecord.of(0, 0, new byte[] {'k'}, new byte[bytes]));
    }

    private RecordsAnswer answer(List<StoredRecord> records, ReadBudget.Share share) {
        ShardInfo shard = new ShardInfo(0, 0, HashKeyRange.evenly(1).get(0), 1, 0, null, null, null);
        return new RecordsAnswer(
                BodyFormat.JSON_1_1,
                shard,
                new RecordStore.Batch(records, records.get(0).dataLength(), 1, 0),
                new RecordsAnswer.Ending("next", 0, null),
                share);
    }

    @Test
    void aLargeRecordThatIsWrittenAsAWholeIsCountedUntilMostOfItIsTaken() {
        List<StoredRecord> records = records(RECORD_BYTES);
        ReadBudget.Share share = budget.take();
        assertThat(share.keepRecords(RECORD_BYTES + RecordsAnswer.mostAtOnceBytes(records, BodyFormat.JSON_1_1)))
                .isTrue();
        assertThat(budget.bytes()).isGreaterThan(RECORD_BYTES + BASE64_BYTES);
        RecordsAnswer answer = answer(records, share);

        long taken = 0;
        while (taken < answer.lengthBytes() - 2 * BodyPieces.PIECE_BYTES) {
            ByteBuf piece = answer.next(UnpooledByteBufAllocator.DEFAULT);
            taken += piece.readableBytes();
            piece.release();
            assertThat(budget.bytes()).as("when %d were taken", taken).isGreaterThanOrEqualTo(BASE64_BYTES);
        }
        answer.close();
        assertThat(budget.bytes()).isZero();
    }

    @Test
    void smallRecordsAreWrittenAFewAtATimeAndCountForNothingMore() {
        assertThat(RecordsAnswer.mostAtOnceBytes(records(100_000), BodyFormat.JSON_1_1))
                .isZero();
    }
}
