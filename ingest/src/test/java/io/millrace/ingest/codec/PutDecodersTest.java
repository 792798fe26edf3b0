package io.millrace.ingest.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.shape.BodyFormat;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;

/** The hot decoders against the generic ones. */
@Timeout(60)
class PutDecodersTest {
    private static final BodyFormat[] FORMATS = {BodyFormat.JSON_1_1, BodyFormat.CBOR};
    private static final int REQUESTS_A_SEED = 40;
    private static final int MUTATIONS_A_REQUEST = 300;

    static LongStream seeds() {
        return LongStream.concat(
                LongStream.range(0, 100), ThreadLocalRandom.current().longs(10));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyFormThatClientsSendIsTakenAndMeansTheSame(long seed) {
        RandomInput random = new RandomInput(seed);
        for (int i = 0; i < REQUESTS_A_SEED; i++) {
            PutRecordsRequest many = random.putRecords(i % 10 == 0 ? 500 : 5, 100);
            PutRecordRequest one = random.putRecord(3000);
            for (BodyFormat format : FORMATS) {
                byte[] body = random.body(many, format);
                assertThat(GenericInput.hotPutRecords(body, format))
                        .isNotNull()
                        .isEqualTo(GenericInput.putRecords(body, format));
                body = random.body(one, format);
                assertThat(GenericInput.hotPutRecord(body, format))
                        .isNotNull()
                        .isEqualTo(GenericInput.putRecord(body, format));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whateverIsTakenOfAChangedBodyMeansTheSame(long seed) {
        RandomInput random = new RandomInput(seed);
        for (BodyFormat format : FORMATS) {
            byte[] many = random.body(random.putRecords(3, 40), format);
            byte[] one = random.body(random.putRecord(40), format);
            for (int i = 0; i < MUTATIONS_A_REQUEST; i++) {
                assertSame(random.mutated(many), format);
                assertSame(random.mutated(one), format);
                assertSame(random.mutated(random.mutated(many)), format);
            }
            for (int length = 0; length < many.length; length++) {
                assertThat(PutRecordsBody.decode(Arrays.copyOf(many, length), format))
                        .isNull();
            }
            for (int length = 0; length < one.length; length++) {
                assertThat(PutRecordBody.decode(Arrays.copyOf(one, length), format))
                        .isNull();
            }
        }
    }

    static void assertSame(byte[] body, BodyFormat format) {
        GenericInput.PutRecords many = GenericInput.hotPutRecords(body, format);
        if (many != null) {
            assertThat(many).isEqualTo(GenericInput.putRecords(body, format));
        }
        GenericInput.PutRecord one = GenericInput.hotPutRecord(body, format);
        if (one != null) {
            assertThat(one).isEqualTo(GenericInput.putRecord(body, format));
        }
        GetRecordsBody read = GetRecordsBody.decode(body, format);
        if (read != null) {
            assertThat(read).isEqualTo(GenericInput.getRecords(body, format));
        }
    }
}
