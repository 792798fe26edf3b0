package io.millrace.analytics.connector.source;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Keeps what it is asked to run until a test runs it, on the test's thread. */
final class ManualTimer extends ScheduledThreadPoolExecutor {
    private record Task(Runnable action, long delayMillis) {}

    private final Deque<Task> tasks = new ArrayDeque<>();

    ManualTimer() {
        super(0);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
        tasks.add(new Task(action, unit.toMillis(delay)));
        return null;
    }

    boolean isIdle() {
        return tasks.isEmpty();
    }

    /** Runs the next task and returns how long it had to wait. */
    long step() {
        Task task = tasks.remove();
        task.action().run();
        return task.delayMillis();
    }
}
