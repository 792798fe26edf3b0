package io.millrace.server.process;

import io.millrace.durable.threads.DaemonThreads;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is started again whenever it ends by itself, or is told to be started again because it hangs.
 *
 * <p>{@link Pauses} says how long to wait before a start. The child's standard input is a pipe that nothing is
 * written to and that ends with this process, so a child that reads it learns of that.
 *
 * <p>Thread-safe. One thread, the watcher, starts all children and waits for them. It lives as long as the child,
 * since the kernel's "parent died" signal is about the thread that started a child and not about its process. The
 * lock guards the current child and makes sure that no child is started after {@link #stop}.
 */
public final class SupervisedProcess implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final int KILLED = 128 + 9;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    /** Starts one child. Called on the watcher's thread. */
    @FunctionalInterface
    public interface Starter {
        Process start() throws IOException, InterruptedException;
    }

    /** One way to ask a child to end. */
    @FunctionalInterface
    public interface Signal {
        void send(Process child) throws IOException, InterruptedException;
    }

    private final String name;
    private final Starter starter;
    private final Pauses pauses;
    private final InstantSource clock;
    private final Object lock = new Object();

    private @Nullable Process process;
    private @Nullable String killedBecause;
    private boolean closing;
    private ProcessStatus status;
    private volatile Runnable onEnd = () -> {};

    private SupervisedProcess(String name, Starter starter, Pauses pauses, InstantSource clock) {
        this.name = name;
        this.starter = starter;
        this.pauses = pauses;
        this.clock = clock;
        this.status = new ProcessStatus(false, 0, clock.instant(), 0, "", Instant.EPOCH);
    }

    /** Starts the first child. @throws IOException if it cannot be started; then nothing is supervised */
    public static SupervisedProcess start(String name, Starter starter, Pauses pauses, InstantSource clock)
            throws IOException {
        SupervisedProcess supervised = new SupervisedProcess(name, starter, pauses, clock);
        CompletableFuture<Void> started = new CompletableFuture<>();
        DaemonThreads.start(name + "-watcher", () -> supervised.watch(started));
        try {
            started.get();
        } catch (InterruptedException e) {
            supervised.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + name + " started", e);
        } catch (ExecutionException e) {
            throw new IOException(name + " cannot be started: " + messageOf(e), e);
        }
        return supervised;
    }

    private static String messageOf(ExecutionException failure) {
        Throwable cause = failure.getCause();
        return String.valueOf(cause == null ? failure.getMessage() : cause.getMessage());
    }

    private void watch(CompletableFuture<Void> first) {
        try {
            Process child = startChild();
            first.complete(null);
            Duration pause = Duration.ZERO;
            while (true) {
                long began = System.nanoTime();
                if (child != null && !endedUnasked(child, child.waitFor())) {
                    return;
                }
                pause = pauses.after(pause, Duration.ofNanos(System.nanoTime() - began));
                onEnd.run();
                LOG.warn("{} {}; starting it again in {} ms", name, status().lastExit(), pause.toMillis());
                if (!rest(pause)) {
                    return;
                }
                child = tryToStartChild();
            }
        } catch (IOException | InterruptedException | RuntimeException e) { // the outermost frame of the thread
            if (!first.completeExceptionally(e)) {
                LOG.error("{} is no longer watched", name, e);
            }
        }
    }

    /** Notes that a child ended. Returns false after {@link #stop}, when no other is to be started. */
    private boolean endedUnasked(Process child, int exit) {
        synchronized (lock) {
            String why = killedBecause;
            killedBecause = null;
            status = new ProcessStatus(
                    false,
                    child.pid(),
                    status.startedAt(),
                    status.restarts(),
                    why != null ? why : ProcessStatus.exitText(exit),
                    clock.instant());
            return !closing;
        }
    }

    /** Waits for the time given. Returns false at once when this is closed. */
    private boolean rest(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        synchronized (lock) {
            for (long left = pause.toNanos(); left > 0 && !closing; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            return !closing;
        }
    }

    private @Nullable Process tryToStartChild() throws InterruptedException {
        try {
            return startChild();
        } catch (IOException e) {
            LOG.error("{} cannot be started; trying again", name, e);
            synchronized (lock) {
                status = new ProcessStatus(
                        false,
                        status.pid(),
                        status.startedAt(),
                        status.restarts(),
                        "cannot be started: " + e.getMessage(),
                        clock.instant());
            }
            return null;
        }
    }

    private Process startChild() throws IOException, InterruptedException {
        Process child = starter.start();
        synchronized (lock) {
            boolean again = process != null;
            process = child;
            status = new ProcessStatus(
                    true,
                    child.pid(),
                    clock.instant(),
                    status.restarts() + (again ? 1 : 0),
                    status.lastExit(),
                    status.lastExitAt());
            if (closing) {
                child.destroyForcibly(); // it was being started while this was closed
            }
        }
        return child;
    }

    /** Returns how the process stands. Never waits for the child. */
    public ProcessStatus status() {
        synchronized (lock) {
            Process child = process;
            if (child == null || child.isAlive() || !status.isRunning()) {
                return status;
            }
            String exit = killedBecause != null ? killedBecause : ProcessStatus.exitText(child.exitValue());
            return new ProcessStatus(false, status.pid(), status.startedAt(), status.restarts(), exit, clock.instant());
        }
    }

    /** Has something done whenever a child has ended by itself. It must not wait and not throw. */
    public void onEnd(Runnable action) {
        onEnd = action;
    }

    /** Kills a child that hangs; it is started again. The reason is shown as that of its end. */
    public void killHanging(String reason) {
        synchronized (lock) {
            if (process != null && process.isAlive() && !closing) {
                killedBecause = reason;
                process.destroyForcibly();
            }
        }
    }

    @Override
    public void close() {
        stop(List.of(Process::destroy), STOP_TIMEOUT);
    }

    /**
     * Asks the child to end and waits until it has. Nothing is started from now on.
     *
     * @param signals how it is asked, one after the other; it is killed when none of them has helped
     * @param patience how long to wait after each signal
     * @return the exit code
     */
    public int stop(List<Signal> signals, Duration patience) {
        Process child;
        synchronized (lock) {
            closing = true;
            lock.notifyAll();
            child = process;
        }
        if (child == null) {
            return KILLED;
        }
        try {
            for (Signal signal : signals) {
                if (child.isAlive()) {
                    signal.send(child);
                    child.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            if (child.isAlive()) {
                LOG.warn("{} (process {}) does not stop and is killed", name, child.pid());
                child.destroyForcibly();
            }
            return child.waitFor();
        } catch (IOException e) {
            LOG.warn("{} (process {}) cannot be asked to stop and is killed", name, child.pid(), e);
            child.destroyForcibly();
            return KILLED;
        } catch (InterruptedException e) {
            child.destroyForcibly();
            Thread.currentThread().interrupt();
            return KILLED;
        }
    }
}
