package io.millrace.analytics.runtime;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * A whole Flink in one process: JobManager with REST and web UI, one TaskManager, SQL Gateway.
 *
 * <p>Its REST endpoints answer only those who know the secret of its {@link Door}; the parent finds it, and the ports,
 * in the {@link ClusterFile}. Where a port that was asked for is taken, any free one is used.
 *
 * <p>Prints {@code READY} on standard output once both REST endpoints answer. Ends in order on SIGTERM, at once when
 * its standard input ends (the parent is gone, and the next one will run the same jobs), with exit code 1 when it
 * cannot start and with 3 when the cluster dies.
 */
public final class EmbeddedCluster {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(8);

    /** A parent that asks us to end closes our standard input too, just after it has sent the signal. */
    private static final Duration SIGNAL_PATIENCE = Duration.ofSeconds(1);

    private static final int EXIT_NOT_STARTED = 1;
    private static final int EXIT_CLUSTER_DIED = 3;

    private EmbeddedCluster() {}

    public static void main(String[] arguments) {
        try {
            run(ClusterOptions.parse(arguments));
        } catch (Exception e) { // the outermost frame of the process; Flink's threads would keep it alive
            System.err.println("the embedded Flink cluster cannot run: " + e);
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                System.err.println("  because: " + cause);
            }
            System.exit(EXIT_NOT_STARTED);
        }
    }

    private static void run(ClusterOptions options) throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        endWithParent(stop);
        ClusterFile.remove(options.directory());
        SecureRandom random = new SecureRandom();
        Door door = Door.lock(random);
        Configuration configuration = ClusterConfiguration.ofCluster(options);
        ClusterConfiguration.allowedFiles(options).enforce();
        ClusterConfiguration.secure(
                configuration, InternalKey.create(options.directory().resolve("internal.p12"), random));
        FileSystem.initialize(configuration, null); // s3 reads its settings here, once a process
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(options.slots())
                .setCommonBindAddress(ClusterConfiguration.HOST)
                .build());
        cluster.start();
        door.restPort(cluster.getRestAddress().get().getPort());
        Gateway gateway = Gateway.start(ClusterConfiguration.ofGateway(configuration, options, door.restPort()));
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stop.countDown();
                            close(gateway, cluster);
                        },
                        "shutdown"));
        ClusterFile.write(options.directory(), gateway.port(), door);
        System.out.println("READY");
        while (!stop.await(1, TimeUnit.SECONDS)) {
            if (!cluster.isRunning() && stop.getCount() > 0) {
                System.err.println("the cluster has died; its log says why");
                System.exit(EXIT_CLUSTER_DIED);
            }
        }
    }

    private static void endWithParent(CountDownLatch stop) {
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // nothing is said on this line; only its end means something
                        }
                    } catch (IOException e) {
                        // as good as the end
                    }
                    try {
                        if (!stop.await(SIGNAL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                            endAtOnce();
                        }
                    } catch (InterruptedException e) {
                        endAtOnce();
                    }
                },
                "parent-watch");
        watcher.setDaemon(true);
        watcher.start();
    }

    /**
     * An exit in order takes up to ten seconds, and as long again where the JVM archives its classes: meanwhile the
     * jobs would go on beside those of the next parent, and the ports would be taken. A process cannot kill itself but
     * by a program.
     */
    private static void endAtOnce() {
        try {
            new ProcessBuilder("sh", "-c", "kill -9 " + ProcessHandle.current().pid())
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            // the second best will do
        }
        Runtime.getRuntime().halt(0);
    }

    private static void close(Gateway gateway, MiniCluster cluster) {
        Thread closer = new Thread(
                () -> {
                    gateway.stop();
                    cluster.closeAsync().join();
                },
                "close");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
