package io.millrace.protocol.auth;

import io.millrace.protocol.endpoint.RequestHead;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;

/** A request as it comes off the wire, where a character is a byte, and requests signed by the AWS SDK. */
record SentRequest(String method, String path, String query, List<Map.Entry<String, String>> headers, byte[] body) {
    static final AccessKey KEY =
            new AccessKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "000000000000", "");
    static final Instant SIGNED_AT = Instant.parse("2015-08-30T12:36:00Z");

    /**
     * How a request is to be signed.
     *
     * @param expires signs in the query when there is one
     */
    record How(
            AccessKey key,
            String service,
            String region,
            Instant at,
            @Nullable Duration expires) {
        static final How USUAL = new How(KEY, "kinesis", "us-east-1", SIGNED_AT, null);

        How by(AccessKey other) {
            return new How(other, service, region, at, expires);
        }

        How forService(String other) {
            return new How(key, other, region, at, expires);
        }

        How inRegion(String other) {
            return new How(key, service, other, at, expires);
        }

        How at(Instant other) {
            return new How(key, service, region, other, expires);
        }

        How expiring(@Nullable Duration after) {
            return new How(key, service, region, at, after);
        }
    }

    /** Returns a call of {@code PutRecord}, signed by the SDK. */
    static SentRequest putRecord(How how) {
        byte[] body = "{\"StreamName\":\"orders\",\"PartitionKey\":\"7\",\"Data\":\"aGVsbG8=\"}"
                .getBytes(StandardCharsets.UTF_8);
        SdkHttpRequest request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .protocol("http")
                .host("localhost")
                .port(4567)
                .encodedPath("/")
                .putHeader("Content-Type", "application/x-amz-json-1.1")
                .putHeader("X-Amz-Target", "Kinesis_20131202.PutRecord")
                .putHeader("User-Agent", "any")
                .build();
        return signed(request, body, how);
    }

    static SentRequest signed(SdkHttpRequest request, byte[] body, How how) {
        SignRequest.Builder<AwsBasicCredentials> sign = SignRequest.builder(
                        AwsBasicCredentials.create(how.key().id(), how.key().secret()))
                .request(request)
                .payload(ContentStreamProvider.fromByteArray(body))
                .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, how.service())
                .putProperty(AwsV4HttpSigner.REGION_NAME, how.region())
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(how.at(), ZoneOffset.UTC));
        if (how.expires() != null) {
            sign.putProperty(AwsV4FamilyHttpSigner.AUTH_LOCATION, AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                    .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, how.expires());
        }
        SdkHttpRequest signed = AwsV4HttpSigner.create().sign(sign.build()).request();
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        signed.forEachHeader((name, values) -> values.forEach(value -> headers.add(Map.entry(name, value))));
        return new SentRequest(
                signed.method().name(),
                signed.encodedPath(),
                signed.encodedQueryParameters().orElse(""),
                headers,
                body);
    }

    RequestHead head() {
        HttpHeaders all =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        headers.forEach(header -> all.add(header.getKey(), header.getValue()));
        return new RequestHead(method, path, query, all, false, false);
    }

    String header(String name) {
        return Objects.requireNonNull(head().header(name), name);
    }

    SentRequest withMethod(String other) {
        return new SentRequest(other, path, query, headers, body);
    }

    SentRequest withPath(String other) {
        return new SentRequest(method, other, query, headers, body);
    }

    SentRequest withQuery(String other) {
        return new SentRequest(method, path, other, headers, body);
    }

    SentRequest withBody(byte[] other) {
        return new SentRequest(method, path, query, headers, other);
    }

    /** Returns this request with one more header, or another value of one that it has; null takes it away. */
    SentRequest withHeader(String name, @Nullable String value) {
        List<Map.Entry<String, String>> changed = new ArrayList<>(headers);
        changed.removeIf(header -> header.getKey().equalsIgnoreCase(name));
        if (value != null) {
            changed.add(Map.entry(name, value));
        }
        return new SentRequest(method, path, query, changed, body);
    }

    SentRequest withHeaderAt(int index, Map.Entry<String, String> header) {
        List<Map.Entry<String, String>> changed = new ArrayList<>(headers);
        changed.set(index, header);
        return new SentRequest(method, path, query, changed, body);
    }
}
