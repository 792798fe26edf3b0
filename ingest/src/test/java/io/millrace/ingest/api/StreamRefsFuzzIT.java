package io.millrace.ingest.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.ingest.streams.StreamKey;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Namespace;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Any text is the ARN of a stream of the caller's, whose key gives that ARN again, or is refused. */
class StreamRefsFuzzIT {
    private static final Set<String> REFUSALS =
            Set.of("InvalidArgumentException", "AccessDeniedException", "ResourceNotFoundException");

    @FuzzTest
    void arn(byte[] text) {
        Namespace caller = Namespace.DEFAULT;
        String arn = new String(text, StandardCharsets.UTF_8);
        StreamKey key;
        try {
            key = StreamRefs.keyOf(arn, Calls.of(caller));
        } catch (ServiceException e) {
            assertThat(e.code()).isIn(REFUSALS);
            return;
        }
        assertThat(key.namespace()).isEqualTo(caller);
        assertThat(key.name()).doesNotContain("/");
        assertThat(StreamRefs.keyOf(key.arn(), Calls.of(caller))).isEqualTo(key);
    }
}
