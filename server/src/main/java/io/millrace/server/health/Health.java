package io.millrace.server.health;

import io.millrace.durable.threads.DaemonThreads;
import java.io.Closeable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * How the parts of a node stand.
 *
 * <p>A thread a part looks at it; all questions are answered from what was seen last, without a lock and without
 * waiting for anything, so that they may be asked on an event loop. Thread-safe.
 */
public final class Health implements Closeable {
    private static final double ROUNDED = 1000;

    private final Map<String, WatchedPart> parts = new ConcurrentSkipListMap<>();
    private final List<Thread> watchers = new CopyOnWriteArrayList<>();
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final List<Supplier<String>> vitals = new CopyOnWriteArrayList<>();

    public Health(LongSupplier nanoTime, InstantSource clock) {
        this.nanoTime = nanoTime;
        this.clock = clock;
    }

    /** Adds a part, or looks at one that is known in another way from now on. */
    public void watch(String name, Duration period, Probe probe) {
        boolean[] isNew = new boolean[1];
        WatchedPart part = parts.computeIfAbsent(name, key -> {
            isNew[0] = true;
            return new WatchedPart(key, Part.starting(""), nanoTime, clock);
        });
        part.probe(probe);
        if (isNew[0]) {
            watchers.add(DaemonThreads.start("health-" + name, () -> part.run(period)));
        } else {
            look(name);
        }
    }

    /** Has a part looked at now, since something happened to it. Does not wait for that. */
    public void look(String name) {
        watchers.stream()
                .filter(thread -> thread.getName().equals("health-" + name))
                .forEach(LockSupport::unpark);
    }

    /**
     * Adds a reason for which the process can never serve again, so that only a restart helps.
     *
     * @param reason an empty text while it does not apply; must not wait for anything
     */
    public void vital(Supplier<String> reason) {
        vitals.add(reason);
    }

    /** Returns why the process should be restarted; an empty text while it is alive. */
    public String deadness() {
        return vitals.stream()
                .map(Supplier::get)
                .filter(reason -> !reason.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /** Returns how all parts stand now. */
    public Seen seen() {
        Map<String, SeenPart> now = new LinkedHashMap<>();
        parts.forEach((name, watched) -> now.put(name, watched.now()));
        return new Seen(now);
    }

    /** How all parts stood at one moment, by name. */
    public record Seen(Map<String, SeenPart> parts) {

        /** Tells whether every part serves. */
        public boolean isReady() {
            return state() == Part.State.OK;
        }

        /** Returns the state of the whole: that of the worst part. */
        public Part.State state() {
            return parts.values().stream()
                    .map(now -> now.part().state())
                    .filter(state -> !state.isGood())
                    .max(Comparator.naturalOrder())
                    .orElse(parts.isEmpty() ? Part.State.STARTING : Part.State.OK);
        }

        /** Returns the parts that do not serve, each with its state and the reason. */
        public List<String> notReady() {
            List<String> texts = new ArrayList<>();
            parts.forEach((name, now) -> {
                Part part = now.part();
                if (!part.state().isGood()) {
                    String reason = part.reason();
                    texts.add(name + ": " + part.state().text() + (reason.isEmpty() ? "" : ": " + reason));
                }
            });
            return texts;
        }

        /** Returns everything that is known, as a page shows it. */
        Map<String, Object> page() {
            Map<String, Object> page = summary();
            Map<String, Object> shown = new LinkedHashMap<>();
            parts.forEach((name, now) -> shown.put(name, pageOf(now)));
            page.put("parts", shown);
            return page;
        }

        /** Returns the state of the whole and the parts that do not serve. */
        Map<String, Object> summary() {
            Map<String, Object> page = new LinkedHashMap<>();
            page.put("status", state().text());
            List<String> reasons = notReady();
            if (!reasons.isEmpty()) {
                page.put("reasons", reasons);
            }
            return page;
        }

        private static Map<String, Object> pageOf(SeenPart now) {
            Map<String, Object> shown = new LinkedHashMap<>();
            shown.put("status", now.part().state().text());
            if (!now.part().reason().isEmpty()) {
                shown.put("reason", now.part().reason());
            }
            shown.put("since", now.since().toString());
            shown.put("ageSeconds", Math.round(now.ageSeconds() * ROUNDED) / ROUNDED);
            shown.putAll(now.part().details());
            return shown;
        }
    }

    @Override
    public void close() {
        watchers.forEach(Thread::interrupt);
    }
}
