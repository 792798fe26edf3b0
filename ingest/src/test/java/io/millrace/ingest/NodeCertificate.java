package io.millrace.ingest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Trust in the certificate that a node has made for itself, and in nothing else. */
final class NodeCertificate {
    private NodeCertificate() {}

    /** @param directory of the node */
    static Path file(Path directory) {
        return directory.resolve("tls/certificate.pem").toAbsolutePath();
    }

    static TrustManager[] trustManagers(Path directory) {
        try (var in = Files.newInputStream(file(directory))) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "node", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            return managers.getTrustManagers();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static SSLContext context(Path directory) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trustManagers(directory), null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
