package io.millrace.ingest.log.keys;

import io.millrace.durable.documents.DamagedDocument;
import io.millrace.durable.documents.DocumentStore;
import io.millrace.ingest.log.KeyProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Master keys in a folder of their own, which only the owner may read: one document for each key id, with its versions
 * in base64, a line each. A key comes to be when it is first asked for.
 *
 * <p>A wrapped data key is the version (4 bytes), an initialization vector (12), the data key under AES-256-GCM and the
 * tag (16); the key id is authenticated with it. Whoever has the folder can read everything: keep it apart from backups
 * of the data. Thread-safe.
 */
public final class LocalMasterKeys implements KeyProvider {
    private static final int KEY_BYTES = 32;
    private static final int VECTOR_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final DocumentStore documents;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, List<byte[]>> versions = new HashMap<>();
    private final Map<String, DamagedDocument> damaged = new HashMap<>();

    private LocalMasterKeys(DocumentStore documents) {
        this.documents = documents;
    }

    /** Opens the folder, which is created when missing. */
    public static LocalMasterKeys open(Path folder) throws IOException {
        LocalMasterKeys keys = new LocalMasterKeys(DocumentStore.openPrivate(folder));
        DocumentStore.Loaded<List<byte[]>> loaded = keys.documents.load(LocalMasterKeys::parse);
        keys.versions.putAll(loaded.documents());
        loaded.damaged().forEach(document -> keys.damaged.put(document.key(), document));
        return keys;
    }

    private static List<byte[]> parse(String keyId, byte[] content) {
        List<byte[]> versions = new String(content, StandardCharsets.US_ASCII)
                .lines()
                .map(Base64.getDecoder()::decode)
                .toList();
        if (versions.isEmpty() || versions.stream().anyMatch(version -> version.length != KEY_BYTES)) {
            throw new IllegalArgumentException(
                    "key " + keyId + ": a version has another length (expected: " + KEY_BYTES + " bytes)");
        }
        return versions;
    }

    /** Returns the documents that cannot be read. Nothing is encrypted or decrypted by such a key. */
    public synchronized List<DamagedDocument> damaged() {
        return List.copyOf(damaged.values());
    }

    /** Adds a version to a key: data keys made from now on are wrapped by it, older ones stay readable. */
    public synchronized void rotate(String keyId) throws IOException {
        DamagedDocument damage = damaged.get(keyId);
        if (damage != null) {
            throw UnusableKeyException.damaged(
                    keyId, damage.toString()); // a new document would hide the older versions for good
        }
        List<byte[]> more = new ArrayList<>(versions.getOrDefault(keyId, List.of()));
        more.add(randomBytes(KEY_BYTES));
        StringBuilder text = new StringBuilder();
        more.forEach(key -> text.append(Base64.getEncoder().encodeToString(key)).append('\n'));
        documents.put(keyId, text.toString().getBytes(StandardCharsets.US_ASCII));
        versions.put(keyId, List.copyOf(more));
    }

    @Override
    public synchronized DataKey newDataKey(String keyId) throws IOException {
        if (!versions.containsKey(keyId)) {
            rotate(keyId);
        }
        List<byte[]> known = versions.getOrDefault(keyId, List.of());
        int version = known.size() - 1;
        byte[] plain = randomBytes(KEY_BYTES);
        byte[] vector = randomBytes(VECTOR_BYTES);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, known.get(version), keyId, vector, plain);
        ByteBuffer wrapped = ByteBuffer.allocate(Integer.BYTES + VECTOR_BYTES + sealed.length);
        wrapped.putInt(version).put(vector).put(sealed);
        return new DataKey(plain, wrapped.array());
    }

    @Override
    public synchronized byte[] unwrap(String keyId, byte[] wrapped) throws IOException {
        List<byte[]> known = versions.getOrDefault(keyId, List.of());
        ByteBuffer in = ByteBuffer.wrap(wrapped);
        int version = in.remaining() < Integer.BYTES + VECTOR_BYTES ? -1 : in.getInt();
        if (version < 0 || version >= known.size()) {
            throw UnusableKeyException.missing(keyId, version);
        }
        byte[] vector = new byte[VECTOR_BYTES];
        byte[] sealed = new byte[in.remaining() - VECTOR_BYTES];
        in.get(vector).get(sealed);
        return crypt(Cipher.DECRYPT_MODE, known.get(version), keyId, vector, sealed);
    }

    private static byte[] crypt(int mode, byte[] key, String keyId, byte[] vector, byte[] input) throws IOException {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, vector));
            cipher.updateAAD(keyId.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw UnusableKeyException.wrong(keyId, e);
        }
    }

    private byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
