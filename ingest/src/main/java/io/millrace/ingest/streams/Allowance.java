package io.millrace.ingest.streams;

import java.util.concurrent.TimeUnit;

/** A rate with a second's worth of credit. Thread-safe. */
public final class Allowance {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final double perNano;
    private long spentUntil = System.nanoTime() - SECOND;

    public Allowance(double perSecond) {
        this.perNano = perSecond / SECOND;
    }

    /** Spends an amount if it is there. */
    public synchronized boolean trySpend(double amount) {
        long now = System.nanoTime();
        if (!has(amount, now)) {
            return false;
        }
        spend(amount, now);
        return true;
    }

    /** Tells whether an amount is there at a moment of {@link System#nanoTime}. */
    synchronized boolean has(double amount, long now) {
        return Math.max(spentUntil, now - SECOND) - now + amount / perNano <= 0;
    }

    /** Spends an amount even if it is not there: it is paid for by what comes. */
    synchronized void spend(double amount, long now) {
        spentUntil = Math.max(spentUntil, now - SECOND) + (long) (amount / perNano);
    }

    /** Returns how long it takes until everything is paid for that was spent; 0 or less when it is. */
    public synchronized long nanosUntilPaid(long now) {
        return spentUntil - now;
    }

    /** As {@link #spend}, without using the credit. */
    public synchronized void spendFromNow(double amount, long now) {
        spentUntil = Math.max(spentUntil, now + (long) (amount / perNano));
    }
}
