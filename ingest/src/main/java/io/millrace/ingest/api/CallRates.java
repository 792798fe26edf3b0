package io.millrace.ingest.api;

import io.millrace.ingest.streams.Allowance;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Operation;
import io.millrace.protocol.api.ServiceException;
import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.kinesis.model.ListTagsForStreamRequest;

/**
 * How often the operations that change or describe something may be called a second, where limits are on (API
 * reference, the page of each operation). Thread-safe.
 */
final class CallRates {
    private static final double USUAL = 5;
    private static final Map<String, Double> OTHERS = Map.of(
            "DescribeLimits", 1.0,
            "DescribeStream", 10.0,
            "DescribeStreamSummary", 20.0,
            "DescribeStreamConsumer", 20.0,
            "UpdateShardCount", 10.0,
            "ListShards", 1000.0);

    /** Those that are counted for each stream and not for each account. */
    private static final Set<String> OF_A_STREAM = Set.of(
            "ListShards",
            "ListStreamConsumers",
            "DescribeStreamConsumer",
            "DeregisterStreamConsumer",
            "RegisterStreamConsumer");

    /** Their limits are those of shards. */
    private static final Set<String> DATA =
            Set.of("PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "SubscribeToShard");

    /** More are forgotten at once: a caller who asks for ever new names should not fill the memory. */
    private static final int MOST_KNOWN = 100_000;

    private final Map<String, Allowance> allowances = new ConcurrentHashMap<>();

    /** Puts the limits before all operations of the service. */
    void limit(AwsJsonService service) {
        service.wrapAll((name, operation) -> DATA.contains(name) ? operation : limited(name, operation));
    }

    private Operation limited(String name, Operation operation) {
        double rate = OTHERS.getOrDefault(name, USUAL);
        boolean ofStream = OF_A_STREAM.contains(name);
        return (call, body) -> {
            String stream = ofStream ? streamOf(call, body) : "";
            String key = String.join(
                    " ", name, call.namespace().account(), call.namespace().region(), stream);
            if (allowances.size() > MOST_KNOWN) {
                allowances.clear();
            }
            if (!allowances.computeIfAbsent(key, k -> new Allowance(rate)).trySpend(1)) {
                throw ServiceException.refused(
                        "LimitExceededException",
                        ofStream
                                ? String.format(
                                        Locale.ROOT,
                                        "Rate exceeded for stream %s under account %s.",
                                        stream,
                                        call.namespace().account())
                                : String.format(
                                        Locale.ROOT,
                                        "Rate exceeded for account %s.",
                                        call.namespace().account()));
            }
            operation.serve(call, body);
        };
    }

    /** Every input that speaks of a stream has these members; others are skipped. */
    private static String streamOf(CallContext call, byte[] body) throws MalformedBodyException {
        ListTagsForStreamRequest request = ShapeReader.read(
                body, call.format(), ListTagsForStreamRequest::builder, ListTagsForStreamRequest.class);
        String arn = request.streamARN();
        if (request.streamName() != null || arn == null) {
            return String.valueOf(request.streamName());
        }
        return Arn.parse(arn).map(Arn::resource).orElse(arn);
    }
}
