package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.millrace.protocol.api.HeededMembers;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.services.firehose.FirehoseClient;
import software.amazon.awssdk.services.firehose.model.ExtendedS3DestinationConfiguration;
import software.amazon.awssdk.services.firehose.model.FirehoseRequest;
import software.amazon.awssdk.services.firehose.model.S3DestinationConfiguration;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.GlueRequest;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.KinesisRequest;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideo.model.KinesisVideoRequest;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.KinesisVideoArchivedMediaRequest;
import software.amazon.awssdk.services.kinesisvideomedia.KinesisVideoMediaClient;
import software.amazon.awssdk.services.kinesisvideomedia.model.KinesisVideoMediaRequest;

/**
 * Every operation of the SDK's models is served or known not to be, and every member of an input that is served, however deep,
 * is read, refused by name, or ignored for a reason that stands here. A newer model makes this fail until somebody decides.
 *
 * <p>That a member is read is seen in the bytecode: a class of the service calls its getter. It says nothing of what the
 * service makes of the value.
 */
class InputMembersTest {
    /** Whose inputs are read by these classes. */
    private record Service(
            String name, Class<?> client, Class<? extends SdkRequest> request, String packages, Set<String> unserved) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** What is in the model and not served. The service answers UnknownOperationException. */
    private static final Set<String> UNSERVED_FIREHOSE =
            Set.of("StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption", "UpdateDestination");

    private static final Set<String> SERVED_GLUE = Set.of(
            "CreateDatabase", "CreateTable", "DeleteTable", "GetDatabase", "GetDatabases", "GetTable", "GetTables");
    private static final Set<String> SERVED_VIDEO =
            Set.of("CreateStream", "DeleteStream", "DescribeStream", "GetDataEndpoint", "ListStreams");
    private static final Set<String> SERVED_ARCHIVE = Set.of("ListFragments");

    /** Whole operations that are refused by name. */
    private static final Set<String> REFUSED =
            Set.of("CreateChannel", "DeleteChannel", "DescribeChannel", "ListChannels", "UpdateChannel");

    /** Members that are ignored on purpose, of any operation ({@code *}) or of one, and why. */
    private static final Map<String, String> IGNORED = Map.ofEntries(
            Map.entry("*.StreamId", "AWS: not implemented, reserved for future use"),
            Map.entry("kinesis UpdateShardCount.ScalingType", "UNIFORM_SCALING is its only value, which is checked"),
            Map.entry("kinesis StartStreamEncryption.EncryptionType", "KMS is its only value, which is checked"),
            Map.entry("kinesis StopStreamEncryption.EncryptionType", "KMS is its only value, which is checked"),
            Map.entry("kinesis StopStreamEncryption.KeyId", "a stream has one key, and it is let go"),
            Map.entry("firehose CreateDeliveryStream.*.RoleARN", "nobody is asked for a role here; given back"),
            Map.entry("firehose CreateDeliveryStream.*.CloudWatchLoggingOptions", "failures are in the node's log"),
            Map.entry("firehose CreateDeliveryStream.*.ParquetSerDe.BlockSizeBytes", "layout, not content"),
            Map.entry("firehose CreateDeliveryStream.*.ParquetSerDe.PageSizeBytes", "layout, not content"),
            Map.entry(
                    "firehose CreateDeliveryStream.*.ParquetSerDe.EnableDictionaryCompression", "layout, not content"),
            Map.entry("firehose CreateDeliveryStream.*.ParquetSerDe.MaxPaddingBytes", "layout, not content"),
            Map.entry("firehose CreateDeliveryStream.*.ParquetSerDe.WriterVersion", "layout, not content"),
            Map.entry("firehose CreateDeliveryStream.*.NoEncryptionConfig", "what holds anyway; given back"),
            Map.entry("firehose CreateDeliveryStream.DirectPutSourceConfiguration", "the node takes what comes"),
            Map.entry(
                    "firehose CreateDeliveryStream.*.SecretsManagerConfiguration.SecretARN",
                    "refused where it is enabled"),
            Map.entry("firehose CreateDeliveryStream.Tags.Value", "tags are kept as a whole and given back"),
            Map.entry("firehose TagDeliveryStream.Tags.Value", "tags are kept as a whole and given back"),
            Map.entry("firehose DeleteDeliveryStream.AllowForceDelete", "nothing that is deleted waits for a key"),
            Map.entry("firehose DescribeDeliveryStream.Limit", "a stream has one destination"),
            Map.entry("firehose DescribeDeliveryStream.ExclusiveStartDestinationId", "a stream has one destination"),
            Map.entry("glue CreateTable.TableInput", "kept as a whole and given back"),
            Map.entry("video CreateStream.StreamStorageConfiguration", "HOT is the only tier, which is checked"),
            Map.entry("video ListStreams.StreamNameCondition.ComparisonOperator", "BEGINS_WITH is checked"),
            Map.entry("video GetDataEndpoint.APIName", "one endpoint serves all APIs; the name is checked"));

