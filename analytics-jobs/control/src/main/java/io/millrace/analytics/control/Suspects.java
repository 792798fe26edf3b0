package io.millrace.analytics.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that may have ended the cluster, for example by taking all its memory.
 *
 * <p>A cluster does not say which of its jobs ended it. After its first end all jobs start again at once. Those that
 * had only just started when it ended again are tried one after the other: each has to run for a while before the next
 * may start. A job that ends the cluster when it is tried is alone among the suspects, and waits longer each time; the
 * others go on meanwhile. Nothing of this survives the node. Thread-safe.
 */
final class Suspects {
    /** A suspicion that was not renewed for this long is dropped. */
    private static final Duration MEMORY = Duration.ofHours(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);
    private static final Duration FIRST_TRIAL = Duration.ofSeconds(20);
    private static final Duration LONGEST_TRIAL = Duration.ofMinutes(5);

    private final Map<String, Suspicion> suspicions = new HashMap<>();
    private @Nullable String onTrial;
    private Instant trialEnd = Instant.MIN;

    private record Suspicion(int ends, Instant last, String reason) {
        boolean isSerious(Instant now) {
            return ends > 1 && now.isBefore(last.plus(MEMORY));
        }

        Instant next() {
            return last.plus(grown(FIRST_PAUSE, LONGEST_PAUSE));
        }

        Duration trial() {
            return grown(FIRST_TRIAL, LONGEST_TRIAL);
        }

        private Duration grown(Duration first, Duration longest) {
            Duration grown = first.multipliedBy(1L << Math.min(ends - 2, 16));
            return grown.compareTo(longest) > 0 ? longest : grown;
        }
    }

    /**
     * Notes that the cluster has ended. While a job was tried, those that were suspected before and ran beside it are
     * not accused again.
     *
     * @param names of the jobs that may have ended it
     */
    synchronized void add(Collection<String> names, String reason, Instant at) {
        String tried = onTrial != null && at.isBefore(trialEnd) && names.contains(onTrial) ? onTrial : null;
        onTrial = null;
        for (String name : names) {
            if (tried != null && !tried.equals(name) && suspicions.containsKey(name)) {
                continue;
            }
            Suspicion before = suspicions.get(name);
            int ends = before == null || !at.isBefore(before.last().plus(MEMORY)) ? 0 : before.ends();
            suspicions.put(name, new Suspicion(ends + 1, at, reason));
        }
    }

    /** Tells whether a job may start now. One that is suspected counts as tried from now on. */
    synchronized boolean mayStart(String name, Instant now) {
        Suspicion suspicion = suspicions.get(name);
        if (suspicion == null || !suspicion.isSerious(now)) {
            return true;
        }
        boolean othersTurn = onTrial != null && !onTrial.equals(name) && now.isBefore(trialEnd);
        if (othersTurn || now.isBefore(suspicion.next())) {
            return false;
        }
        onTrial = name;
        trialEnd = now.plus(suspicion.trial());
        return true;
    }

    /** Returns why a job does not start now; nothing if it may. */
    synchronized Optional<String> reason(String name, Instant now) {
        Suspicion suspicion = suspicions.get(name);
        if (suspicion == null || !suspicion.isSerious(now)) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "suspected of having ended Flink %s times (%s); started again after %s, apart from other suspects",
                suspicion.ends(),
                suspicion.reason(),
                suspicion.next()));
    }

    synchronized void forget(String name) {
        suspicions.remove(name);
        if (name.equals(onTrial)) {
            onTrial = null;
        }
    }
}
