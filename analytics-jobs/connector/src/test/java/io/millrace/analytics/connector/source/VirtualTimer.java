package io.millrace.analytics.connector.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs what it is asked to on the test's thread, when the test lets the time pass. */
final class VirtualTimer extends ScheduledThreadPoolExecutor {
    private final List<Task> tasks = new ArrayList<>();
    private long now;

    VirtualTimer() {
        super(0);
    }

    private final class Task extends CompletableFuture<Void> implements ScheduledFuture<Void> {
        private final Runnable action;
        private final long due;

        Task(Runnable action, long due) {
            this.action = action;
            this.due = due;
        }

        @Override
        public boolean cancel(boolean interrupts) {
            tasks.remove(this);
            return super.cancel(interrupts);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - now, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable action, long delay, TimeUnit unit) {
        Task task = new Task(action, now + unit.toMillis(delay));
        tasks.add(task);
        return task;
    }

    /** Lets time pass, and runs what becomes due. */
    void pass(long millis) {
        long end = now + millis;
        while (true) {
            Task next = tasks.stream()
                    .filter(task -> task.due <= end)
                    .min(Comparator.comparingLong(task -> task.due))
                    .orElse(null);
            if (next == null) {
                now = end;
                return;
            }
            tasks.remove(next);
            now = Math.max(now, next.due);
            next.action.run();
        }
    }

    boolean isIdle() {
        return tasks.isEmpty();
    }
}
