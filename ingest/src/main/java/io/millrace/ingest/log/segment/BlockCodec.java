package io.millrace.ingest.log.segment;

import com.github.luben.zstd.Zstd;
import java.util.Locale;
import net.jpountz.lz4.LZ4Factory;
import org.jspecify.annotations.Nullable;

/** How a block of a shard file is compressed. Thread-safe. */
public enum BlockCodec {
    NONE(0),
    LZ4(1),
    ZSTD(2);

    private static final int ZSTD_LEVEL = 1;

    private final int code;

    BlockCodec(int code) {
        this.code = code;
    }

    /** Returns what stands for it on disk. */
    int code() {
        return code;
    }

    static @Nullable BlockCodec ofCode(int code) {
        for (BlockCodec codec : values()) {
            if (codec.code == code) {
                return codec;
            }
        }
        return null;
    }

    /** Parses {@code none}, {@code lz4} or {@code zstd}. */
    public static BlockCodec parse(String text) {
        for (BlockCodec codec : values()) {
            if (codec.toString().equals(text)) {
                return codec;
            }
        }
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "log-compression: %s (expected: none, lz4 or zstd)", text));
    }

    byte[] compress(byte[] source) {
        return switch (this) {
            case NONE -> source.clone();
            case LZ4 -> LZ4Factory.fastestInstance().fastCompressor().compress(source);
            case ZSTD -> Zstd.compress(source, ZSTD_LEVEL);
        };
    }

    /** Puts the bytes as they were at the beginning of the target; the source's checksum has been verified. */
    void expand(byte[] source, int from, int storedLength, byte[] target, int length) {
        switch (this) {
            case NONE -> System.arraycopy(source, from, target, 0, length);
            case LZ4 ->
                LZ4Factory.fastestInstance().safeDecompressor().decompress(source, from, storedLength, target, 0);
            case ZSTD -> Zstd.decompressByteArray(target, 0, length, source, from, storedLength);
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
