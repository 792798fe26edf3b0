package io.millrace.ingest.log.segment;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Does a log's work when the test says so, on the test's thread. */
final class StepByStep implements Workers {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private Runnable writer = () -> {};
    private Runnable tick = () -> {};

    /** Does the oldest task that waits for the background. Returns whether there was one. */
    boolean doOneTask() {
        Runnable task = tasks.poll();
        if (task != null) {
            task.run();
        }
        return task != null;
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
        return tasks::add;
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
    public void close() {
        boolean more = true;
        while (more) {
            more = doOneTask();
        }
    }
}
