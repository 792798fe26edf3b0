package io.millrace.protocol.endpoint;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The certificate of a node, as two PEM files in a directory: {@code certificate.pem} and {@code key.pem}.
 *
 * <p>At the first start a self-signed one for {@code localhost}, 127.0.0.1 and ::1 is made and kept, so that clients that
 * trusted it once still do after a restart. An operator's own files are used as they are, and never replaced.
 */
public final class ServerCertificate {
    private static final Duration VALIDITY = Duration.ofDays(3650);
    private static final Duration CLOCK_SLACK = Duration.ofDays(1);
    private static final int SERIAL_BITS = 120;

    private final Path certificate;
    private final Path key;
    private final Path newCertificate;
    private final Path newKey;

    private ServerCertificate(Path directory) {
        this.certificate = directory.resolve("certificate.pem");
        this.key = directory.resolve("key.pem");
        this.newCertificate = directory.resolve("certificate.pem.tmp");
        this.newKey = directory.resolve("key.pem.tmp");
    }

    /**
     * Returns the certificate in a directory, made now when there is none.
     *
     * @throws IOException if one of the two files stands there alone, too
     */
    public static ServerCertificate loadOrCreate(Path directory) throws IOException {
        ServerCertificate found = new ServerCertificate(directory);
        boolean hasKey = Files.exists(found.key);
        if (hasKey
                && !Files.exists(found.certificate)
                && Files.exists(found.newCertificate)
                && !Files.exists(found.newKey)) {
            Files.move(found.newCertificate, found.certificate); // what an interrupted start had left to do
        }
        boolean hasCertificate = Files.exists(found.certificate);
        if (hasCertificate != hasKey) {
            throw new IOException("%s: is there without %s; put the other beside it, or remove it to have both made"
                    .formatted(hasKey ? found.key : found.certificate, hasKey ? "certificate.pem" : "key.pem"));
        }
        if (!hasKey) {
            Files.createDirectories(directory);
            found.create();
        }
        return found;
    }

    public Path file() {
        return certificate;
    }

    /** Returns a TLS context that offers HTTP/2 and HTTP/1.1 by ALPN and accepts clients that do not ask. */
    public SslContext context() throws IOException {
        return SslContextBuilder.forServer(privateKey(), certificates())
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    /** Read with the platform's own classes: those of the library that makes certificates take a second to load. */
    private PrivateKey privateKey() throws IOException {
        byte[] encoded = Base64.getMimeDecoder().decode(Files.readString(key).replaceAll("-----[^-]+-----", ""));
        GeneralSecurityException failure = null;
        for (String algorithm : List.of("EC", "RSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException e) {
                failure = e; // perhaps a key of the other algorithm
            }
        }
        throw new IOException("%s: is no EC or RSA key in PKCS#8 form".formatted(key), failure);
    }

    private X509Certificate[] certificates() throws IOException {
        try (InputStream in = Files.newInputStream(certificate)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException e) {
            throw new IOException("%s: holds no certificate".formatted(certificate), e);
        }
    }

    private void create() throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            Files.deleteIfExists(newKey);
            Files.createFile(
                    newKey, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            writePem(newKey, new JcaPKCS8Generator(pair.getPrivate(), null).generate());
            writePem(newCertificate, sign(pair));
            Files.move(newKey, key);
            Files.move(newCertificate, certificate);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("the self-signed certificate could not be made", e);
        }
    }

    private static X509CertificateHolder sign(KeyPair pair) throws IOException, OperatorCreationException {
        Instant now = Instant.now();
        X500Name name = new X500Name("CN=localhost, O=Millrace");
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(SERIAL_BITS, new SecureRandom()),
                Date.from(now.minus(CLOCK_SLACK)),
                Date.from(now.plus(VALIDITY)),
                name,
                pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.dNSName, "*.localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
            new GeneralName(GeneralName.iPAddress, "::1")
        }));
        return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
    }

    private static void writePem(Path file, Object content) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.US_ASCII);
                JcaPEMWriter pem = new JcaPEMWriter(writer)) {
            pem.writeObject(content);
        }
    }
}
