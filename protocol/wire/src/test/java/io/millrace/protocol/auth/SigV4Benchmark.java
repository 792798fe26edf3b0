package io.millrace.protocol.auth;

import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.RequestHead;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Signatures checked on one core, of requests with the headers that the Java SDK sends. After {@code test-compile}, run
 * with the test classpath: {@code java -cp ... org.openjdk.jmh.Main SigV4Benchmark -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SigV4Benchmark {
    /** 1.4 KB is a PutRecord of 1 KiB in base64. */
    @Param({"0", "1400", "140000"})
    public int bodyBytes;

    private final Authentication authentication = new SigV4Authentication(
            id -> id.equals(SentRequest.KEY.id()) ? SentRequest.KEY : null,
            SigV4Authentication.DEFAULT_CLOCK_SKEW,
            InstantSource.fixed(SentRequest.SIGNED_AT));
    private RequestHead head;
    private byte[] body;

    @Setup
    public void sign() {
        SdkHttpRequest request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .protocol("http")
                .host("localhost")
                .port(4567)
                .encodedPath("/")
                .putHeader("amz-sdk-invocation-id", "f4d107c1-fb3b-45ed-ba34-f1179354d3c2")
                .putHeader("amz-sdk-request", "attempt=1; max=4")
                .putHeader("Content-Length", Integer.toString(bodyBytes))
                .putHeader("Content-Type", "application/x-amz-json-1.1")
                .putHeader("User-Agent", "aws-sdk-java/2.40.2 md/io#sync md/http#UrlConnection")
                .putHeader("X-Amz-Target", "Kinesis_20131202.PutRecord")
                .build();
        SentRequest signed = SentRequest.signed(request, new byte[bodyBytes], SentRequest.How.USUAL);
        head = signed.head();
        body = signed.body();
    }

    @Benchmark
    public Namespace authenticate() throws UnauthenticatedException {
        return authentication.authenticate(head, "kinesis", body);
    }
}
