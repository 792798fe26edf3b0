package io.millrace.ingest.log.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.ShardLog;
import io.millrace.ingest.log.segment.EmbeddedShardLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * The process that is killed: opens a log, reads all of it, then appends under load.
 *
 * <p>Its output: {@code ready PID OPEN_MICROS} when the log is open, {@code read} when it was read, {@code failed WHY} when an append failed,
 * {@code refused WHY} when the log could not be opened. Its input: {@code progress} is answered by
 * {@code progress BYTES}, {@code stop} ends the load and {@code await} waits for it to end, both are answered by {@code stopped BUSY}, {@code close} closes the log. It ends when its input does, for then nobody waits for it.
 */
final class LogMain {
    private static final long POLL_MILLIS = 5;

    private LogMain() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Load.Shape shape = Load.Shape.parse(arguments[3]);
        long seed = Long.parseLong(arguments[4]);
        try (JournalFile journal = JournalFile.create(Path.of(arguments[1]))) {
            ShardLog log = open(directory, arguments[2]);
            Reading.of(log, shape.shards(), journal);
            System.out.println("read");
            Load load = Load.start(log, journal, shape, seed, Integer.parseInt(arguments[5]));
            tellFailure(load);
            obey(log, load);
        }
    }

    private static ShardLog open(Path directory, String durability) {
        long begin = System.nanoTime();
        try {
            ShardLog log = durability.equals(SmallLog.NAME)
                    ? SmallLog.open(directory, InstantSource.system())
                    : EmbeddedShardLog.open(directory, Durability.parse(durability), InstantSource.system());
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
            System.out.printf("ready %d %d%n", ProcessHandle.current().pid(), micros);
            return log;
        } catch (IOException e) {
            System.out.println("refused " + e);
            Runtime.getRuntime().halt(4);
            throw new IllegalStateException(e); // not reached
        }
    }

    private static void tellFailure(Load load) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (load.failure().isEmpty()) {
                            Thread.sleep(POLL_MILLIS);
                        }
                        System.out.println("failed " + load.failure());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "teller");
        thread.setDaemon(true);
        thread.start();
    }

    private static void obey(ShardLog log, Load load) throws IOException, InterruptedException {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String command = commands.readLine(); command != null; command = commands.readLine()) {
            switch (command) {
                case "progress" -> System.out.println("progress " + load.ackedBytes());
                case "await" -> {
                    load.await();
                    System.out.println("stopped " + load.busy());
                }
                case "stop" -> {
                    load.stop();
                    System.out.println("stopped " + load.busy());
                }
                default -> {
                    load.stop();
                    log.close();
                    return;
                }
            }
        }
        Runtime.getRuntime().halt(5);
    }
}
