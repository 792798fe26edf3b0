package io.millrace.analytics.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;

/** The Flink settings of the embedded cluster: one machine, loopback only, small, state on the local disk. */
final class ClusterConfiguration {
    static final String HOST = "127.0.0.1";
    private static final List<String> OWN_FOLDERS = List.of("checkpoints", "savepoints", "upload", "tmp");

    private ClusterConfiguration() {}

    /** Returns the settings of the cluster and makes the directories they name. */
    static Configuration ofCluster(ClusterOptions options) throws IOException {
        Path directory = options.directory();
        for (String name : List.of("tmp", "upload")) {
            deleteTree(directory.resolve(name)); // what a killed process has left
        }
        for (String name : OWN_FOLDERS) {
            Syncs.OF_DISK.createDirectories(directory.resolve(name));
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
        flink.setString("rest.bind-port", orAnyFree(options.restPort()));
        flink.setString("web.upload.dir", directory.resolve("upload").toString());
        flink.setString("io.tmp.dirs", directory.resolve("tmp").toString());
        flink.setString("web.tmpdir", directory.resolve("tmp").toString());
        classes(flink);
        state(flink, directory);
        sizes(flink);
        options.overrides().forEach(flink::setString);
        return flink;
    }

    /** A list of ports, of which Flink takes the first that is free. */
    private static String orAnyFree(int port) {
        return port == 0 ? "0" : port + ",0";
    }

    /** Returns what jobs may read and write as files: what Flink keeps itself, and what the operator named. */
    static AllowedFiles allowedFiles(ClusterOptions options) throws IOException {
        List<Path> folders = new ArrayList<>(options.files());
        OWN_FOLDERS.forEach(name -> folders.add(options.directory().resolve(name)));
        return AllowedFiles.below(folders);
    }

    /** Closes the ports that Flink opens for itself to everybody without this key. */
    static void secure(Configuration flink, InternalKey key) {
        flink.setString("security.ssl.internal.enabled", "true");
        for (String store : List.of("keystore", "truststore")) {
            flink.setString("security.ssl.internal." + store, key.file().toString());
            flink.setString("security.ssl.internal." + store + "-password", key.password());
            flink.setString("security.ssl.internal." + store + "-type", "PKCS12");
        }
        flink.setString("security.ssl.internal.key-password", key.password());
        flink.setString("security.ssl.protocol", "TLSv1.3");
        flink.setString("security.ssl.algorithms", "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384");
    }

    /**
     * The cluster and the delivery job both have the AWS SDK and the connector: only those of the cluster are loaded.
     */
    private static void classes(Configuration flink) {
        flink.setString(
                "classloader.parent-first-patterns.additional",
                "software.amazon.;io.millrace.analytics.connector.;org.reactivestreams.");
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

    /**
     * Returns the settings of the SQL gateway, whose jobs go to the cluster of this process over its REST port. Keys
     * and passwords are left out: {@code SET} shows a session's settings, and the gateway needs none of them.
     */
    static Configuration ofGateway(Configuration cluster, ClusterOptions options, int restPort) {
        Configuration gateway = new Configuration();
        cluster.toMap().forEach((key, value) -> {
            if (!GlobalConfiguration.isSensitive(key) && !key.startsWith("security.ssl.")) {
                gateway.setString(key, value);
            }
        });
        gateway.setString("rest.port", Integer.toString(restPort));
        gateway.setString("execution.target", "remote");
        gateway.setString("sql-gateway.endpoint.type", "rest");
        gateway.setString("sql-gateway.endpoint.rest.address", HOST);
        gateway.setString("sql-gateway.endpoint.rest.bind-address", HOST);
        gateway.setString("sql-gateway.endpoint.rest.port", Integer.toString(options.sqlPort()));
        gateway.setString("sql-gateway.endpoint.rest.bind-port", orAnyFree(options.sqlPort()));
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
