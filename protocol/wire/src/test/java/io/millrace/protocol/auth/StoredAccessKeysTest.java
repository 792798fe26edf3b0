package io.millrace.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of access keys, which a command and a running node have open at the same time. */
class StoredAccessKeysTest {
    private static final AccessKey ALICE = new AccessKey("AKIAALICE", "secret/of+alice", "000000000000", "alice");
    private static final AccessKey BOB = new AccessKey("AKIABOB", "secret/of+bob", "123456789012", "bob");

    @TempDir
    Path directory;

    private StoredAccessKeys open() throws IOException {
        return StoredAccessKeys.open(directory.resolve("access-keys"), InstantSource.system());
    }

    @Test
    void whatWasAddedIsThereAfterARestart() throws IOException {
        StoredAccessKeys keys = open();
        keys.add(BOB);
        keys.add(ALICE);

        assertThat(open().list()).containsExactly(ALICE, BOB);
        assertThat(open().find("AKIABOB")).isEqualTo(BOB);
        assertThat(open().find("AKIAEVE")).isNull();
    }

    @Test
    void nobodyElseMayReadThem() throws IOException {
        open().add(ALICE);
        Path folder = directory.resolve("access-keys");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(all.get(0))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aRunningNodeTakesUpWhatACommandAddsAndRemoves() throws IOException {
        StoredAccessKeys node = open();
        StoredAccessKeys command = open();

        command.add(ALICE);
        assertThat(node.find("AKIAALICE")).isNull();
        node.refresh();
        assertThat(node.find("AKIAALICE")).isEqualTo(ALICE);

        assertThat(command.remove("AKIAALICE")).isTrue();
        node.refresh();
        assertThat(node.find("AKIAALICE")).isNull();
        assertThat(command.remove("AKIAALICE")).isFalse();
    }

    @Test
    void twoChangesWithinOneTickOfTheFileSystemsClockAreBothSeen() throws IOException {
        StoredAccessKeys node = open();
        Path folder = directory.resolve("access-keys");
        FileTime tick = FileTime.from(Instant.now());
        open().add(ALICE);
        Files.setLastModifiedTime(folder, tick);
        node.refresh();
        open().add(BOB);
        Files.setLastModifiedTime(folder, tick);
        node.refresh();

        assertThat(node.list()).containsExactly(ALICE, BOB);
    }

    @Test
    void anUnchangedFolderIsNotReadAgain() throws IOException {
        Path folder = directory.resolve("access-keys");
        open().add(ALICE);
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minusSeconds(60)));
        StoredAccessKeys node = open();
        AccessKey read = node.find("AKIAALICE");
        node.refresh();

        assertThat(node.find("AKIAALICE")).isSameAs(read);
    }

    @Test
    void anIdIsGivenOnceUntilItIsRemoved() throws IOException {
        StoredAccessKeys keys = open();
        keys.add(ALICE);
        AccessKey other = new AccessKey("AKIAALICE", "another", "000000000000", "");

        assertThatThrownBy(() -> open().add(other))
                .hasMessage("access key id: AKIAALICE (expected: one that is not in use)");
        assertThat(open().find("AKIAALICE")).isEqualTo(ALICE);
        keys.remove("AKIAALICE");
        keys.add(other);
        assertThat(open().find("AKIAALICE")).isEqualTo(other);
    }

    @Test
    void aDamagedDocumentIsNamedWithoutItsContentAndTheFormerKeysStay() throws IOException {
        StoredAccessKeys keys = open();
        keys.add(ALICE);
        Files.writeString(directory.resolve("access-keys/AKIABOB.json"), "{\"id\":\"AKIABOB\",\"secret\":\"hush");

        assertThatThrownBy(keys::refresh)
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "%s: the document of access key AKIABOB cannot be read; restore or delete it",
                        directory.resolve("access-keys"))
                .hasNoCause();
        assertThat(keys.find("AKIAALICE")).isEqualTo(ALICE);
    }

    @Test
    void aRemovedKeyIsShutOutThoughAnotherDocumentCannotBeRead() throws IOException {
        StoredAccessKeys node = open();
        StoredAccessKeys command = open();
        command.add(ALICE);
        command.add(BOB);
        node.refresh();
        command.remove("AKIAALICE");
        Path bob = directory.resolve("access-keys/AKIABOB.json");
        Files.delete(bob);
        Files.createDirectory(bob); // which cannot be read

        assertThatThrownBy(node::refresh).isInstanceOf(IOException.class);

        assertThat(node.find("AKIAALICE")).isNull();
        assertThat(node.find("AKIABOB")).isEqualTo(BOB);
    }

    @Test
    void aNewKeyHasTheFormOfThoseOfAwsAndDoesNotShowItsSecret() {
        AccessKey key = AccessKey.generate(new SecureRandom(), "000000000000", "ci");

        assertThat(key.id()).matches("AKIA[A-Z2-7]{16}");
        assertThat(key.secret()).matches("[A-Za-z0-9+/]{40}");
        assertThat(key.toString()).doesNotContain(key.secret());
        assertThat(AccessKey.generate(new SecureRandom(), "000000000000", "ci").id())
                .isNotEqualTo(key.id());
    }

    @Test
    void aKeyThatCouldNotBeUsedIsRefusedWithoutShowingItsSecret() {
        assertThatThrownBy(() -> new AccessKey("a/b", "s", "000000000000", ""))
                .hasMessage("access key id: a/b (expected: 1 to 128 letters, digits and underscores)");
        assertThatThrownBy(() -> new AccessKey("a", "s", "12", "")).hasMessage("account: 12 (expected: 12 digits)");
        assertThatThrownBy(() -> new AccessKey("a", "se cret", "000000000000", ""))
                .hasMessage("secret access key: 7 characters (expected: 1 to 128 ASCII characters without spaces)");
    }
}
