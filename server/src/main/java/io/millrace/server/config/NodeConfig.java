package io.millrace.server.config;

import io.millrace.analytics.control.ClusterAccess;
import io.millrace.ingest.log.segment.LogOptions;
import io.millrace.ingest.streams.Streams;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a node. Immutable; read once at start.
 *
 * @param bind the interface of the API and of the embedded S3; everything else stays on loopback
 * @param port of the API; 0 for any free one
 * @param log how the shard log works
 * @param streams how data streams behave
 * @param checkpointInterval between two checkpoints of a job, on whichever cluster
 */
public record NodeConfig(
        Path dataDirectory,
        String bind,
        int port,
        Auth auth,
        LogOptions log,
        Streams.Rules streams,
        S3 s3,
        Flink flink,
        Duration checkpointInterval,
        Warehouse warehouse) {
    public static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

    /** Whether the API asks who calls. */
    public sealed interface Auth {
        /** It does not: any access key and secret will do. */
        record Off() implements Auth {
            @Override
            public String toString() {
                return "off";
            }
        }

        /**
         * It checks the signature of every call.
         *
         * @param clockSkew by how much the clocks of callers may differ from the node's
         */
        record SigV4(Duration clockSkew) implements Auth {
            @Override
            public String toString() {
                return "sigv4";
            }
        }
    }

    /** The object store. */
    public sealed interface S3 {
        /**
         * One in this process, on the data directory.
         *
         * @param keys with which requests have to be signed; absent for random ones, kept in the data directory
         */
        record Embedded(int port, @Nullable Keys keys) implements S3 {}

        /** A key pair. */
        record Keys(String accessKey, String secretKey) {
            /** Returns the access key alone. */
            @Override
            public String toString() {
                return "Keys[accessKey=" + accessKey + "]";
            }
        }

        /** Any other. */
        record External(URI endpoint, String region, String accessKey, String secretKey) implements S3 {}

        /** None; nothing can be delivered. */
        record Off() implements S3 {}
    }

    /** The Flink cluster. */
    public sealed interface Flink {
        /**
         * A child process.
         *
         * @param files folders of this machine that jobs may read and write as files
         * @param brief whether it leaves out what makes only later starts faster
         * @param size its heap and task slots
         */
        record Embedded(int restPort, int sqlPort, List<Path> files, boolean brief, FlinkSize size) implements Flink {
            public Embedded {
                files = List.copyOf(files);
            }
        }

        /**
         * A cluster that somebody else runs, reached over REST.
         *
         * @param sourceEndpoint the URL by which the cluster's tasks reach this node
         * @param credential what both URLs ask for; absent where they ask for nothing
         */
        record External(
                URI restUrl, URI sqlUrl, @Nullable URI sourceEndpoint, ClusterAccess.@Nullable Credential credential)
                implements Flink {}

        /** None; jobs are remembered but not run. */
        record Off() implements Flink {}
    }

    /** The size of the embedded cluster. */
    public record FlinkSize(MemorySize heap, int slots) {
        public static final FlinkSize DEFAULT = new FlinkSize(new MemorySize(512), 32);
    }

    /** The warehouse. */
    public sealed interface Warehouse {
        /** A PostgreSQL as child process. */
        record Embedded(int port) implements Warehouse {}

        /** Any other, by JDBC. */
        record External(String jdbcUrl, String user, String password) implements Warehouse {}

        /** None. */
        record Off() implements Warehouse {}
    }
}
