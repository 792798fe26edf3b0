package io.millrace.server.config;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.millrace.analytics.control.ClusterAccess;
import io.millrace.ingest.log.Durability;
import io.millrace.ingest.log.segment.BlockCodec;
import io.millrace.ingest.log.segment.LogOptions;
import io.millrace.ingest.streams.Limits;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.auth.SigV4Authentication;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of {@code millrace server} and {@code millrace demo}. Each may also come from an environment variable
 * ({@code --s3-port} is {@code MILLRACE_S3_PORT}) and from the YAML file of {@code --config} ({@code s3-port: 9000});
 * the command line wins over the environment, and that over the file.
 */
public final class NodeOptions {
    private static final int MAX_TRANSITION_MILLIS = 600_000;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_CLOCK_SKEW = 86_400;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory = Path.of("data");

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port of the API (default: ${DEFAULT-VALUE}; 0: any free one).")
    private int port = 4567;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "Interface to listen on (default: ${DEFAULT-VALUE}).")
    private String bind = "127.0.0.1";

    @Option(
            names = "--auth",
            paramLabel = "MODE",
            description = "Whether calls have to be signed by a key of 'millrace keys': off or sigv4"
                    + " (default: ${DEFAULT-VALUE}).")
    private String auth = "off";

    @Option(
            names = "--auth-clock-skew",
            paramLabel = "SECONDS",
            description = "By how much a caller's clock may differ (default: ${DEFAULT-VALUE}).")
    private int authClockSkew = (int) SigV4Authentication.DEFAULT_CLOCK_SKEW.toSeconds();

    @Option(
            names = "--durability",
            paramLabel = "MODE",
            description = "When a put is acknowledged: fsync, interval=MS or os (default: ${DEFAULT-VALUE}).")
    private String durability = "fsync";

    @Option(
            names = "--log-compression",
            paramLabel = "CODEC",
            description = "How shard files are compressed: none, lz4 or zstd (default: ${DEFAULT-VALUE}).")
    private String logCompression = "none";

    @Option(
            names = "--limits",
            paramLabel = "MODE",
            description = "Throughput of shards, rates of calls and quotas: off for none, aws for those of AWS"
                    + " (default: ${DEFAULT-VALUE}).")
    private String limits = "off";

    @Option(
            names = "--stream-transition",
            paramLabel = "MS",
            description = "How long streams stay CREATING, UPDATING or DELETING (default: ${DEFAULT-VALUE}).")
    private int streamTransition = 100;

    @Option(
            names = "--s3-port",
            paramLabel = "PORT",
            description = "Port of the embedded S3 (default: ${DEFAULT-VALUE}).")
    private int s3Port = 9000;

    @Option(names = "--s3-url", paramLabel = "URL", description = "Use this S3 instead of the embedded one.")
    private @Nullable URI s3Url;

    @Option(
            names = "--s3-region",
            paramLabel = "REGION",
            description = "Region of the S3 of --s3-url (default: ${DEFAULT-VALUE}).")
    private String s3Region = "us-east-1";

    @Option(
            names = "--s3-access-key",
            paramLabel = "KEY",
            description = "Access key of the S3 (default of the embedded one: random, see 'millrace env').")
    private @Nullable String s3AccessKey;

    @Option(
            names = "--s3-secret-key",
            paramLabel = "KEY",
            description = "Secret key of the S3 (default of the embedded one: random, see 'millrace env').")
    private @Nullable String s3SecretKey;

    @Option(
            names = "--flink-port",
            paramLabel = "PORT",
            description = "Port of Flink's REST API, which answers the node only; 'millrace flink-ui' opens the web UI"
                    + " (default: ${DEFAULT-VALUE}).")
    private int flinkPort = 8081;

    @Option(
            names = "--sql-port",
            paramLabel = "PORT",
            description = "Port of Flink's SQL gateway, which answers the node and its commands only"
                    + " (default: ${DEFAULT-VALUE}).")
    private int sqlPort = 8083;

    @Option(
            names = "--flink-files",
            paramLabel = "DIR",
            description = "Folder that SQL and jobs may read and write as files (file:///DIR/...); may be repeated"
                    + " (default: none).")
    private List<Path> flinkFiles = List.of();

    @Option(
            names = "--flink-url",
            paramLabel = "URL",
            description = "Use the Flink cluster with this REST URL instead of the embedded one.")
    private @Nullable URI flinkUrl;

    @Option(names = "--sql-url", paramLabel = "URL", description = "SQL gateway of the cluster of --flink-url.")
    private @Nullable URI sqlUrl;

    @Option(
            names = "--flink-credentials",
            paramLabel = "FILE",
            description = "File with one line that the cluster of --flink-url asks for: 'user:password', or a header"
                    + " such as 'Authorization: Bearer ...'.")
    private @Nullable Path flinkCredentials;

    @Option(
            names = "--advertised-url",
            paramLabel = "URL",
            description = "How the cluster of --flink-url reaches this node (default: its own environment decides).")
    private @Nullable URI advertisedUrl;

    @Mixin
    private final SizeOptions sizes = new SizeOptions();

    @Option(
            names = "--warehouse-port",
            paramLabel = "PORT",
            description = "Port of the embedded warehouse (default: ${DEFAULT-VALUE}).")
    private int warehousePort = 5439;

    @Option(
            names = "--warehouse-url",
            paramLabel = "JDBC-URL",
            description = "Use this warehouse instead of the embedded one.")
    private @Nullable String warehouseUrl;

    @Option(names = "--warehouse-user", paramLabel = "USER", description = "User of the warehouse of --warehouse-url.")
    private @Nullable String warehouseUser;

    @Option(
            names = "--warehouse-password",
            paramLabel = "PASSWORD",
            description = "Password of the warehouse of --warehouse-url.")
    private @Nullable String warehousePassword;

    @Option(names = "--no-flink", description = "Run without Flink: no SQL, and delivery waits.")
    private boolean noFlink;

    @Option(names = "--no-s3", description = "Run without an object store.")
    private boolean noS3;

    @Option(names = "--no-warehouse", description = "Run without a warehouse.")
    private boolean noWarehouse;

    /** A file of options; read by {@link OptionSources} before the others. */
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with any of these options.")
    @SuppressWarnings("UnusedVariable") // read by OptionSources before this object exists; here for the help
    private @Nullable Path config;

    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Returns the settings. @throws CommandLine.ParameterException naming every option that is wrong */
    public NodeConfig toConfig(CommandLine command) {
        List<String> problems = new ArrayList<>();
        checkPort("--port", port, problems);
        checkPort("--s3-port", s3Port, problems);
        checkPort("--flink-port", flinkPort, problems);
        checkPort("--sql-port", sqlPort, problems);
        checkPort("--warehouse-port", warehousePort, problems);
        sizes.check(!noFlink && flinkUrl == null, heapBytes(), problems);
        if (!auth.equals("off") && !auth.equals("sigv4")) {
            problems.add(String.format(Locale.ROOT, "--auth: %s (expected: off or sigv4)", auth));
        }
        if (authClockSkew < 1 || authClockSkew > MAX_CLOCK_SKEW) {
            problems.add(String.format(
                    Locale.ROOT, "--auth-clock-skew: %d (expected: 1 to %d)", authClockSkew, MAX_CLOCK_SKEW));
        }
        if (!limits.equals("off") && !limits.equals("aws")) {
            problems.add(String.format(Locale.ROOT, "--limits: %s (expected: off or aws)", limits));
        }
        if (streamTransition < 0 || streamTransition > MAX_TRANSITION_MILLIS) {
            problems.add(String.format(
                    Locale.ROOT,
                    "--stream-transition: %d (expected: 0 to %d)",
                    streamTransition,
                    MAX_TRANSITION_MILLIS));
        }
        if (flinkUrl != null && sqlUrl == null) {
            problems.add("--flink-url: needs --sql-url too");
        }
        if (warehouseUrl != null && (warehouseUser == null || warehousePassword == null)) {
            problems.add("--warehouse-url: needs --warehouse-user and --warehouse-password too");
        }
        checkS3Keys(problems);
        ClusterAccess.Credential credential = credential(problems);
        LogOptions log = LogOptions.of(new Durability.Fsync());
        try {
            log = LogOptions.of(Durability.parse(durability)).withCodec(BlockCodec.parse(logCompression));
        } catch (IllegalArgumentException e) {
            problems.add("--" + e.getMessage());
        }
        if (!problems.isEmpty()) {
            throw new CommandLine.ParameterException(command, String.join("; ", problems));
        }
        return new NodeConfig(
                dataDirectory.toAbsolutePath().normalize(),
                bind,
                port,
                auth(),
                log,
                streams(),
                s3(),
                flink(credential),
                sizes.checkpointInterval(),
                warehouse());
    }

    /** Returns the heap that this JVM was given; {@code Runtime.maxMemory()} leaves a part of it out. */
    private static long heapBytes() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return Long.parseLong(jvm.getVMOption("MaxHeapSize").getValue());
    }

    private void checkS3Keys(List<String> problems) {
        if ((s3AccessKey == null) != (s3SecretKey == null)) {
            problems.add("--s3-access-key and --s3-secret-key: need each other");
        } else if (s3Url != null && s3AccessKey == null) {
            problems.add("--s3-url: needs --s3-access-key and --s3-secret-key too");
        }
    }

    private ClusterAccess.@Nullable Credential credential(List<String> problems) {
        if (flinkCredentials == null) {
            return null;
        }
        if (flinkUrl == null) {
            problems.add("--flink-credentials: needs --flink-url too");
            return null;
        }
        try {
            return CredentialFile.read(flinkCredentials);
        } catch (IOException e) {
            problems.add("--flink-credentials: " + e.getMessage());
            return null;
        }
    }

    private static void checkPort(String option, int value, List<String> problems) {
        if (value < 0 || value > MAX_PORT) {
            problems.add(String.format(Locale.ROOT, "%s: %d (expected: 0 to %d)", option, value, MAX_PORT));
        }
    }

    private NodeConfig.Auth auth() {
        return auth.equals("off")
                ? new NodeConfig.Auth.Off()
                : new NodeConfig.Auth.SigV4(Duration.ofSeconds(authClockSkew));
    }

    private Streams.Rules streams() {
        return new Streams.Rules(Duration.ofMillis(streamTransition), limits.equals("aws") ? Limits.AWS : Limits.OFF);
    }

    private NodeConfig.S3 s3() {
        if (noS3) {
            return new NodeConfig.S3.Off();
        }
        NodeConfig.S3.Keys keys =
                s3AccessKey == null || s3SecretKey == null ? null : new NodeConfig.S3.Keys(s3AccessKey, s3SecretKey);
        return s3Url != null && keys != null
                ? new NodeConfig.S3.External(s3Url, s3Region, keys.accessKey(), keys.secretKey())
                : new NodeConfig.S3.Embedded(s3Port, keys);
    }

    private NodeConfig.Flink flink(ClusterAccess.@Nullable Credential credential) {
        if (noFlink) {
            return new NodeConfig.Flink.Off();
        }
        return flinkUrl != null && sqlUrl != null
                ? new NodeConfig.Flink.External(flinkUrl, sqlUrl, advertisedUrl, credential)
                : new NodeConfig.Flink.Embedded(
                        flinkPort,
                        sqlPort,
                        flinkFiles.stream().map(Path::toAbsolutePath).toList(),
                        false,
                        sizes.flink());
    }

    private NodeConfig.Warehouse warehouse() {
        if (noWarehouse) {
            return new NodeConfig.Warehouse.Off();
        }
        return warehouseUrl != null && warehouseUser != null && warehousePassword != null
                ? new NodeConfig.Warehouse.External(warehouseUrl, warehouseUser, warehousePassword)
                : new NodeConfig.Warehouse.Embedded(warehousePort);
    }
}
