package io.millrace.server;

import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.ShapeWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.jar.JarFile;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.utils.builder.SdkBuilder;

/**
 * Every operation of a service that the AWS SDK on the class path knows, with an input in which each member is set. So an
 * operation that is new in the SDK is there by itself.
 *
 * @param model the name of the SDK's package
 * @param target before the operation's name in {@code X-Amz-Target}; empty for a service that is addressed by path
 */
record SdkOperations(String model, String signingName, String target) {
    private static final String REQUEST = "Request.class";
    private static final int MOST_DEPTH = 4;
    /** Numbers that are valid where 1 is not. */
    private static final Map<String, Integer> NUMBERS =
            Map.of("RetentionPeriodHours", 48, "MaxRecordSizeInKiB", 2048, "TargetShardCount", 4);

    /** An operation and the class of its input. */
    record Op(String name, Class<?> input) {}

    List<Op> all() {
        String folder = "software/amazon/awssdk/services/%s/model/".formatted(model);
        URL found = SdkOperations.class.getClassLoader().getResource(folder);
        if (found == null) {
            throw new IllegalStateException(folder + ": not on the class path");
        }
        List<Op> operations = new ArrayList<>();
        try (JarFile jar = new JarFile(Path.of(((JarURLConnection) found.openConnection())
                        .getJarFileURL()
                        .getPath())
                .toFile())) {
            jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith(folder) && name.endsWith(REQUEST) && !name.contains("$"))
                    .sorted()
                    .forEach(name -> add(name, folder, operations));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return operations;
    }

    private static void add(String entry, String folder, List<Op> operations) {
        try {
            Class<?> input = Class.forName(entry.replace(".class", "").replace('/', '.'));
            if (SdkPojo.class.isAssignableFrom(input) && !Modifier.isAbstract(input.getModifiers())) {
                operations.add(new Op(entry.substring(folder.length(), entry.length() - REQUEST.length()), input));
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes an input of which every member is set.
     *
     * @param texts gives the text of a member of that name; null leaves it out
     */
    static byte[] input(Op operation, Function<String, String> texts) {
        try {
            SdkPojo builder = (SdkPojo) operation.input().getMethod("builder").invoke(null);
            fill(builder, texts, 0);
            return ShapeWriter.write((SdkPojo) ((SdkBuilder<?, ?>) builder).build(), BodyFormat.JSON_1_1);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(operation.name(), e);
        }
    }

    private static void fill(SdkPojo builder, Function<String, String> texts, int depth) {
        for (SdkField<?> field : builder.sdkFields()) {
            Object value = value(field, texts, depth);
            if (value != null) {
                field.set(builder, value);
            }
        }
    }

    private static Object value(SdkField<?> field, Function<String, String> texts, int depth) {
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.STRING) {
            return texts.apply(field.memberName());
        } else if (type == MarshallingType.INTEGER) {
            return NUMBERS.getOrDefault(String.valueOf(field.memberName()), 1);
        } else if (type == MarshallingType.LONG) {
            return 1L;
        } else if (type == MarshallingType.DOUBLE) {
            return 1.0;
        } else if (type == MarshallingType.FLOAT) {
            return 1f;
        } else if (type == MarshallingType.BOOLEAN) {
            return !"DryRun".equals(field.memberName());
        } else if (type == MarshallingType.INSTANT) {
            return Instant.now();
        } else if (type == MarshallingType.SDK_BYTES) {
            return SdkBytes.fromUtf8String("stranger");
        } else if (depth == MOST_DEPTH) {
            return null;
        } else if (type == MarshallingType.LIST) {
            Object element = value(field.getTrait(ListTrait.class).memberFieldInfo(), texts, depth + 1);
            return element == null ? null : List.of(element);
        } else if (type == MarshallingType.MAP) {
            Object element = value(field.getTrait(MapTrait.class).valueFieldInfo(), texts, depth + 1);
            return element == null ? null : Map.of("key", element);
        } else if (type == MarshallingType.SDK_POJO) {
            SdkPojo nested = field.constructor().get();
            fill(nested, texts, depth + 1);
            return ((SdkBuilder<?, ?>) nested).build();
        }
        return null;
    }

    /** The services of a node, by their models in the SDK. */
    static Set<SdkOperations> services() {
        return Set.of(
                new SdkOperations("kinesis", "kinesis", "Kinesis_20131202."),
                new SdkOperations("firehose", "firehose", "Firehose_20150804."),
                new SdkOperations("glue", "glue", "AWSGlue."),
                new SdkOperations("kinesisvideo", "kinesisvideo", ""),
                new SdkOperations("kinesisvideomedia", "kinesisvideo", ""),
                new SdkOperations("kinesisvideoarchivedmedia", "kinesisvideo", ""));
    }
}
