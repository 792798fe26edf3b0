package io.millrace.firehose.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class ObjectKeysTest {
    private static final long OLDEST = Instant.parse("2018-08-27T23:30:45.678Z").toEpochMilli();
    private static final String UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    private final ObjectKeys keys = new ObjectKeys("orders", "1", "UTC");

    /** Everything but the suffix, which is checked to be the usual one. */
    private static String prefixOf(String key, String time, String extension) {
        Pattern suffix = Pattern.compile("orders-1-" + time + "-" + UUID_PATTERN + Pattern.quote(extension) + "$");
        assertThat(key).containsPattern(suffix);
        return suffix.matcher(key).replaceFirst("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "``; 2018/08/27/23/",
                "raw/; raw/2018/08/27/23/",
                "raw; raw2018/08/27/23/",
                "!{timestamp:yyyy/MM/dd}/; 2018/08/27/",
                "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/; year=2018/month=08/day=27/",
                "!{timestamp:'year='yyyy'/h='HH}/; year=2018/h=23/",
                "!{timestamp:yyyy'''s'}/; 2018's/",
                "!{timestamp:EEE-w-DDD-a-SSS}/; Mon-35-239-PM-678/",
                "a$b\\c/!{timestamp:yyyy}/; a$b\\c/2018/",
                "{x}/!{timestamp:yyyy}/; {x}/2018/"
            })
    void aPrefixIsEvaluatedAtTheArrivalOfTheOldestRecord(String prefix, String expected) {
        assertThat(prefixOf(keys.dataKey(prefix, OLDEST, "id", ".gz"), "2018-08-27-23-30-45", ".gz"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "Asia/Tokyo, 2018/08/28/08/, 2018-08-28-08-30-45",
        "America/New_York, 2018/08/27/19/, 2018-08-27-19-30-45",
        "Asia/Kolkata, 2018/08/28/05/, 2018-08-28-05-00-45",
        "UTC, 2018/08/27/23/, 2018-08-27-23-30-45"
    })
    void theTimeZoneHoldsForPrefixAndSuffix(String zone, String prefix, String suffixTime) {
        String key = new ObjectKeys("orders", "1", zone).dataKey("", OLDEST, "id", "");
        assertThat(prefixOf(key, suffixTime, "")).isEqualTo(prefix);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "``; data/; data/format-conversion-failed/2018/08/27/23/",
                "``; ``; format-conversion-failed/2018/08/27/23/",
                "``; data/!{timestamp:yyyy}/; data/2018/format-conversion-failed/2018/08/27/23/",
                "errors/; data/; errors/format-conversion-failed/2018/08/27/23/",
                "errors/!{firehose:error-output-type}/; data/; errors/format-conversion-failed/",
                "e/!{firehose:error-output-type}/!{timestamp:yyyy}/; data/; e/format-conversion-failed/2018/",
                "!{timestamp:yyyy}/!{firehose:error-output-type}-; data/; 2018/format-conversion-failed-"
            })
    void anErrorPrefixSaysWhatWentWrong(String errorPrefix, String prefix, String expected) {
        String key = keys.errorKey(errorPrefix, prefix, "format-conversion-failed", OLDEST, "id");
        assertThat(prefixOf(key, "2018-08-27-23-30-45", "")).isEqualTo(expected);
    }

    @Test
    void aRandomStringHasElevenCharactersAndIsAnotherAtEachPlaceButTheSameForTheSameContent() {
        String prefix = "!{firehose:random-string}/!{firehose:random-string}/!{timestamp:yyyy}/";
        String key = keys.dataKey(prefix, OLDEST, "id", "");
        assertThat(key).matches("[0-9a-f]{8}-[0-9a-f]{2}/[0-9a-f]{8}-[0-9a-f]{2}/2018/orders-.*");
        assertThat(key.substring(0, 11)).isNotEqualTo(key.substring(12, 23));
        assertThat(keys.dataKey(prefix, OLDEST, "id", "")).isEqualTo(key);
        assertThat(keys.dataKey(prefix, OLDEST, "other", "").substring(0, 11)).isNotEqualTo(key.substring(0, 11));
    }

    @Test
    void theSameContentHasTheSameNameAndOtherContentAnother() {
        String key = keys.dataKey("", OLDEST, "id", ".gz");
        assertThat(keys.dataKey("", OLDEST, "id", ".gz")).isEqualTo(key);
        assertThat(keys.dataKey("", OLDEST, "other", ".gz")).isNotEqualTo(key);
        assertThat(new ObjectKeys("orders", "2", "UTC").dataKey("", OLDEST, "id", ".gz"))
                .doesNotEndWith(key.substring(key.length() - 39));
    }

    @Test
    void dataAndErrorsOfOneBatchHaveDifferentNamesUnderTheSamePrefix() {
        String data = keys.dataKey("x/", OLDEST, "id", "");
        String error = keys.errorKey("x/", "x/", "format-conversion-failed", OLDEST, "id");
        assertThat(data.substring(data.lastIndexOf('/'))).isNotEqualTo(error.substring(error.lastIndexOf('/')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"!{firehose:random}/", "!{timestamp:bb}/", "!{timestamp:'open}/", "!{firehose:}/"})
    void anIllegalExpressionIsRefused(String prefix) {
        assertThatThrownBy(() -> keys.dataKey(prefix, OLDEST, "id", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
