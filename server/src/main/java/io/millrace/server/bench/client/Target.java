package io.millrace.server.bench.client;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * A server under load, and the key with which requests to it are signed, as an SDK signs them. A server that does not
 * look at signatures takes any key.
 */
public record Target(InetSocketAddress address, AwsCredentialsIdentity key) {
    private static final String REGION = "us-east-1";
    private static final String SERVICE = "kinesis";
    private static final Set<String> SET_BY_CLIENTS = Set.of("host", "content-length");
    public static final AwsCredentialsIdentity ANY_KEY = AwsCredentialsIdentity.create("bench", "bench");

    /** A server that takes any key. */
    public static Target open(InetSocketAddress address) {
        return new Target(address, ANY_KEY);
    }

    /** Returns host and port. */
    String authority() {
        return address.getHostString() + ":" + address.getPort();
    }

    /** Returns the headers of a call beside host and length. */
    Map<String, String> headers(WireFormat format, String operation, byte[] body) {
        SdkHttpRequest request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(URI.create("http://" + authority() + "/"))
                .putHeader("Content-Type", format.contentType())
                .putHeader("X-Amz-Target", "Kinesis_20131202." + operation)
                .build();
        Map<String, String> headers = new LinkedHashMap<>();
        AwsV4HttpSigner.create()
                .sign(sign -> sign.identity(key)
                        .request(request)
                        .payload(() -> new ByteArrayInputStream(body))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, REGION))
                .request()
                .forEachHeader((name, values) -> {
                    if (!SET_BY_CLIENTS.contains(name.toLowerCase(Locale.ROOT))) {
                        headers.put(name, requireNonNull(values.get(0)));
                    }
                });
        return headers;
    }
}
