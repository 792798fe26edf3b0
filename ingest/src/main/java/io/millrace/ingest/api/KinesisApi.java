package io.millrace.ingest.api;

import io.millrace.durable.memory.MemoryPlan;
import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.streams.AccountSettings;
import io.millrace.ingest.streams.Consumers;
import io.millrace.ingest.streams.RecordStore;
import io.millrace.ingest.streams.ShardIterators;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The Kinesis Data Streams service: the 45 operations of the service model of 2026 (API version 2013-12-02), of which
 * those of
 * channels are refused. Each handler says what its operations' inputs must satisfy.
 */
public final class KinesisApi {
    private KinesisApi() {}

    /**
     * What the operations work with.
     *
     * @param keys encrypts streams at rest
     * @param memory what answers and events may hold
     */
    public record State(
            Streams streams,
            AccountSettings accounts,
            RecordStore records,
            ShardIterators iterators,
            KeyProvider keys,
            MemoryPlan memory) {}

    /**
     * Who does the work.
     *
     * @param blocking runs what may wait for the disk; event loops must not
     * @param reads runs what reads records, as many at once as the heap allows
     * @param timer wakes subscriptions that have nothing to say, and reads that wait for memory
     */
    public record Threads(Executor blocking, Executor reads, ScheduledExecutorService timer) {}

    public static AwsJsonService service(State state, Threads threads, InstantSource clock) {
        Streams streams = state.streams();
        StreamRefs refs = new StreamRefs(streams);
        StreamSettings settings = new StreamSettings(streams);
        Changes changes = new Changes(threads.blocking());
        DryRuns dryRuns = new DryRuns(streams.limits().enforced());
        AwsJsonService service = new AwsJsonService("Kinesis_20131202", "kinesis");
        new StreamHandlers(streams, refs, changes).addTo(service);
        new ListShardsHandler(refs, clock).addTo(service);
        new PutHandlers(state.records(), refs, streams.metrics(), dryRuns, clock).addTo(service);
        new GetHandlers(state, refs, threads, dryRuns, clock).addTo(service);
        new ConsumerHandlers(new Consumers(streams, clock), refs, changes, clock).addTo(service);
        new SubscribeToShardHandler(state, refs, threads, dryRuns, clock).addTo(service);
        new ReshardHandlers(settings, refs, changes).addTo(service);
        new CapacityHandlers(streams, settings, state.accounts(), refs, changes).addTo(service);
        new Channels().addTo(service);
        new RetentionHandlers(settings, refs, changes).addTo(service);
        new TagHandlers(streams, settings, refs, changes).addTo(service);
        new PolicyHandlers(streams, settings, refs, changes).addTo(service);
        new EncryptionHandlers(settings, refs, state.keys(), changes).addTo(service);
        new MonitoringHandlers(settings, refs, changes).addTo(service);
        new AccountHandlers(streams, state.accounts(), changes, clock).addTo(service);
        if (streams.limits().enforced()) {
            new CallRates().limit(service);
        }
        return service;
    }
}
