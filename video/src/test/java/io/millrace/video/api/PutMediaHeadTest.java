package io.millrace.video.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.endpoint.RequestHead;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class PutMediaHeadTest {

    private static PutMediaHead headWithStart(String start) {
        return PutMediaHead.of(new RequestHead(
                "POST",
                "/putMedia",
                "",
                new DefaultHttpHeaders().set("x-amzn-producer-start-timestamp", start),
                false,
                false));
    }

    @ParameterizedTest
    @CsvSource({
        "1476478437.123, 1476478437123",
        "1476478437, 1476478437000",
        "1.476478437123E9, 1476478437123",
        "1.4764784371239E9, 1476478437123",
        "0, 0",
        "2016-10-14T20:53:57.123Z, 1476478437123"
    })
    void theStartIsTakenInEveryFormThatProducersSend(String start, long millis) {
        assertThat(headWithStart(start).startMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1", "1e400000000", "1E99", "0x10", "12T", "+1000000000-12-31T23:59:59Z"})
    void whatIsNoTimeIsRefusedAtOnce(String start) {
        assertThatThrownBy(() -> headWithStart(start))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo("InvalidArgumentException"));
    }

    @Test
    void timecodesCountFromTheEpochUnlessTheyAreRelative() {
        assertThat(headWithStart("5").producerMillis(70, 1)).isEqualTo(70);
    }
}
