package io.millrace.durable.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentKeysTest {
    @Test
    void noTwoListsOfPartsHaveTheSameKey() {
        List<String> keys = Stream.of(
                        DocumentKeys.of("table", "a b", "c"),
                        DocumentKeys.of("table", "a", "b c"),
                        DocumentKeys.of("table", "a", "b", "c"),
                        DocumentKeys.of("table", "ab", "c"),
                        DocumentKeys.of("table", "a", "bc"),
                        DocumentKeys.of("table", "abc"),
                        DocumentKeys.of("table", "abc", ""),
                        DocumentKeys.of("table", "", "abc"),
                        DocumentKeys.of("database", "abc"))
                .toList();

        assertThat(keys).doesNotHaveDuplicates();
        assertThat(DocumentKeys.of("table", "a", "b")).isEqualTo(DocumentKeys.of("table", "a", "b"));
    }

    @Test
    void aKeyIsAsLongForAnyName() {
        assertThat(DocumentKeys.of("table", "../\0\n\ud83d\ude00".repeat(10_000)))
                .matches("table-[0-9a-f]{64}");
    }
}
