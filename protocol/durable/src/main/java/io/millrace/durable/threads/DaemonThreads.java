package io.millrace.durable.threads;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that do not keep the process alive, each with a name by which it is found in a thread dump. */
public final class DaemonThreads {
    private DaemonThreads() {}

    /** Returns a factory of threads that are called by a name, a dash and a number from 1. Thread-safe. */
    public static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> daemon(name + "-" + count.incrementAndGet(), task);
    }

    /** Returns a factory for the one thread of an executor. Thread-safe. */
    public static ThreadFactory single(String name) {
        return task -> daemon(name, task);
    }

    /** Starts a thread. */
    public static Thread start(String name, Runnable task) {
        Thread thread = daemon(name, task);
        thread.start();
        return thread;
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
