package io.millrace.analytics.control;

import io.millrace.durable.threads.DaemonThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that call the cluster.
 *
 * @param submissions which may take as long as a job's main method, or hang
 * @param others short questions and cancellations, which do not wait behind submissions
 */
record Workers(Executor submissions, Executor others) {
    private static final int SUBMISSIONS = 3;
    private static final int OTHERS = 4;
    private static final int IDLE_SECONDS = 30;

    static Workers start() {
        return new Workers(pool("flink-submit", SUBMISSIONS), pool("flink-call", OTHERS));
    }

    private static ExecutorService pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Interrupts what is under way and takes no more. */
    void stop() {
        for (Executor executor : new Executor[] {submissions, others}) {
            if (executor instanceof ExecutorService service) {
                service.shutdownNow();
            }
        }
    }
}
