package io.millrace.durable.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentStoreTest {
    @TempDir
    Path directory;

    @Test
    void aDamagedDocumentDoesNotKeepTheOthersFromBeingLoaded() throws IOException {
        DocumentStore store = DocumentStore.open(directory.resolve("documents"));
        store.put("one", bytes("1"));
        store.put("three", bytes("3"));
        store.put("two", bytes("two"));
        Files.createDirectory(directory.resolve("documents/unreadable.json"));

        DocumentStore.Loaded<Integer> loaded = store.load((key, content) -> Integer.valueOf(text(content)));
        assertThat(loaded.documents())
                .containsEntry("one", 1)
                .containsEntry("three", 3)
                .hasSize(2);
        assertThat(loaded.damaged()).extracting(DamagedDocument::key).containsExactly("two", "unreadable");
        assertThat(loaded.damaged().get(0).toString())
                .startsWith(directory.resolve("documents/two.json") + ": is damaged")
                .contains("restore it from a backup")
                .doesNotContain("\"two\"");
        assertThat(directory.resolve("documents/two.json")).hasContent("two");
    }

    @Test
    void aDocumentIsFoundWhateverElseLiesInTheFolder() throws IOException {
        DocumentStore store = DocumentStore.open(directory.resolve("documents"));
        store.put("one", bytes("1"));
        Files.createDirectory(directory.resolve("documents/two.json"));

        assertThat(store.find("one").map(DocumentStoreTest::text)).contains("1");
        assertThat(store.find("none")).isEmpty();
        assertThatThrownBy(() -> store.find("two"))
                .hasMessageStartingWith(directory.resolve("documents/two.json") + ": cannot be read (");
    }

    @Test
    void aDocumentOfASecretFolderIsItsOwnersAlone() throws IOException {
        DocumentStore.openPrivate(directory.resolve("secrets")).put("key", bytes("hush"));

        Path file = directory.resolve("secrets/key.json");
        assertThat(file).hasContent("hush");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] content) {
        return new String(content, StandardCharsets.UTF_8);
    }
}
