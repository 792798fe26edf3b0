package io.millrace.protocol.api;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkPojo;

/**
 * The operations of a service that is addressed by {@code X-Amz-Target: prefix.Operation}.
 *
 * <p>Filled while the node starts, read-only afterwards.
 */
public final class AwsJsonService {
    private final String targetPrefix;
    private final String signingName;
    private final Map<String, Operation> operations = new HashMap<>();

    /**
     * @param targetPrefix for example {@code Kinesis_20131202}
     * @param signingName the service's name in signatures, for example {@code kinesis}
     */
    public AwsJsonService(String targetPrefix, String signingName) {
        this.targetPrefix = targetPrefix;
        this.signingName = signingName;
    }

    public AwsJsonService add(String name, Operation operation) {
        if (operations.putIfAbsent(name, operation) != null) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "operation %s.%s is registered twice", targetPrefix, name));
        }
        return this;
    }

    /** Registers an operation whose input and output are SDK model classes. */
    public <I> AwsJsonService add(
            String name,
            Supplier<? extends SdkPojo> builder,
            Class<I> inputType,
            Constraints constraints,
            Operation.Handler<I, ? extends SdkPojo> handler) {
        return add(name, Operation.of(builder, inputType, constraints, handler));
    }

    /** Replaces every operation, such as by one that looks at a call before. */
    public void wrapAll(BiFunction<String, Operation, Operation> wrapper) {
        operations.replaceAll(wrapper);
    }

    public String targetPrefix() {
        return targetPrefix;
    }

    public String signingName() {
        return signingName;
    }

    public @Nullable Operation operation(String name) {
        return operations.get(name);
    }
}
