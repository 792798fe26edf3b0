package io.millrace.analytics.runtime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.security.auth.x500.X500Principal;

/**
 * The key by which parts of this process know each other where Flink makes them talk over a socket: jars travel through
 * its blob server. Both sides have to show it (mutual TLS), so no other process gets in.
 *
 * <p>Made anew at every start, in milliseconds. The certificate is X.509 version 1, encoded here: the JDK can read
 * certificates but makes none.
 *
 * @param file a PKCS#12 key store with the key and, as trusted, its own certificate; only its owner may read it
 */
record InternalKey(Path file, String password) {
    private static final int SERIAL_BITS = 120;
    private static final int PASSWORD_BYTES = 24;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int UTC_TIME = 0x17;
    private static final int SEQUENCE = 0x30;
    private static final int LONG_FORM = 0x80;
    private static final byte[] ECDSA_WITH_SHA256 = {
        0x30, 0x0a, 0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02
    };
    private static final X500Principal NAME = new X500Principal("CN=Millrace Flink");

    /** Makes a key, in place of the last one. */
    static InternalKey create(Path file, SecureRandom random) throws IOException {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(file)) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair pair = generator.generateKeyPair();
            Certificate certificate = certificate(pair, random);
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", pair.getPrivate(), password.toCharArray(), new Certificate[] {certificate});
            store.setCertificateEntry("trusted", certificate);
            store.store(out, password.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException("the key for Flink's internal connections could not be made", e);
        }
        return new InternalKey(file, password);
    }

    private static Certificate certificate(KeyPair pair, SecureRandom random) throws GeneralSecurityException {
        byte[] content = der(
                SEQUENCE,
                der(INTEGER, new BigInteger(SERIAL_BITS, random).toByteArray()),
                ECDSA_WITH_SHA256,
                NAME.getEncoded(),
                der(SEQUENCE, time("000101000000Z"), time("491231235959Z")), // whatever the clock says
                NAME.getEncoded(),
                pair.getPublic().getEncoded());
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate(), random);
        signature.update(content);
        byte[] whole = der(SEQUENCE, content, ECDSA_WITH_SHA256, der(BIT_STRING, new byte[] {0}, signature.sign()));
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] time(String text) {
        return der(UTC_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Encodes one element: tag, length, content. */
    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        if (content.size() < LONG_FORM) {
            element.write(content.size());
        } else {
            byte[] length = BigInteger.valueOf(content.size()).toByteArray();
            int skipped = length[0] == 0 ? 1 : 0;
            element.write(LONG_FORM | (length.length - skipped));
            element.write(length, skipped, length.length - skipped);
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }

    /** Returns the record without the password. */
    @Override
    public String toString() {
        return "InternalKey[file=" + file + "]";
    }
}
