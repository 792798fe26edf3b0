package io.millrace.analytics.connector.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which TLS certificates of an endpoint are accepted. Host names are compared in any case but {@link #any()}.
 *
 * @param certificates in PEM, accepted beside those of the JVM and of the file that {@code AWS_CA_BUNDLE} names; may be
 *     empty
 * @param anyCertificate whether nothing is checked
 */
public record Trust(String certificates, boolean anyCertificate) implements Serializable {
    private static final String BUNDLE = "AWS_CA_BUNDLE";

    public Trust {
        if (anyCertificate && !certificates.isEmpty()) {
            throw new IllegalArgumentException("certificates: given (expected: none, where any is accepted)");
        }
    }

    /** Accepts what the JVM and {@code AWS_CA_BUNDLE} accept. */
    public static Trust usual() {
        return new Trust("", false);
    }

    /** Accepts these certificates, too: what they have signed, or themselves. */
    public static Trust with(String certificates) {
        return new Trust(certificates, false);
    }

    /** Accepts any certificate of any host: only where a user has asked for it. */
    public static Trust any() {
        return new Trust("", true);
    }

    /** Returns the managers, or null where those of the JVM do. */
    TrustManager @Nullable [] managers() {
        return managers(System.getenv(BUNDLE));
    }

    TrustManager @Nullable [] managers(@Nullable String bundle) {
        boolean hasBundle = bundle != null && !bundle.isEmpty();
        if (certificates.isEmpty() && !hasBundle) {
            return null;
        }
        try {
            List<X509TrustManager> all = new ArrayList<>();
            all.add(manager(null));
            if (!certificates.isEmpty()) {
                all.add(manager(store(certificates)));
            }
            if (bundle != null && hasBundle) {
                all.add(manager(store(Files.readString(Path.of(bundle)))));
            }
            return new TrustManager[] {new AnyOf(all)};
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("certificates: cannot be used (expected: certificates in PEM)", e);
        } catch (IOException e) {
            throw new UncheckedIOException(BUNDLE + ": " + bundle + " cannot be read", e);
        }
    }

    private static KeyStore store(String pem) throws GeneralSecurityException, IOException {
        Collection<? extends Certificate> read = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        if (read.isEmpty()) {
            throw new CertificateException("no certificate");
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (Certificate certificate : read) {
            store.setCertificateEntry(Integer.toString(store.size()), certificate);
        }
        return store;
    }

    private static X509TrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509;
            }
        }
        throw new GeneralSecurityException("no X.509 trust manager");
    }

    /** Accepts what one of several accepts. */
    private record AnyOf(List<X509TrustManager> managers) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            CertificateException refused = new CertificateException("no trust manager");
            for (X509TrustManager manager : managers) {
                try {
                    manager.checkServerTrusted(chain, authType);
                    return;
                } catch (CertificateException e) {
                    refused = e;
                }
            }
            throw refused;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("clients are not expected");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return managers.stream()
                    .flatMap(manager -> List.of(manager.getAcceptedIssuers()).stream())
                    .toArray(X509Certificate[]::new);
        }
    }
}
