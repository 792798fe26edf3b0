package io.millrace.protocol.endpoint;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of a node, as two PEM files in a directory: {@code certificate.pem} and {@code key.pem}.
 *
 * <p>At the first start a self-signed one for {@code localhost}, 127.0.0.1 and ::1 is made and kept, so that clients
 * that trusted it once still do after a restart. When one of its two files is missing or damaged, for example after a
 * power cut, both are made anew and the damaged ones are kept with the suffix {@code .damaged}. An operator's own files
 * are used as they are, and never replaced; damaged ones are refused.
 */
public final class ServerCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCertificate.class);

    private final CertificateFiles files;
    private final PrivateKey key;
    private final X509Certificate[] certificates;

    private ServerCertificate(CertificateFiles files) throws IOException, UnusableException {
        this.files = files;
        this.key = privateKey(files.key());
        this.certificates = certificates(files.certificate());
        requirePair();
    }

    /** The two files cannot be used as they are. */
    private static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(String message, @Nullable Exception cause) {
            super(message, cause);
        }

        UnusableException(String message) {
            super(message);
        }
    }

    /**
     * Returns the certificate in a directory. It is made when there is none, and made anew when the node's own is
     * damaged.
     *
     * @throws IOException if an operator's files are incomplete or damaged, or a file cannot be read or written
     */
    public static ServerCertificate loadOrCreate(Path directory) throws IOException {
        CertificateFiles files = new CertificateFiles(directory);
        if (files.isEmpty()) {
            files.write(SelfSigned.make());
        }
        try {
            return new ServerCertificate(files);
        } catch (UnusableException e) {
            if (!files.areOurs()) {
                throw new IOException(
                        String.format(
                                Locale.ROOT,
                                "%s; restore it, or remove both %s and %s to have a self-signed certificate made",
                                e.getMessage(),
                                files.certificate(),
                                files.key()),
                        e);
            }
            LOG.warn(
                    "{}; a new self-signed certificate is made: clients that trusted the old one have to trust {}",
                    e.getMessage(),
                    files.certificate());
        }
        files.setAside();
        files.write(SelfSigned.make());
        try {
            return new ServerCertificate(files);
        } catch (UnusableException e) {
            throw new IOException("the certificate that was just made cannot be used: " + e.getMessage(), e);
        }
    }

    public Path file() {
        return files.certificate();
    }

    /** Returns a TLS context that offers HTTP/2 and HTTP/1.1 by ALPN and accepts clients that do not ask. */
    public SslContext context() throws IOException {
        return SslContextBuilder.forServer(key, certificates)
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
    private static PrivateKey privateKey(Path file) throws IOException, UnusableException {
        String text = new String(content(file), StandardCharsets.ISO_8859_1);
        @Nullable Exception failure = null;
        for (String algorithm : List.of("EC", "RSA")) {
            try {
                byte[] encoded = Base64.getMimeDecoder().decode(text.replaceAll("-----[^-]+-----", ""));
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                failure = e; // perhaps a key of the other algorithm
            }
        }
        throw new UnusableException(
                String.format(Locale.ROOT, "%s: is no EC or RSA key in PKCS#8 form", file), failure);
    }

    private static X509Certificate[] certificates(Path file) throws IOException, UnusableException {
        byte[] content = content(file);
        try {
            X509Certificate[] read =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(content))
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toArray(X509Certificate[]::new);
            if (read.length == 0) {
                throw new UnusableException(String.format(Locale.ROOT, "%s: holds no certificate", file));
            }
            return read;
        } catch (GeneralSecurityException e) {
            throw new UnusableException(String.format(Locale.ROOT, "%s: holds no certificate", file), e);
        }
    }

    private static byte[] content(Path file) throws IOException, UnusableException {
        if (!Files.exists(file)) {
            throw new UnusableException(String.format(Locale.ROOT, "%s: is missing", file));
        }
        return Files.readAllBytes(file);
    }

    private void requirePair() throws UnusableException {
        String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        byte[] probe = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificates[0].getPublicKey());
            signature.update(probe);
            if (signature.verify(signed)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new UnusableException(
                    String.format(Locale.ROOT, "%s: does not belong to %s", files.key(), files.certificate()), e);
        }
        throw new UnusableException(
                String.format(Locale.ROOT, "%s: does not belong to %s", files.key(), files.certificate()));
    }
}
