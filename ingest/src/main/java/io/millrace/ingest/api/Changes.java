package io.millrace.ingest.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Runs changes of streams where they may wait for the disk. Thread-safe. */
record Changes(Executor blocking) {

    /** Does the change and then makes the answer. */
    <T> CompletionStage<T> run(Runnable change, Supplier<T> answer) {
        return supply(() -> {
            change.run();
            return answer.get();
        });
    }

    <T> CompletionStage<T> supply(Supplier<T> change) {
        return CompletableFuture.supplyAsync(change, blocking);
    }
}
