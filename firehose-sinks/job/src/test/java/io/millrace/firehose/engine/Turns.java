package io.millrace.firehose.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Runs threads one step at a time, in an order that the seed decides, and kills what they do between two steps. Each
 * call that a job makes to the outside is a step.
 */
final class Turns {
    private static final int LONGEST_BURST = 150;

    private final Random random;
    private final Semaphore back = new Semaphore(0);
    private final List<Job> jobs = new ArrayList<>();
    private int kills;

    /** What a job does, again and again; it comes to an end when everything is done. */
    @FunctionalInterface
    interface Work {
        /** Returns whether everything is done. */
        boolean run(Job job) throws Exception;
    }

    /** The process of a job has ended, between two steps. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    final class Job {
        private final Semaphore turn = new Semaphore(0);
        private volatile boolean done;
        private volatile boolean killed;

        /** Waits for the next turn. */
        void step() {
            back.release();
            turn.acquireUninterruptibly();
            if (killed) {
                killed = false;
                throw new Killed();
            }
        }

        private void run(Work work) {
            turn.acquireUninterruptibly();
            while (!done) {
                try {
                    step();
                    done = work.run(this);
                } catch (Exception e) {
                    // killed, or failed by itself as a task does; begins again
                }
            }
            back.release();
        }
    }

    /** @param kills how often a job is killed */
    Turns(Random random, int kills) {
        this.random = random;
        this.kills = kills;
    }

    void add(Work work) {
        Job job = new Job();
        jobs.add(job);
        Thread thread = new Thread(() -> job.run(work), "job-" + jobs.size());
        thread.setDaemon(true);
        thread.start();
    }

    /** Runs until all are done. Calls {@code afterKill} after each kill. Returns whether the steps were enough. */
    boolean run(int steps, Runnable afterKill) throws InterruptedException {
        int burst = 0;
        Job job = jobs.get(0);
        for (int step = 0; step < steps; step++) {
            List<Job> alive = jobs.stream().filter(one -> !one.done).toList();
            if (alive.isEmpty()) {
                return true;
            }
            if (burst-- <= 0 || job.done) {
                job = alive.get(random.nextInt(alive.size()));
                burst = random.nextInt(4) == 0 ? random.nextInt(LONGEST_BURST) : random.nextInt(3);
            }
            if (kills > 0 && random.nextInt(12) == 0) {
                kills--;
                job.killed = true;
                afterKill.run();
            }
            job.turn.release();
            if (!back.tryAcquire(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a job does not come back");
            }
        }
        return false;
    }
}
