package io.millrace.analytics.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;

/** The Flink settings of the embedded cluster: one machine, loopback only, small, state on the local disk. */
final class ClusterConfiguration {
    static final String HOST = "127.0.0.1";

    private ClusterConfiguration() {}

    /** Returns the settings of the cluster and makes the directories they name. */
    static Configuration ofCluster(ClusterOptions options) throws IOException {
        Path directory = options.directory();
        deleteTree(directory.resolve("tmp")); // a killed process leaves 22 MB of files behind
        for (String name : List.of("checkpoints", "savepoints", "upload", "tmp")) {
            Files.createDirectories(directory.resolve(name));
        }
        Configuration flink = new Configuration();
        for (String address : List.of(
                "rest.address",
                "rest.bind-address",
                "jobmanager.rpc.address",
                "jobmanager.bind-host",
                "taskmanager.host",
                "taskmanager.bind-host")) {
            flink.setString(address, HOST);
        }
        flink.setString("rest.port", Integer.toString(options.restPort()));
        flink.setString("rest.bind-port", Integer.toString(options.restPort()));
        flink.setString("web.upload.dir", directory.resolve("upload").toString());
        flink.setString("io.tmp.dirs", directory.resolve("tmp").toString());
        state(flink, directory);
        sizes(flink);
        options.overrides().forEach(flink::setString);
        return flink;
    }

    private static void state(Configuration flink, Path directory) {
        flink.setString("parallelism.default", "1");
        flink.setString("state.backend.type", "hashmap");
        flink.setString("execution.checkpointing.storage", "filesystem");
        flink.setString(
                "execution.checkpointing.dir",
                directory.resolve("checkpoints").toUri().toString());
        flink.setString(
                "execution.checkpointing.savepoint-dir",
                directory.resolve("savepoints").toUri().toString());
        flink.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
        flink.setString("execution.checkpointing.num-retained", "2");
    }

    /** Small pools: the defaults of a server take dozens of threads more and nothing here needs them. */
    private static void sizes(Configuration flink) {
        flink.setString("taskmanager.memory.network.min", "48m");
        flink.setString("taskmanager.memory.network.max", "48m");
        flink.setString("taskmanager.memory.managed.size", "128m");
        flink.setString("rest.server.numThreads", "2");
        flink.setString("jobmanager.future-pool.size", "2");
        flink.setString("jobmanager.io-pool.size", "2");
        flink.setString("cluster.io-pool.size", "4");
        flink.setString("pekko.fork-join-executor.parallelism-min", "2");
        flink.setString("pekko.fork-join-executor.parallelism-max", "4");
        flink.setString("sql-gateway.worker.threads.min", "1");
        flink.setString("sql-gateway.worker.threads.max", "16");
        flink.setString("security.delegation.tokens.enabled", "false");
        flink.setString("heartbeat.timeout", "120 s"); // a suspended laptop or a starved CPU loses no job
    }

    /** Returns the settings of the SQL gateway, whose jobs go to the cluster of this process over its REST port. */
    static Configuration ofGateway(Configuration cluster, ClusterOptions options) {
        Configuration gateway = new Configuration(cluster);
        gateway.setString("execution.target", "remote");
        gateway.setString("sql-gateway.endpoint.type", "rest");
        gateway.setString("sql-gateway.endpoint.rest.address", HOST);
        gateway.setString("sql-gateway.endpoint.rest.bind-address", HOST);
        gateway.setString("sql-gateway.endpoint.rest.port", Integer.toString(options.sqlPort()));
        gateway.setString("sql-gateway.endpoint.rest.bind-port", Integer.toString(options.sqlPort()));
        return gateway;
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
