package io.millrace.ingest.log.segment;

import io.millrace.durable.disk.Disk;
import io.millrace.ingest.log.CorruptLogException;
import io.millrace.ingest.log.Damage;
import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.log.ShardBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The data keys under which payloads are encrypted, with AES-256-GCM.
 *
 * <p>An encrypted payload is 12 bytes of initialization vector, the records' encryption, and 16 bytes of tag; shard,
 * number of records and key number are authenticated with it. A data key serves one run of the log at most, so the
 * vector is a counter. The keys are kept, wrapped by the {@link KeyProvider}, in the two copies of the file
 * {@value #FILE}; one is durable before the first frame that it encrypts.
 *
 * <p>Thread-safe; the monitor guards the table and is held while a key is made.
 */
final class DataKeys {
    private static final String FILE = "keys";
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int VECTOR_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final long FRAMES_PER_KEY = 1L << 32;

    private record Wrapped(String keyId, byte[] wrapped) {}

    private record Active(int number, SecretKeySpec key, AtomicLong frames) {}

    private final DuplicatedFile file;
    private final KeyProvider provider;
    private final TreeMap<Integer, Wrapped> wrapped = new TreeMap<>();
    private final Map<Integer, SecretKeySpec> plain = new ConcurrentHashMap<>();
    private final Map<String, Active> active = new ConcurrentHashMap<>();

    private DataKeys(DuplicatedFile file, KeyProvider provider) {
        this.file = file;
        this.provider = provider;
    }

    static DataKeys open(Disk disk, Path directory, KeyProvider provider, DamageReport damages) throws IOException {
        DataKeys keys = new DataKeys(new DuplicatedFile(disk, directory, FILE), provider);
        byte[] content = keys.file.load(damages);
        if (content != null) {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                int number = in.readInt();
                String keyId = in.readUTF();
                keys.wrapped.put(number, new Wrapped(keyId, in.readNBytes(in.readInt())));
            }
        }
        return keys;
    }

    /** Makes the frame of a batch, encrypted when the batch names a key. */
    Frame frame(ShardBatch batch) throws IOException {
        batch.take();
        String keyId = batch.keyId();
        return keyId == null ? Frame.of(batch) : encrypt(batch, keyId);
    }

    private Frame encrypt(ShardBatch batch, String keyId) throws IOException {
        Active key = activeKey(keyId);
        byte[] out = new byte[batch.length() + Frame.ENCRYPTION_BYTES];
        byte[] vector = ByteBuffer.allocate(VECTOR_BYTES)
                .putLong(4, key.frames().incrementAndGet())
                .array();
        System.arraycopy(vector, 0, out, Frame.HEADER_BYTES, VECTOR_BYTES);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key.key(), vector);
            cipher.updateAAD(authenticated(batch.shard(), batch.count(), key.number()));
            cipher.doFinal(
                    batch.array(),
                    Frame.HEADER_BYTES,
                    batch.length() - Frame.HEADER_BYTES,
                    out,
                    Frame.HEADER_BYTES + VECTOR_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IOException(String.format(Locale.ROOT, "key %s: encryption failed", keyId), e);
        }
        return Frame.of(out, out.length, batch.shard(), batch.count(), key.number());
    }

    /** Returns the records of an encrypted frame as they were before. */
    byte[] decrypt(Frame frame) throws IOException {
        int at = frame.payloadStart();
        byte[] vector = new byte[VECTOR_BYTES];
        System.arraycopy(frame.array(), at, vector, 0, VECTOR_BYTES);
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, plainKey(frame.keyNumber()), vector);
            cipher.updateAAD(authenticated(frame.shard(), frame.count(), frame.keyNumber()));
            return cipher.doFinal(frame.array(), at + VECTOR_BYTES, frame.payloadLength() - VECTOR_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    String.format(
                            Locale.ROOT, "shard %d, offset %d: cannot be decrypted", frame.shard(), frame.baseOffset()),
                    e);
        }
    }

    private static Cipher cipher(int mode, SecretKeySpec key, byte[] vector) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, vector));
        return cipher;
    }

    private static byte[] authenticated(long shard, int count, int keyNumber) {
        return ByteBuffer.allocate(16)
                .putLong(shard)
                .putInt(count)
                .putInt(keyNumber)
                .array();
    }

    private Active activeKey(String keyId) throws IOException {
        Active key = active.get(keyId);
        return key != null && key.frames().get() < FRAMES_PER_KEY ? key : newActiveKey(keyId);
    }

    private synchronized Active newActiveKey(String keyId) throws IOException {
        Active current = active.get(keyId);
        if (current != null && current.frames().get() < FRAMES_PER_KEY) {
            return current;
        }
        KeyProvider.DataKey made = provider.newDataKey(keyId);
        int number = wrapped.isEmpty() ? 1 : wrapped.lastKey() + 1;
        wrapped.put(number, new Wrapped(keyId, made.wrapped()));
        save();
        Active key = new Active(number, new SecretKeySpec(made.plain(), "AES"), new AtomicLong());
        plain.put(number, key.key());
        active.put(keyId, key);
        return key;
    }

    private SecretKeySpec plainKey(int number) throws IOException {
        SecretKeySpec known = plain.get(number);
        return known != null ? known : unwrap(number);
    }

    private synchronized SecretKeySpec unwrap(int number) throws IOException {
        Wrapped kept = wrapped.get(number);
        if (kept == null) {
            throw new CorruptLogException(
                    new Damage(FILE, 0, String.format(Locale.ROOT, "data key %d is missing", number)));
        }
        SecretKeySpec key = new SecretKeySpec(provider.unwrap(kept.keyId(), kept.wrapped()), "AES");
        plain.put(number, key);
        return key;
    }

    /** Begins new data keys. Those before stay, for reading, as they are wrapped. */
    synchronized void rotate() {
        active.clear();
    }

    private void save() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(wrapped.size());
        for (Map.Entry<Integer, Wrapped> entry : wrapped.entrySet()) {
            out.writeInt(entry.getKey());
            out.writeUTF(entry.getValue().keyId());
            out.writeInt(entry.getValue().wrapped().length);
            out.write(entry.getValue().wrapped());
        }
        file.save(bytes.toByteArray());
    }
}
