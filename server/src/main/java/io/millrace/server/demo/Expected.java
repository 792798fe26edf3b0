package io.millrace.server.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the applications must come to, computed from the data file in plain Java.
 *
 * <p>A window counts only if it is complete: its end lies before the watermark, which is an hour behind the last flight
 * of the shard that is least far.
 */
final class Expected {
    private static final Duration DISORDER = Duration.ofHours(1);
    private static final long WEEK_MILLIS = Duration.ofDays(7).toMillis();
    private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();
    private static final int PLACES = 3;

    private final List<Flight> flights;
    private final Set<String> airports;
    private final long watermark;

    /** @param lastByShard the last departure that went to each shard, epoch milliseconds */
    Expected(List<Flight> flights, Path airportsFile, Map<String, Long> lastByShard) throws IOException {
        this.flights = flights;
        this.airports = new HashSet<>();
        try (var lines = Files.lines(airportsFile)) {
            lines.skip(1).forEach(line -> airports.add(line.substring(0, line.indexOf(','))));
        }
        this.watermark =
                lastByShard.values().stream().mapToLong(Long::longValue).min().orElseThrow() - DISORDER.toMillis();
    }

    /** A row of {@code departure_delay}: how many flights, and their delay. */
    record Delay(long flights, double average, int worst) {}

    private boolean isComplete(long windowStart, long lengthMillis) {
        return windowStart + lengthMillis - 1 <= watermark;
    }

    /** Returns the delays of complete weeks by "week origin". */
    Map<String, Delay> departureDelays() {
        Map<String, long[]> sums = new TreeMap<>();
        for (Flight flight : flights) {
            long week = Math.floorDiv(flight.departureEpochMillis(), WEEK_MILLIS) * WEEK_MILLIS;
            if (isComplete(week, WEEK_MILLIS) && airports.contains(flight.origin())) {
                long[] sum =
                        sums.computeIfAbsent(key(week, flight.origin()), k -> new long[] {0, 0, Integer.MIN_VALUE});
                sum[0]++;
                sum[1] += flight.delay();
                sum[2] = Math.max(sum[2], flight.delay());
            }
        }
        Map<String, Delay> delays = new TreeMap<>();
        sums.forEach((key, sum) -> delays.put(key, new Delay(sum[0], (double) sum[1] / sum[0], (int) sum[2])));
        return delays;
    }

    /** Returns the routes of complete days, as "day place" to "origin destination flights". */
    Map<String, String> busiestRoutes() {
        Map<Long, Map<String, Integer>> counts = new TreeMap<>();
        for (Flight flight : flights) {
            long day = Math.floorDiv(flight.departureEpochMillis(), DAY_MILLIS) * DAY_MILLIS;
            if (isComplete(day, DAY_MILLIS)) {
                counts.computeIfAbsent(day, d -> new HashMap<>())
                        .merge(flight.origin() + " " + flight.destination(), 1, Integer::sum);
            }
        }
        Map<String, String> routes = new TreeMap<>();
        counts.forEach((day, byRoute) -> {
            List<Map.Entry<String, Integer>> ordered = new ArrayList<>(byRoute.entrySet());
            ordered.sort(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()));
            for (int place = 1; place <= Math.min(PLACES, ordered.size()); place++) {
                Map.Entry<String, Integer> route = ordered.get(place - 1);
                routes.put(key(day, Integer.toString(place)), route.getKey() + " " + route.getValue());
            }
        });
        return routes;
    }

    double averageDelay() {
        return flights.stream().mapToInt(Flight::delay).average().orElseThrow();
    }

    int count() {
        return flights.size();
    }

    static String key(long windowEpochMillis, String rest) {
        return Instant.ofEpochMilli(windowEpochMillis) + " " + rest;
    }
}
