package io.millrace.analytics.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> NAMES = List.of("stream", "stream.arn", "format", "aws.region");

    @ParameterizedTest
    @CsvSource({
        "strem, stream",
        "STREAM, stream",
        "straem, stream",
        "stream.anr, stream.arn",
        "fromat, format",
        "awsregion, aws.region"
    })
    void aSlipOfThePenIsUnderstood(String written, String meant) {
        assertThat(NearestName.to(written, NAMES)).contains(meant);
    }

    @Test
    void anotherWordIsNot() {
        assertThat(NearestName.to("colour", NAMES)).isEmpty();
        assertThat(NearestName.to("x", NAMES)).isEmpty();
        assertThat(NearestName.to("", NAMES)).isEmpty();
    }
}
