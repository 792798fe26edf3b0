package io.millrace.ingest.streams;

import io.millrace.protocol.arn.Namespace;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and reads shard iterators: a position in a shard, sealed so that a client can neither read nor forge it.
 *
 * <p>Base64 of eight bytes {@code 0000000000000001}, a nonce of 12 bytes, and AES-GCM over the fields. Thread-safe.
 */
public final class ShardIterators {
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    /** For example {@code Thu Jan 22 01:22:02 UTC 2015}. */
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE MMM dd HH:mm:ss 'UTC' yyyy", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static final long VERSION = 1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /** @param keyBytes 16, 24 or 32 bytes that outlive a restart, so that iterators do too */
    public ShardIterators(byte[] keyBytes, InstantSource clock) {
        this.key = new SecretKeySpec(keyBytes, "AES");
        this.clock = clock;
    }

    /** A position in a shard. */
    public record Position(StreamKey stream, long streamCreatedEpochMillis, int shardIndex, long offset) {}

    public String seal(Position position) {
        byte[] account = position.stream().namespace().account().getBytes(StandardCharsets.UTF_8);
        byte[] region = position.stream().namespace().region().getBytes(StandardCharsets.UTF_8);
        byte[] name = position.stream().name().getBytes(StandardCharsets.UTF_8);
        ByteBuffer plain = ByteBuffer.allocate(31 + account.length + region.length + name.length);
        plain.putLong(clock.millis()).putLong(position.streamCreatedEpochMillis());
        plain.putInt(position.shardIndex()).putLong(position.offset());
        for (byte[] part : new byte[][] {account, region, name}) {
            plain.put((byte) part.length).put(part);
        }
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, nonce, plain.array());
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + NONCE_BYTES + sealed.length);
        out.putLong(VERSION).put(nonce).put(sealed);
        return Base64.getEncoder().encodeToString(out.array());
    }

    /** @throws io.millrace.protocol.api.ServiceException if the text is no iterator of this node or too old */
    public Position open(String iterator) {
        ByteBuffer plain;
        try {
            byte[] bytes = Base64.getDecoder().decode(unquoted(iterator));
            int sealedFrom = Long.BYTES + NONCE_BYTES;
            if (bytes.length < sealedFrom + TAG_BITS / Byte.SIZE
                    || ByteBuffer.wrap(bytes).getLong() != VERSION) {
                throw StreamErrors.invalidArgument("Invalid ShardIterator.");
            }
            byte[] nonce = Arrays.copyOfRange(bytes, Long.BYTES, sealedFrom);
            plain = ByteBuffer.wrap(
                    crypt(Cipher.DECRYPT_MODE, nonce, Arrays.copyOfRange(bytes, sealedFrom, bytes.length)));
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw StreamErrors.invalidArgument("Invalid ShardIterator.");
        }
        long created = plain.getLong();
        long streamCreated = plain.getLong();
        int shardIndex = plain.getInt();
        long offset = plain.getLong();
        Namespace namespace = new Namespace(text(plain), text(plain));
        refuseExpired(created);
        return new Position(new StreamKey(namespace, text(plain)), streamCreated, shardIndex, offset);
    }

    /** AWS takes an iterator in quotes, the form in which the CLI prints it. */
    private static String unquoted(String iterator) {
        return iterator.length() > 1 && iterator.startsWith("\"") && iterator.endsWith("\"")
                ? iterator.substring(1, iterator.length() - 1)
                : iterator;
    }

    private void refuseExpired(long createdEpochMillis) {
        long now = clock.millis();
        if (now - createdEpochMillis > LIFETIME.toMillis()) {
            throw io.millrace.protocol.api.ServiceException.refused(
                    "ExpiredIteratorException",
                    String.format(
                            Locale.ROOT,
                            "Iterator expired. The iterator was created at time %s while right now it is %s which is further in the future than the tolerated delay of %d milliseconds.",
                            DATE.format(Instant.ofEpochMilli(createdEpochMillis)),
                            DATE.format(Instant.ofEpochMilli(now)),
                            LIFETIME.toMillis()));
        }
    }

    private static String text(ByteBuffer plain) {
        byte[] bytes = new byte[Byte.toUnsignedInt(plain.get())];
        plain.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private byte[] crypt(int mode, byte[] nonce, byte[] content) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            return cipher.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the iterator was not sealed with this key", e);
        }
    }
}