    private static Set<String> calls;

    static Stream<Service> services() {
        return Stream.of(
                new Service("kinesis", KinesisAsyncClient.class, KinesisRequest.class, "io.millrace.ingest", Set.of()),
                new Service(
                        "firehose",
                        FirehoseClient.class,
                        FirehoseRequest.class,
                        "io.millrace.firehose.control",
                        UNSERVED_FIREHOSE),
                new Service(
                        "glue",
                        GlueClient.class,
                        GlueRequest.class,
                        "io.millrace.firehose.catalog",
                        allBut(GlueClient.class, GlueRequest.class, SERVED_GLUE)),
                new Service(
                        "video",
                        KinesisVideoClient.class,
                        KinesisVideoRequest.class,
                        "io.millrace.video",
                        allBut(KinesisVideoClient.class, KinesisVideoRequest.class, SERVED_VIDEO)),
                new Service(
                        "archive",
                        KinesisVideoArchivedMediaClient.class,
                        KinesisVideoArchivedMediaRequest.class,
                        "io.millrace.video",
                        allBut(
                                KinesisVideoArchivedMediaClient.class,
                                KinesisVideoArchivedMediaRequest.class,
                                SERVED_ARCHIVE)),
                new Service(
                        "media",
                        KinesisVideoMediaClient.class,
                        KinesisVideoMediaRequest.class,
                        "io.millrace.video",
                        Set.of()));
    }

    private static Set<String> allBut(Class<?> client, Class<? extends SdkRequest> request, Set<String> served) {
        Set<String> all = operations(client, request);
        assertThat(all).containsAll(served);
        all.removeAll(served);
        return all;
    }

    @BeforeAll
    static void readTheBytecode() {
        JavaClasses production = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.millrace.ingest", "io.millrace.firehose", "io.millrace.video");
        calls = production.stream()
                .flatMap(type -> Stream.concat(
                        type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream()))
                .map(InputMembersTest::shown)
                .collect(Collectors.toSet());
    }

    /** Who calls what: package, then class and method. */
    private static String shown(JavaAccess<?> access) {
        return access.getOriginOwner().getPackageName() + " "
                + access.getTargetOwner().getName() + "." + access.getTarget().getName();
    }

    private static boolean isCalled(Service service, Class<?> type, String method) {
        String end = " " + type.getName() + "." + method;
        return calls.stream().anyMatch(call -> call.startsWith(service.packages()) && call.endsWith(end));
    }

