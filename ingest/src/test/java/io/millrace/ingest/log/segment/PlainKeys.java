package io.millrace.ingest.log.segment;

import io.millrace.ingest.log.KeyProvider;
import java.io.IOException;

/** Keys for tests: wrapped by turning every bit. */
final class PlainKeys implements KeyProvider {
    @Override
    public DataKey newDataKey(String keyId) {
        byte[] plain = new byte[32];
        new java.util.Random(keyId.hashCode()).nextBytes(plain);
        return new DataKey(plain, turned(plain));
    }

    @Override
    public byte[] unwrap(String keyId, byte[] wrapped) throws IOException {
        return turned(wrapped);
    }

    private static byte[] turned(byte[] bytes) {
        byte[] turned = bytes.clone();
        for (int i = 0; i < turned.length; i++) {
            turned[i] = (byte) ~turned[i];
        }
        return turned;
    }
}
