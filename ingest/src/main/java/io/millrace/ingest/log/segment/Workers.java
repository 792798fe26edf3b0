package io.millrace.ingest.log.segment;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Who does a log's work. It exists so that a test can do it step by step; production has {@link LogThreads}. */
interface Workers {

    /** Writes shard files and checkpoints, one task after the other. */
    Executor background();

    /** Syncs shard files, several at once. */
    Executor syncs();

    /** Makes files for the write-ahead log ahead of need. */
    Executor walFiles();

    /** Begins to run the writer, and to call {@code tick} each second. */
    void start(Runnable writer, Runnable tick);

    /** Returns once the writer, which was asked to end, has ended. */
    void stopWriter();

    /** Returns once work that was given to these threads is done, in whichever way, or after a minute. */
    void await(CompletableFuture<?> done);

    /** Returns once the background's tasks are done, or after a minute for each kind of them. */
    void close();
}
