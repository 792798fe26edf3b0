package io.millrace.analytics.connector.source;

import io.millrace.analytics.connector.client.Connection;
import io.millrace.analytics.connector.client.StreamRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * Finds the shards of the stream and deals them out to the readers.
 *
 * <p>The shards of the first look begin at the configured position; a shard found later was born of a reshard and is read
 * from its beginning, after its parents have been read to their end, so that the order of a key holds. {@code LATEST}
 * becomes the time of the first look, so that a restart before the first record loses none.
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
    private final Map<String, Shard> held = new LinkedHashMap<>();
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
        context.callAsync(
                () -> listShards(opened), this::onShards, 0, options.discovery().toMillis());
    }

    private List<Shard> listShards(KinesisClient kinesis) {
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
            if (failure instanceof SdkClientException) {
                LOG.warn("stream {}: the endpoint does not answer; looking again soon", stream.nameOrArn(), failure);
                return;
            }
            throw new IllegalStateException(
                    "stream %s: its shards cannot be listed".formatted(stream.nameOrArn()), failure);
        }
        boolean firstLook = known.isEmpty();
        StartFrom start = options.start().type() == StartFrom.Type.LATEST
                ? StartFrom.timestamp(System.currentTimeMillis())
                : options.start();
        for (Shard shard : shards) {
            if (known.add(shard.shardId())) {
                if (firstLook) {
                    waiting.add(new ShardSplit(shard.shardId(), start));
                } else {
                    held.put(shard.shardId(), shard);
                }
            }
        }
        release();
        assign();
    }

    /** Lets the held shards go whose parents have been read to their end, or are no longer known to the stream. */
    private void release() {
        held.values().removeIf(shard -> {
            boolean ready = isDone(shard.parentShardId()) && isDone(shard.adjacentParentShardId());
            if (ready) {
                waiting.add(new ShardSplit(shard.shardId(), StartFrom.trimHorizon()));
            }
            return ready;
        });
    }

    private boolean isDone(@Nullable String parent) {
        return parent == null || finished.contains(parent) || !known.contains(parent);
    }

    private void assign() {
        Map<Integer, List<ShardSplit>> assignment = new LinkedHashMap<>();
        int parallelism = context.currentParallelism();
        waiting.removeIf(split -> {
            int reader = Math.floorMod(indexOf(split.shardId()), parallelism);
            boolean registered = context.registeredReaders().containsKey(reader);
            if (registered) {
                assignment.computeIfAbsent(reader, r -> new ArrayList<>()).add(split);
            }
            return registered;
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
            release();
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
        Set<String> released = new TreeSet<>(known);
        released.removeAll(held.keySet()); // found again by the next look, and held again if need be
        return new EnumeratorState(released, new TreeSet<>(finished), List.copyOf(waiting));
    }

    @Override
    public void close() throws IOException {
        KinesisClient opened = client;
        if (opened != null) {
            opened.close();
        }
    }
}
