package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HttpDateTest {
    @Test
    void theDateFollowsTheClock() {
        AtomicLong millis = new AtomicLong(784_111_777_999L);
        HttpDate date = new HttpDate(() -> Instant.ofEpochMilli(millis.get()));

        assertThat(date.text()).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(date.line()).isSameAs(date.line());
        millis.incrementAndGet();
        assertThat(date.text()).isEqualTo("Sun, 06 Nov 1994 08:49:38 GMT");
        assertThat(new String(date.line(), StandardCharsets.US_ASCII))
                .isEqualTo("\r\ndate: Sun, 06 Nov 1994 08:49:38 GMT");
        millis.addAndGet(-1_000_000);
        assertThat(date.text()).isEqualTo("Sun, 06 Nov 1994 08:32:58 GMT");
    }
}
