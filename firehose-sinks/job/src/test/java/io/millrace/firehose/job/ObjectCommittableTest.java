package io.millrace.firehose.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ObjectCommittableTest {
    private final ObjectCommittable.Serializer serializer = new ObjectCommittable.Serializer();

    @Test
    void aCommittableIsReadAsItWasWritten() throws IOException {
        ObjectCommittable object = new ObjectCommittable(
                "s3://lake/gr\u00fc\u00df/x.gz", 3, new byte[] {0, -1, 5}, true, 1_700_000_000_123L);
        assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(object)))
                .usingRecursiveComparison()
                .isEqualTo(object);
    }

    @Test
    void aVersionFromTheFutureIsRefused() {
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
                .hasMessage("committable: version 2 (expected: 1)");
    }
}
