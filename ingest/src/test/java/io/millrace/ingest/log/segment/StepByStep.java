package io.millrace.ingest.log.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Does a log's work when the test says so, on the test's thread. */
final class StepByStep implements Workers {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Runnable> syncs = new ArrayList<>();
    private Runnable writer = () -> {};
    private Runnable tick = () -> {};

    /** Does the oldest task that waits for the background, or else the oldest sync. Returns whether there was one. */
    boolean doOneTask() {
        Runnable task = tasks.poll();
        if (task == null) {
            return doSync(0);
        }
        task.run();
        return true;
    }

    /** Does the oldest task that waits for the background, or any of the syncs. */
    void doOneTask(RandomGenerator random) {
        if (tasks.isEmpty() || random.nextBoolean()) {
            doSync(syncs.isEmpty() ? 0 : random.nextInt(syncs.size()));
        } else {
            doOneTask();
        }
    }

    /** Does one of the syncs that wait, the oldest of which is 0. Returns whether there was such. */
    boolean doSync(int index) {
        if (index >= syncs.size()) {
            return false;
        }
        syncs.remove(index).run();
        return true;
    }

    int waitingSyncs() {
        return syncs.size();
    }

    void tick() {
        tick.run();
    }

    @Override
    public Executor background() {
        return tasks::add;
    }

    @Override
    public Executor syncs() {
        return syncs::add;
    }

    @Override
    public Executor walFiles() {
        return Runnable::run;
    }

    @Override
    public void start(Runnable writerLoop, Runnable eachSecond) {
        writer = writerLoop;
        tick = eachSecond;
    }

    @Override
    public void stopWriter() {
        writer.run();
    }

    @Override
    public void await(CompletableFuture<?> done) {
        boolean more = true;
        while (more && !done.isDone()) {
            more = doOneTask();
        }
    }

    @Override
    public void close() {
        boolean more = true;
        while (more) {
            more = doOneTask();
        }
    }
}
