package io.millrace.ingest.api;

import io.millrace.ingest.codec.DecodedRecords;
import io.millrace.ingest.codec.PutRecordBody;
import io.millrace.ingest.codec.PutRecordsBody;
import io.millrace.ingest.codec.PutRecordsOutput;
import io.millrace.ingest.streams.HashKey;
import io.millrace.ingest.streams.Placement;
import io.millrace.ingest.streams.RecordSource;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.Stream;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ErrorRenderer;
import io.millrace.protocol.api.Operation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code PutRecord} and {@code PutRecords} in the forms that clients send nearly always, without an object for a record.
 * Everything else takes the generic way of {@link PutHandlers}.
 */
final class HotPuts {
    private static final String ENCRYPTION_TYPE = "NONE";

    private final RecordStore records;
    private final StreamRefs refs;

    HotPuts(RecordStore records, StreamRefs refs) {
        this.records = records;
        this.refs = refs;
    }

    Operation putRecords(Operation generic) {
        return (call, body) -> {
            PutRecordsBody request = PutRecordsBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
            } else {
                Stream stream = refs.stream(request.streamName(), request.streamArn(), call);
                put(call, stream, request.records(), placement -> answerOf(call, placement));
            }
        };
    }

    Operation putRecord(Operation generic) {
        return (call, body) -> {
            PutRecordBody request = PutRecordBody.decode(body, call.format());
            if (request == null) {
                generic.serve(call, body);
            } else {
                Stream stream = refs.stream(request.streamName(), request.streamArn(), call);
                put(call, stream, request.record(), placement -> singleAnswerOf(call, placement));
            }
        };
    }

    private void put(CallContext call, Stream stream, DecodedRecords decoded, Function<Placement, ByteBuf> answer) {
        records.put(PutHandlers.writable(stream), new Source(stream, decoded))
                .whenCompleteAsync(
                        (placement, failure) -> {
                            if (failure != null) {
                                ErrorRenderer.answer(call, failure);
                            } else {
                                call.exchange()
                                        .answer(
                                                200,
                                                ErrorRenderer.headers(call.requestId(), call.format()),
                                                answer.apply(placement));
                            }
                        },
                        call.exchange().eventLoop());
    }

    private static ByteBuf answerOf(CallContext call, Placement placement) {
        PutRecordsOutput output = new PutRecordsOutput(call.format(), placement.count(), 0);
        for (int i = 0; i < placement.count(); i++) {
            output.placed(placement.shard(i), placement.offset(i), placement.arrivalEpochMillis(i));
        }
        return output.toByteBuf(ENCRYPTION_TYPE);
    }

    private static ByteBuf singleAnswerOf(CallContext call, Placement placement) {
        return Unpooled.wrappedBuffer(PutRecordsOutput.single(
                call.format(),
                placement.shard(0),
                placement.offset(0),
                placement.arrivalEpochMillis(0),
                ENCRYPTION_TYPE));
    }

    /** Decoded records whose hash keys and sizes have been looked at. */
    private static final class Source implements RecordSource {
        private final DecodedRecords records;
        private final @Nullable HashKey[] hashKeys;

        Source(Stream stream, DecodedRecords records) {
            this.records = records;
            this.hashKeys = new @Nullable HashKey[records.count()];
            for (int i = 0; i < records.count(); i++) {
                hashKeys[i] = PutHandlers.hashKey(records.explicitHashKey(i));
                PutHandlers.refuseLarge(stream, records.dataLength(i));
            }
        }

        @Override
        public int count() {
            return records.count();
        }

        @Override
        public byte[] keyArray(int record) {
            return records.keyArray(record);
        }

        @Override
        public int keyOffset(int record) {
            return records.keyOffset(record);
        }

        @Override
        public int keyLength(int record) {
            return records.keyLength(record);
        }

        @Override
        public @Nullable HashKey explicitHashKey(int record) {
            return hashKeys[record];
        }

        @Override
        public int dataLength(int record) {
            return records.dataLength(record);
        }

        @Override
        public void copyData(int record, byte[] target, int at) {
            records.copyData(record, target, at);
        }
    }
}
