package io.millrace.server.flink;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child process that is started again whenever it ends by itself.
 *
 * <p>The pauses before a start grow, doubling from {@link Pauses#first()} to {@link Pauses#longest()}, and are short again
 * after a child that ran for longer than {@link Pauses#longest()}. The child's standard input is a pipe that nothing is
 * written to and that ends with this process, so a child that reads it learns of that.
 *
 * <p>Thread-safe. One thread, the watcher, starts children and waits for them; {@link #close()} is the only other that
 * touches one, and the lock makes sure that no child is started after it.
 */
final class SupervisedProcess implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final int KILLED = 128 + 9;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    /** How long to wait before another start. */
    record Pauses(Duration first, Duration longest) {
        static final Pauses USUAL = new Pauses(Duration.ofMillis(200), Duration.ofSeconds(10));

        Duration after(Duration last, Duration ran) {
            if (last.isZero() || ran.compareTo(longest) > 0) {
                return first;
            }
            Duration doubled = last.multipliedBy(2);
            return doubled.compareTo(longest) > 0 ? longest : doubled;
        }
    }

    private final String name;
    private final ProcessBuilder builder;
    private final Pauses pauses;
    private final Thread watcher;
    private final Object lock = new Object(); // guards the start of a child against closing

    private volatile Process process;
    private volatile int restarts;
    private volatile boolean closing;

    private SupervisedProcess(String name, ProcessBuilder builder, Pauses pauses) throws IOException {
        this.name = name;
        this.builder = builder;
        this.pauses = pauses;
        this.process = builder.start();
        this.watcher = new Thread(this::watch, name + "-watcher");
        this.watcher.setDaemon(true);
    }

    /** Starts the first child. */
    static SupervisedProcess start(String name, ProcessBuilder builder, Pauses pauses) throws IOException {
        SupervisedProcess supervised = new SupervisedProcess(name, builder, pauses);
        supervised.watcher.start();
        return supervised;
    }

    private void watch() {
        Duration pause = Duration.ZERO;
        try {
            while (!closing) {
                long began = System.nanoTime();
                int exit = process.waitFor();
                if (closing) {
                    return;
                }
                pause = pauses.after(pause, Duration.ofNanos(System.nanoTime() - began));
                LOG.warn(
                        "{} (process {}) ended with {}; starting it again in {} ms",
                        name,
                        process.pid(),
                        exit,
                        pause.toMillis());
                TimeUnit.MILLISECONDS.sleep(pause.toMillis());
                startAgain();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close()
        }
    }

    private void startAgain() {
        synchronized (lock) {
            if (closing) {
                return;
            }
            try {
                process = builder.start();
                restarts++;
            } catch (IOException e) {
                LOG.error("{} cannot be started; trying again", name, e);
            }
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    int restarts() {
        return restarts;
    }

    @Override
    public void close() {
        stop(STOP_TIMEOUT);
    }

    /** Asks the child to end, kills it when it has not after {@code patience}, and returns its exit code. */
    int stop(Duration patience) {
        synchronized (lock) {
            closing = true;
        }
        watcher.interrupt();
        process.destroy();
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} (process {}) does not stop and is killed", name, process.pid());
                process.destroyForcibly();
            }
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return KILLED;
        }
    }
}
