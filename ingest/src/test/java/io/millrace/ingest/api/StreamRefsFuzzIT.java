package io.millrace.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.api.ServiceException;
import java.nio.charset.StandardCharsets;

/** Any text is the ARN of a stream, whose key gives that ARN again, or is refused. */
class StreamRefsFuzzIT {
    @FuzzTest
    void arn(byte[] text) {
        String arn = new String(text, StandardCharsets.UTF_8);
        StreamKey key;
        try {
            key = StreamRefs.keyOfArn(arn);
        } catch (ServiceException e) {
            assertThat(e.code()).isEqualTo("InvalidArgumentException");
            return;
        }
        assertThat(key.name()).doesNotContain("/");
        assertThat(StreamRefs.keyOfArn(key.namespace().arn("kinesis", "stream/" + key.name())))
                .isEqualTo(key);
    }
}
