package io.millrace.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredKeyTest {
    private static final String UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

    @ParameterizedTest
    @CsvSource({
        "a/b/c.json, a+/b+/c.json",
        "a/, a+/%",
        "/, +/%",
        "a//b, a+/+/b",
        ".., %2e.",
        "../x, ..+/x",
        "Orders-2026, ^orders-2026",
        "a+~^%, a%2b%7e%5e%25",
        "ä, %c3%a4",
        "p-" + UUID + ", p%2d" + UUID,
    })
    void theNameOfAKeyIs(String key, String path) {
        assertThat(StoredKey.path(key)).isEqualTo(path);
        assertThat(keyOf(path)).isEqualTo(key);
    }

    /** Random keys of what is likely to collide, on a file system that ignores case and normalizes Unicode. */
    @Test
    void noTwoKeysShareAPathAndEveryPathTellsItsKey() {
        String[] pieces = {
            "/", "a", "A", ".", "+", "~", "%", "^", "-", "é", "e\u0301", "\u0000", "\uD83D\uDE00", "b".repeat(199)
        };
        Random random = new Random(7);
        Map<String, String> files = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            StringBuilder made = new StringBuilder();
            for (int length = random.nextInt(7); length >= 0; length--) {
                made.append(pieces[random.nextInt(pieces.length)]);
            }
            String key = made.toString();
            String path = StoredKey.path(key);
            assertThat(keyOf(path)).isEqualTo(key);
            String folded = Normalizer.normalize(path, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
            assertThat(files.putIfAbsent(folded, key)).isIn(null, key);
            assertThat(Path.of(path).normalize()).hasToString(path);
            for (Path part : Path.of(path)) {
                assertThat(part.toString().length()).isLessThanOrEqualTo(205);
            }
        }
        for (String file : files.keySet()) {
            for (Path above = Path.of(file).getParent(); above != null; above = above.getParent()) {
                assertThat(files).as("directories that are files too").doesNotContainKey(above.toString());
            }
        }
    }

    @Test
    void namesOfFilesBeingWrittenBelongToNoKey() {
        assertThat(StoredKey.isBeingWritten("c.json-" + UUID)).isTrue();
        assertThat(StoredKey.isBeingWritten(StoredKey.path("c.json-" + UUID))).isFalse();
        assertThat(StoredKey.decode("%zz")).isNull();
        assertThat(StoredKey.decode("%ff")).isNull();
    }

    private static String keyOf(String path) {
        StringBuilder key = new StringBuilder();
        for (String part : path.split("/", -1)) {
            key.append(StoredKey.decode(part));
        }
        return key.toString();
    }
}