    private static Set<String> operations(Class<?> client, Class<? extends SdkRequest> request) {
        return Arrays.stream(client.getMethods())
                .filter(method -> method.getParameterCount() > 0)
                .filter(method -> request.isAssignableFrom(method.getParameterTypes()[0]))
                .map(method -> method.getParameterTypes()[0].getSimpleName().replaceAll("Request$", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Class<?> inputOf(Service service, String operation) throws ClassNotFoundException {
        return Class.forName(service.request().getPackageName() + "." + operation + "Request");
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyOperationIsServedOrKnownNotToBe(Service service) throws ClassNotFoundException {
        Set<String> unserved = new TreeSet<>();
        for (String operation : operations(service.client(), service.request())) {
            if (!isCalled(service, inputOf(service, operation), "builder")) {
                unserved.add(operation);
            }
        }
        assertThat(unserved).isEqualTo(new TreeSet<>(service.unserved()));
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyMemberIsReadRefusedOrIgnoredForAReason(Service service) throws Exception {
        List<String> dropped = new ArrayList<>();
        int members = 0;
        for (String operation : operations(service.client(), service.request())) {
            if (!service.unserved().contains(operation) && !REFUSED.contains(operation)) {
                Walk walk = new Walk(service, operation, heeded(service, operation));
                walk.into(inputOf(service, operation), "");
                dropped.addAll(walk.dropped);
                members += walk.members;
            }
        }
        assertThat(dropped).as("members that are dropped in silence").isEmpty();
        assertThat(members).isPositive();
    }

    /** What is ignored is in the model still, and not read after all. */
    @Test
    void nothingIsIgnoredInVain() throws Exception {
        Set<String> met = new HashSet<>();
        for (Service service : services().toList()) {
            for (String operation : operations(service.client(), service.request())) {
                if (!service.unserved().contains(operation) && !REFUSED.contains(operation)) {
                    Walk walk = new Walk(service, operation, heeded(service, operation));
                    walk.into(inputOf(service, operation), "");
                    met.addAll(walk.ignored);
                }
            }
        }
        assertThat(met).isEqualTo(IGNORED.keySet());
    }

    /** Returns what an operation says that it heeds; the others it refuses. */
    private static HeededMembers heeded(Service service, String operation) throws Exception {
        if (service.name().equals("firehose") && operation.equals("CreateDeliveryStream")) {
            Field field = Class.forName("io.millrace.firehose.control.Heeded").getDeclaredField("CREATE");
            field.setAccessible(true);
            return (HeededMembers) field.get(null);
        }
        if (service.name().equals("glue")) {
            Field field =
                    Class.forName("io.millrace.firehose.catalog.GlueMembers").getDeclaredField("HEEDED");
            field.setAccessible(true);
            return (HeededMembers) ((Map<?, ?>) field.get(null)).get(operation);
        }
        return null;
    }

    /** Goes through the members of one input. */
    private static final class Walk {
        private final Service service;
        private final String operation;
        private final HeededMembers heeded;
        private final List<String> dropped = new ArrayList<>();
        private final Set<String> ignored = new HashSet<>();
        private int members;

        Walk(Service service, String operation, HeededMembers heeded) {
            this.service = service;
            this.operation = operation;
            this.heeded = heeded;
        }

        void into(Class<?> type, String parent) throws Exception {
            SdkPojo builder = (SdkPojo) type.getMethod("builder").invoke(null);
            for (SdkField<?> field : builder.sdkFields()) {
                String path = parent + field.memberName();
                members++;
                if ((heeded != null && !heeded.contains(path)) || isIgnored(path)) {
                    continue;
                }
                if (!isRead(type, field.memberName())) {
                    dropped.add(service.name() + " " + operation + "." + path);
                } else if (structureIn(field) != null) {
                    into(structureIn(field), path + ".");
                }
            }
        }

        private boolean isIgnored(String path) {
            String full = service.name() + " " + operation + "." + path;
            for (String pattern : IGNORED.keySet()) {
                int star = pattern.indexOf('*');
                boolean matches = star < 0
                        ? full.equals(pattern)
                        : full.startsWith(pattern.substring(0, star)) && full.endsWith(pattern.substring(star + 1));
                if (matches) {
                    ignored.add(pattern);
                    return true;
                }
            }
            return false;
        }

        private boolean isRead(Class<?> type, String member) {
            Class<?> read = type == S3DestinationConfiguration.class // which is read as the extended one
                    ? ExtendedS3DestinationConfiguration.class
                    : type;
            String getter = member.toLowerCase(Locale.ROOT);
            Set<String> names = Set.of(getter, getter + "asstring", getter + "asstrings");
            return Arrays.stream(read.getMethods())
                    .filter(method -> method.getParameterCount() == 0)
                    .filter(method -> names.contains(method.getName().toLowerCase(Locale.ROOT)))
                    .anyMatch(method -> isCalled(service, read, method.getName()));
        }

        private static Class<?> structureIn(SdkField<?> field) {
            if (field.marshallingType() == MarshallingType.SDK_POJO) {
                return field.constructor().get().getClass().getEnclosingClass();
            }
            if (field.marshallingType() == MarshallingType.LIST) {
                return structureIn(field.getTrait(ListTrait.class).memberFieldInfo());
            }
            return field.marshallingType() == MarshallingType.MAP
                    ? structureIn(field.getTrait(MapTrait.class).valueFieldInfo())
                    : null;
        }
    }
}
