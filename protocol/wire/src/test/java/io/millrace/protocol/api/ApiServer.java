package io.millrace.protocol.api;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.millrace.protocol.auth.Authentication;
import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.endpoint.BodyReceiver;
import io.millrace.protocol.endpoint.Endpoint;
import io.millrace.protocol.endpoint.Route;
import io.millrace.protocol.endpoint.ServerCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.kinesis.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;

/**
 * An endpoint with one operation of each kind: {@code ListStreams} names the caller's account and region, {@code PutRecord}
 * answers with the number of bytes, {@code POST /video} and the streamed {@code POST /stream} with nothing, and the page
 * {@code /page} is for everybody.
 */
final class ApiServer implements AutoCloseable {
    private final AtomicInteger served = new AtomicInteger();
    private final Endpoint endpoint;

    ApiServer(Path directory, Authentication authentication) {
        AwsJsonService streams = new AwsJsonService("Kinesis_20131202", "kinesis")
                .add(
                        "ListStreams",
                        ListStreamsRequest::builder,
                        ListStreamsRequest.class,
                        Constraints.none(),
                        (input, call) -> {
                            served.incrementAndGet();
                            return CompletableFuture.completedFuture(ListStreamsResponse.builder()
                                    .streamNames(
                                            call.namespace().account(),
                                            call.namespace().region())
                                    .hasMoreStreams(false)
                                    .build());
                        })
                .add(
                        "PutRecord",
                        PutRecordRequest::builder,
                        PutRecordRequest.class,
                        Constraints.none(),
                        (input, call) -> CompletableFuture.completedFuture(PutRecordResponse.builder()
                                .shardId("shardId-000000000000")
                                .sequenceNumber(Integer.toString(input.data().asByteArrayUnsafe().length))
                                .build()));
        RestService video = new RestService("kinesisvideo")
                .add("POST", "/video", (call, body) -> answer(call))
                .addStreamed("POST", "/stream", (call, flow) -> {
                    answer(call);
                    return BodyReceiver.dropping();
                });
        ApiRouter router = new ApiRouter(authentication)
                .add(streams)
                .add(video)
                .addPath(
                        "GET",
                        "/page",
                        new Route.Whole(
                                0,
                                (exchange, body) ->
                                        exchange.answer(Answer.of(200, "text/plain", "open".getBytes(US_ASCII))),
                                exchange -> Answer.empty(413, Map.of())));
        try {
            endpoint = Endpoint.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    ServerCertificate.loadOrCreate(directory).context(),
                    router);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void answer(CallContext call) {
        served.incrementAndGet();
        call.exchange()
                .answer(Answer.empty(200, Map.of("x-account", call.namespace().account())));
    }

    int port() {
        return endpoint.port();
    }

    /** Returns how many calls have reached an operation. */
    int served() {
        return served.get();
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
