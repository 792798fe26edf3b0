package io.millrace.firehose.control;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a/",
                "a//b/",
                "//",
                "../other/",
                "a/../b/",
                "a/./b/",
                "./",
                "a\u0000b/",
                "\u0000",
                "a\nb",
                "a\u007f",
                "!{timestamp:yyyy}/../",
                "!{timestamp:'/../'}x",
                "!{timestamp:''''}/!{timestamp:'..'}/",
            })
    void aPrefixThatNoObjectCanHaveIsRefused(String prefix) {
        assertThatThrownBy(() -> Prefixes.check(prefix, "errors/!{firehose:error-output-type}/", "UTC"))
                .hasMessageStartingWith("Prefix: must not");
        if (!prefix.contains("!{")) {
            assertThatThrownBy(() -> Prefixes.check("data/", prefix, "UTC"))
                    .hasMessageStartingWith("ErrorOutputPrefix: must not");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/",
                "a/b/",
                "..a/b../",
                "...",
                "..",
                "a b/\u00fc/",
                "year=!{timestamp:yyyy}/",
                "a=1&b/"
            })
    void otherPrefixesAreTaken(String prefix) {
        assertThatCode(() -> Prefixes.check(prefix, "errors/!{firehose:error-output-type}/", "UTC"))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {255, 256})
    void aPartIsAsLongAsTheNameOfAFileAtMost(int length) {
        String prefix = "x".repeat(length) + "/";
        if (length > 255) {
            assertThatThrownBy(() -> Prefixes.check(prefix, null, "UTC")).hasMessageContaining("255 bytes");
        } else {
            assertThatCode(() -> Prefixes.check(prefix, null, "UTC")).doesNotThrowAnyException();
        }
    }
}
