package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.CallFailure;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * Finds the shards of the stream and deals them out to the readers.
 *
 * <p>The shards of the first look begin at the configured position; a shard found later was born of a reshard and is
 * read from its beginning. A shard with parents waits until they have been read to their end, so that the order of a
 * key holds. {@code LATEST} becomes the time of the first look, so that a restart before the first record loses none.
 *
 * <p>All state is confined to the coordinator's thread; only {@link #listShards} runs on a worker.
 */
final class ShardEnumerator implements SplitEnumerator<ShardSplit, EnumeratorState> {
    private static final Logger LOG = LoggerFactory.getLogger(ShardEnumerator.class);

    private final SplitEnumeratorContext<ShardSplit> context;
    private final Connection connection;
    private final StreamRef stream;
    private final KinesisSource.Options options;
    private final Set<String> known;
    private final Set<String> finished;
    private final List<ShardSplit> waiting;
    private final Map<String, List<String>> parents = new HashMap<>();
    private boolean looked;
    private @Nullable KinesisClient client;

    ShardEnumerator(
            SplitEnumeratorContext<ShardSplit> context,
            Connection connection,
            StreamRef stream,
            KinesisSource.Options options,
            EnumeratorState state) {
        this.context = context;
        this.connection = connection;
        this.stream = stream;
        this.options = options;
        this.known = new TreeSet<>(state.known());
        this.finished = new TreeSet<>(state.finished());
        this.waiting = new ArrayList<>(state.waiting());
    }

    @Override
    public void start() {
        KinesisClient opened = connection.open();
        client = opened;
        FanOut fanOut = options.fanOut();
        if (fanOut != null) {
            context.callAsync(
                    () -> new StreamConsumer(opened, stream, fanOut).activeArn(), ShardEnumerator::onConsumer);
        }
        context.callAsync(
                () -> listShards(opened), this::onShards, 0, options.discovery().toMillis());
    }

    private static void onConsumer(@Nullable String arn, @Nullable Throwable failure) {
        if (failure instanceof RuntimeException told) {
            throw told;
        }
        if (failure != null) {
            throw new IllegalStateException("interrupted before the consumer was active", failure);
        }
        LOG.info("reading as {}", arn);
    }

    /** Runs on a worker, which may wait. A failure that passes is met again at the next look if it lasts. */
    private List<Shard> listShards(KinesisClient kinesis) throws InterruptedException {
        Retry retry = options.calls().listShards();
        for (int failures = 1; ; failures++) {
            try {
                return allShards(kinesis);
            } catch (SdkServiceException e) {
                if (CallFailure.of(e) != CallFailure.PASSING || retry.isSpent(failures)) {
                    throw e;
                }
                LOG.warn("stream {}: its shards cannot be listed yet", stream.nameOrArn(), e);
                TimeUnit.MILLISECONDS.sleep(retry.pauseAfter(failures).toMillis());
            }
        }
    }

    private List<Shard> allShards(KinesisClient kinesis) {
        List<Shard> shards = new ArrayList<>();
        String token = null;
        do {
            ListShardsRequest.Builder request = ListShardsRequest.builder();
            ListShardsResponse page = kinesis.listShards(
                    token != null
                            ? request.nextToken(token).build()
                            : request.streamName(stream.name())
                                    .streamARN(stream.arn())
                                    .build());
            shards.addAll(page.shards());
            token = page.nextToken();
        } while (token != null);
        return shards;
    }

    private void onShards(@Nullable List<Shard> shards, @Nullable Throwable failure) {
        if (failure != null || shards == null) {
            if (failure instanceof SdkException call && CallFailure.of(call) != CallFailure.PASSING) {
                throw new FinalFailureException(
                        "stream '" + stream.nameOrArn() + "': "
                                + (CallFailure.of(call) == CallFailure.STREAM_NOT_FOUND
                                        ? "does not exist (" + CallFailure.wordsOf(call) + ")"
                                        : "its shards cannot be listed: " + CallFailure.wordsOf(call)),
                        failure);
            }
            if (failure instanceof SdkClientException) {
                LOG.warn("stream {}: the endpoint does not answer; looking again soon", stream.nameOrArn(), failure);
                return;
            }
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "stream %s: its shards cannot be listed", stream.nameOrArn()), failure);
        }
        boolean firstLook = known.isEmpty();
        StartFrom start = options.start().type() == StartFrom.Type.LATEST
                ? StartFrom.timestamp(System.currentTimeMillis())
                : options.start();
        looked = true;
        parents.clear();
        for (Shard shard : shards) {
            parents.put(
                    shard.shardId(),
                    Stream.of(
                                    Optional.ofNullable(shard.parentShardId()),
                                    Optional.ofNullable(shard.adjacentParentShardId()))
                            .flatMap(Optional::stream)
                            .toList());
            if (known.add(shard.shardId())) {
                waiting.add(new ShardSplit(shard.shardId(), firstLook ? start : StartFrom.trimHorizon()));
            }
        }
        assign();
    }

    /**
     * Tells whether a shard's parents have been read to their end, or were gone from the stream before it was found.
     */
    private boolean isReady(String shardId) {
        return looked
                && parents.getOrDefault(shardId, List.of()).stream()
                        .allMatch(parent -> finished.contains(parent) || !known.contains(parent));
    }

    private void assign() {
        Map<Integer, List<ShardSplit>> assignment = new LinkedHashMap<>();
        int parallelism = context.currentParallelism();
        waiting.removeIf(split -> {
            int reader = Math.floorMod(indexOf(split.shardId()), parallelism);
            boolean assignable =
                    isReady(split.shardId()) && context.registeredReaders().containsKey(reader);
            if (assignable) {
                assignment.computeIfAbsent(reader, r -> new ArrayList<>()).add(split);
            }
            return assignable;
        });
        if (!assignment.isEmpty()) {
            context.assignSplits(new SplitsAssignment<>(assignment));
        }
    }

    /** The number in {@code shardId-000000000007} spreads shards evenly; other names fall back on their hash. */
    private static int indexOf(String shardId) {
        String digits = shardId.substring(shardId.lastIndexOf('-') + 1);
        return digits.matches("[0-9]{1,18}") ? (int) Long.parseLong(digits) : shardId.hashCode();
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String requesterHostname) {
        // readers are given shards without asking
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent event) {
        if (event instanceof ShardsFinished ended) {
            finished.addAll(ended.shardIds());
            assign();
        }
    }

    @Override
    public void addSplitsBack(List<ShardSplit> splits, int subtask) {
        waiting.addAll(splits);
        assign();
    }

    @Override
    public void addReader(int subtask) {
        assign();
    }

    @Override
    public EnumeratorState snapshotState(long checkpointId) {
        return new EnumeratorState(new TreeSet<>(known), new TreeSet<>(finished), List.copyOf(waiting));
    }

    @Override
    public void close() throws IOException {
        KinesisClient opened = client;
        if (opened == null) {
            return;
        }
        opened.close();
        FanOut fanOut = options.fanOut();
        if (fanOut != null) {
            try (KinesisClient last = connection.open(fanOut.consumer().deregisterTimeout())) {
                new StreamConsumer(last, stream, fanOut).deregister();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
