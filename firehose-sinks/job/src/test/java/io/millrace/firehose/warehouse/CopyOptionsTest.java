package io.millrace.firehose.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class CopyOptionsTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "``; DELIMITED; false; |",
                "JSON 'auto'; JSON; false; |",
                "json 'auto' gzip; JSON; true; |",
                "FORMAT AS JSON 'auto ignorecase'; JSON; false; |",
                "format json as 'auto' GZIP; JSON; true; |",
                "CSV; CSV; false; ,",
                "FORMAT CSV DELIMITER '~'; CSV; false; ~",
                "DELIMITER AS '#' GZIP; DELIMITED; true; #",
                "delimiter ','; DELIMITED; false; `,`"
            })
    void theOptionsOfRedshiftsCopyAreUnderstood(String text, CopyOptions.Form form, boolean gzip, char delimiter) {
        assertThat(CopyOptions.parse(text)).isEqualTo(new CopyOptions(form, gzip, delimiter));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELIMITER '\\t'", "DELIMITER '\t'"})
    void aTabMayBeWrittenInTwoWays(String text) {
        assertThat(CopyOptions.parse(text).delimiter()).isEqualTo('\t');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JSON 's3://bucket/paths.json'",
                "FIXEDWIDTH '1:2'",
                "JSON 'auto' TIMEFORMAT 'auto'",
                "LZOP",
                "DELIMITER '||'",
                "JSON"
            })
    void anOptionThatIsNotAvailableIsRefused(String text) {
        assertThatThrownBy(() -> CopyOptions.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("CopyOptions: ");
    }
}
