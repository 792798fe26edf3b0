package io.millrace.ingest.codec;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.protocol.shape.BodyFormat;

/** Whatever the hot decoders take of any bytes means what the generic reader reads; {@code ingest/fuzz} looks for new bytes. */
class CodecFuzzIT {
    @FuzzTest
    void json(byte[] body) {
        PutDecodersTest.assertSame(body, BodyFormat.JSON_1_1);
    }

    @FuzzTest
    void cbor(byte[] body) {
        PutDecodersTest.assertSame(body, BodyFormat.CBOR);
    }
}
