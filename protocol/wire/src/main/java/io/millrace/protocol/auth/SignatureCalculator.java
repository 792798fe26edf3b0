package io.millrace.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.protocol.endpoint.RequestHead;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Computes the signature that a request should have, in buffers that are used for one request after the other.
 *
 * <p>{@link #begin} comes first, then {@link #matches} for each hash that the body may have. Confined to one thread.
 */
final class SignatureCalculator {
    static final String ALGORITHM = "AWS4-HMAC-SHA256";

    private static final String HASH = "SHA-256";
    private static final String HMAC = "HmacSHA256";

    private final MessageDigest sha256;
    private final Mac hmac;
    private final Octets canonical = new Octets();
    private final Octets toSign = new Octets();
    private final Octets signature = new Octets();

    private int headLength;

    SignatureCalculator() {
        try {
            sha256 = MessageDigest.getInstance(HASH);
            hmac = Mac.getInstance(HMAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256 and its HMAC", e);
        }
    }

    /** Returns the signing key of a scope. */
    SecretKeySpec derive(AccessKey accessKey, Credential credential) {
        byte[] dateKey = hmac(key(("AWS4" + accessKey.secret()).getBytes(UTF_8)), credential.date());
        byte[] regionKey = hmac(key(dateKey), credential.region());
        byte[] serviceKey = hmac(key(regionKey), credential.service());
        return key(hmac(key(serviceKey), credential.terminator()));
    }

    private static SecretKeySpec key(byte[] bytes) {
        return new SecretKeySpec(bytes, HMAC);
    }

    private byte[] hmac(SecretKeySpec key, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return hmac(key, bytes, bytes.length);
    }

    private byte[] hmac(SecretKeySpec key, byte[] bytes, int length) {
        try {
            hmac.init(key);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("an HMAC takes every key", e);
        }
        hmac.update(bytes, 0, length);
        return hmac.doFinal();
    }

    /** Returns the hash of a body, as it is signed. */
    String hash(byte[] body) {
        signature.truncate(0);
        return signature.addHex(sha256.digest(body)).toString();
    }

    /** Takes the request whose signature is to be computed. */
    void begin(RequestHead head, SignatureParameters parameters) throws UnauthenticatedException {
        canonical.truncate(0);
        CanonicalRequest.write(head, parameters, canonical);
        headLength = canonical.length();
    }

    /** Tells whether the request, with a body of this hash, is signed as it says by this key. */
    boolean matches(SignatureParameters parameters, Credential credential, SecretKeySpec key, String payloadHash) {
        canonical.truncate(headLength);
        canonical.add(payloadHash);
        sha256.update(canonical.array(), 0, canonical.length());
        toSign.truncate(0);
        toSign.add(ALGORITHM).add('\n').add(parameters.timestamp()).add('\n');
        toSign.add(credential.date()).add('/').add(credential.region()).add('/');
        toSign.add(credential.service()).add('/').add(credential.terminator()).add('\n');
        toSign.addHex(sha256.digest());
        signature.truncate(0);
        signature.addHex(hmac(key, toSign.array(), toSign.length()));
        return isEqualInConstantTime(parameters.signature());
    }

    private boolean isEqualInConstantTime(String claimed) {
        byte[] expected = new byte[signature.length()];
        System.arraycopy(signature.array(), 0, expected, 0, expected.length);
        return MessageDigest.isEqual(expected, claimed.getBytes(UTF_8));
    }

    /** Returns the signature that was computed last. */
    String computed() {
        return signature.toString();
    }

    /** Says what was computed last, without the signature: a sender finds its own mistake by comparing. */
    String explanation() {
        return String.format(Locale.ROOT, """


                The Canonical String for this request should have been
                '%s'

                The String-to-Sign should have been
                '%s'
                """, canonical.toText(), toSign.toText());
    }
}
