package io.millrace.analytics.connector.client;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A stream by name or by ARN.
 *
 * @param nameOrArn an ARN if it begins with {@code arn:}
 */
public record StreamRef(String nameOrArn) implements Serializable {

    private boolean isArn() {
        return nameOrArn.startsWith("arn:");
    }

    /** Returns the name for a request, or null where the ARN stands for it. */
    @Nullable
    public String name() {
        return isArn() ? null : nameOrArn;
    }

    /** Returns the ARN for a request, or null where the name stands for it. */
    @Nullable
    public String arn() {
        return isArn() ? nameOrArn : null;
    }
}
