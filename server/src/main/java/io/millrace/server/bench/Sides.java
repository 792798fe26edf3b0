package io.millrace.server.bench;

import io.millrace.server.bench.Bench.PutLoad;
import io.millrace.server.bench.Bench.Server;
import io.millrace.server.bench.client.Target;
import io.millrace.server.bench.host.BenchNode;
import io.millrace.server.bench.host.DiskLoop;
import io.millrace.server.bench.host.KafkaBroker;
import io.millrace.server.bench.host.Kinesalite;
import io.millrace.server.bench.host.ProcessFigures;
import io.millrace.server.bench.host.ProducerRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** The sides that take puts, and the disk below them. Confined to one thread. */
final class Sides {
    private static final int KAFKA_PARTITIONS = 4;
    private static final long KAFKA_PROBE_RECORDS = 20_000;
    private static final long KAFKA_PROBE_GROWTH = 4;
    private static final double KAFKA_PROBE_SECONDS = 3;
    private static final double KAFKA_LONG_ENOUGH = 0.7; // of the time that was asked for
    private static final int KAFKA_REPEATS = 2;
    private static final String KAFKA_TOPIC = "bench";

    private final Bench bench;
    private final PutLoad put;

    Sides(Bench bench, PutLoad put) {
        this.bench = bench;
        this.put = put;
    }

    Side named(String name) {
        return switch (name) {
            case "kafka" -> () -> kafka("Kafka, acks=all, no fsync");
            case "kafka-flush" -> () -> kafka("Kafka, flush.messages=1", "flush.messages=1");
            case "kinesalite" -> this::kinesalite;
            case "disk" -> this::disk;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** A node of its own, or the one that runs. */
    List<Row> millrace() throws IOException, InterruptedException {
        Path data;
        Row row;
        try (BenchNode node = BenchNode.start(bench.workspace(), bench.node())) {
            data = node.directory();
            row = bench.withStream(
                    node.target(),
                    put.load().shards(),
                    (calls, stream) -> bench.put(
                            new Server("Millrace", node.target(), node.pid()),
                            stream,
                            put,
                            put.load().closedLoop()));
        }
        bench.workspace().clear(data);
        return List.of(row);
    }

    private List<Row> kinesalite() throws IOException, InterruptedException {
        Row row;
        try (Kinesalite server = Kinesalite.start(bench.workspace(), bench.home(), bench.lines())) {
            Target target = Target.open(server.address());
            row = bench.withStream(
                    target,
                    put.load().shards(),
                    (calls, stream) -> bench.put(
                            new Server("kinesalite 3.3.3, LevelDB", target, OptionalLong.of(server.pid())),
                            stream,
                            put,
                            put.load().closedLoop()));
        }
        bench.workspace().clear(bench.workspace().directory().resolve("kinesalite"));
        return List.of(row);
    }

    /** The producer takes a number of records and no time: short runs tell how many it needs. */
    private List<Row> kafka(String title, String... topicConfigs) throws IOException, InterruptedException {
        LoadSettings load = put.load();
        Row row;
        try (KafkaBroker broker = KafkaBroker.start(bench.workspace(), bench.home(), bench.lines())) {
            broker.createTopic(KAFKA_TOPIC, KAFKA_PARTITIONS, topicConfigs);
            bench.lines().accept(title + ": short runs tell how many records it needs");
            double rate = probe(broker, load.recordBytes()).recordsPerSecond();
            row = kafkaRow(title, broker, rate);
            for (int i = 0;
                    i < KAFKA_REPEATS
                            && row.seconds()
                                    < KAFKA_LONG_ENOUGH * load.measured().toSeconds();
                    i++) {
                rate = Math.max(rate, row.mebibytesPerSecond() * (1 << 20) / load.recordBytes());
                row = kafkaRow(title, broker, rate);
            }
        }
        bench.workspace().clear(bench.workspace().directory().resolve("kafka"));
        return List.of(row);
    }

    private Row kafkaRow(String title, KafkaBroker broker, double rate) throws IOException, InterruptedException {
        LoadSettings load = put.load();
        long warmup = records(rate, load.warmup());
        long records = records(rate, load.measured());
        bench.lines()
                .accept(String.format(
                        Locale.ROOT, "%s: %d records, and %d before for warming up", title, records, warmup));
        double before = ProcessFigures.of(broker.pid()).cpuSeconds();
        long began = System.nanoTime();
        ProducerRun run = broker.produce(KAFKA_TOPIC, records, load.recordBytes(), warmup);
        double cpu = ProcessFigures.of(broker.pid()).cpuSeconds() - before;
        return Row.ofProducer(title, run, load.recordBytes(), cpu * 1e9 / (System.nanoTime() - began));
    }

    /** Until a run is so long that the start of its JVM no longer decides. */
    private static ProducerRun probe(KafkaBroker broker, int recordBytes) throws IOException, InterruptedException {
        long records = KAFKA_PROBE_RECORDS;
        ProducerRun probe = broker.produce(KAFKA_TOPIC, records, recordBytes, 0);
        while (probe.seconds() < KAFKA_PROBE_SECONDS) {
            records *= KAFKA_PROBE_GROWTH;
            probe = broker.produce(KAFKA_TOPIC, records, recordBytes, 0);
        }
        return probe;
    }

    private static long records(double rate, Duration duration) {
        return (long) (rate * duration.toMillis() / 1000);
    }

    private List<Row> disk() throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (DiskLoop loop : DiskLoop.values()) {
            rows.add(disk(loop));
        }
        return rows;
    }

    /** One loop on the disk that the node writes to. */
    Row disk(DiskLoop loop) throws IOException, InterruptedException {
        bench.lines().accept(loop.title());
        Path directory = bench.workspace().directory().resolve("disk");
        Row row = Row.ofDisk(loop.title(), loop.run(directory, put.load().measured()), loop.writeBytes());
        bench.workspace().clear(directory);
        return row;
    }
}
