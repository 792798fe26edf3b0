package io.millrace.firehose.control;

import io.millrace.protocol.arn.Namespace;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Durable streams: those that hold what was put directly, until it is delivered, and those that users deliver from. */
public interface RecordBuffers {

    /** Creates a stream of the node's own, unless it is there, and returns its ARN. May block. */
    String create(String name);

    /**
     * Returns the key by which jobs read a stream of the node's own; nothing where their environment has one that does.
     */
    @Nullable
    SourceKey keyOf(String name);

    /** Removes a stream of the node's own; one that is not there is no error. May block. */
    void delete(String name);

    /** Tells whether there is a stream with this ARN to deliver from, of the account that wants to. */
    boolean exists(String streamArn, Namespace caller);

    /** Appends records to a stream of the node's own; completes, with an id for each, when all are durable. */
    CompletionStage<List<String>> put(String name, List<byte[]> records);
}
