package io.millrace.server.bench;

import io.millrace.server.bench.client.Calls;
import io.millrace.server.bench.client.LoadClient;
import io.millrace.server.bench.client.LoadPlan;
import io.millrace.server.bench.client.PutTraffic;
import io.millrace.server.bench.client.Requests;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.client.Target;
import io.millrace.server.bench.host.NodeSettings;
import io.millrace.server.bench.host.Workspace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Where and on what a measurement runs.
 *
 * @param home the installation, where other brokers are fetched to
 * @param lines is told of progress
 */
public record Bench(Workspace workspace, NodeSettings node, Path home, Consumer<String> lines) {
    private static final int REQUESTS_PER_CONNECTION = 24;
    private static final int LEAST_REQUESTS = 32;
    private static final long PREPARED_BYTES = 96L << 20;
    private static final long SEED = 20_260_101;

    /**
     * A server to put to.
     *
     * @param pid empty when it is elsewhere
     */
    record Server(String name, Target target, OptionalLong pid) {}

    /** A name for a stream that no earlier run has used. */
    static String streamName() {
        return "bench-" + Long.toString(System.currentTimeMillis(), 36);
    }

    /** Returns different requests in memory, some dozens for each connection as far as that is not too much memory. */
    ByteBuffer[] prepare(LoadSettings load, Requests requests, String stream, boolean single) {
        long requestBytes = (long) load.records() * load.recordBytes() * 3 / 2 + 512;
        long wanted = (long) REQUESTS_PER_CONNECTION * load.connections();
        int count = (int) Math.max(LEAST_REQUESTS, Math.min(wanted, PREPARED_BYTES / requestBytes));
        ByteBuffer[] prepared = Requests.prepare(
                count,
                () -> single
                        ? requests.putRecord(stream, load.recordBytes())
                        : requests.putRecords(stream, load.records(), load.recordBytes()));
        lines.accept(String.format(Locale.ROOT, "%d different requests prepared", count));
        return prepared;
    }

    static Requests requests(Target target, LoadSettings load) {
        return new Requests(target, load.format(), SEED);
    }

    /** Puts as a plan says, to a stream that is there. */
    Row put(Server server, String stream, PutLoad put, LoadPlan plan) throws IOException {
        LoadSettings load = put.load();
        ByteBuffer[] prepared = prepare(load, requests(server.target(), load), stream, put.single());
        PutTraffic.Shape shape = new PutTraffic.Shape(put.single() ? 1 : load.records(), load.recordBytes());
        PutTraffic traffic = new PutTraffic(prepared, load.format(), shape, load.connections(), put.limit());
        Watch watch = new Watch(server.name(), lines, server.pid());
        try (LoadClient client = LoadClient.open(server.target().address(), load.connections(), put.inFlight())) {
            Tally tally = client.run(traffic, plan, watch);
            return Row.of(server.name(), tally, watch);
        }
    }

    /**
     * How to put.
     *
     * @param single by PutRecord instead of PutRecords
     * @param inFlight requests on a connection without an answer
     * @param limit after so many requests it is done
     */
    record PutLoad(LoadSettings load, boolean single, int inFlight, long limit) {
        static PutLoad of(LoadSettings load) {
            return new PutLoad(load, false, 1, Long.MAX_VALUE);
        }
    }

    /** Makes a stream, does something with it, and deletes it on a node that is not ours. */
    <T> T withStream(Target target, int shards, StreamUse<T> use) throws IOException, InterruptedException {
        Calls calls = new Calls(target);
        String stream = streamName();
        calls.createStream(stream, shards);
        T result = use.with(calls, stream);
        if (node.endpoint() != null) {
            calls.deleteStream(stream);
        }
        return result;
    }

    /** What is done with a stream. */
    @FunctionalInterface
    interface StreamUse<T> {
        T with(Calls calls, String stream) throws IOException, InterruptedException;
    }
}
