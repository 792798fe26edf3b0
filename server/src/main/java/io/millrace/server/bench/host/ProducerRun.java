package io.millrace.server.bench.host;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Kafka's ProducerPerformance says of a run in its last line. Latencies are in milliseconds.
 *
 * @param records how many it has sent
 */
public record ProducerRun(long records, double recordsPerSecond, double p50, double p99, double p999, double max) {
    private static final Pattern LINE = Pattern.compile(
            "(\\d+)(?: steady state)? records sent, ([0-9.]+) records/sec .* ([0-9.]+) ms max latency, (\\d+) ms 50th, \\d+ ms 95th, (\\d+) ms 99th, (\\d+) ms 99\\.9th\\.?");

    public double seconds() {
        return recordsPerSecond == 0 ? 0 : records / recordsPerSecond;
    }

    static ProducerRun lastOf(List<String> lines) throws IOException {
        for (int i = lines.size() - 1; i >= 0; i--) {
            Matcher line = LINE.matcher(lines.get(i));
            if (line.find()) {
                return new ProducerRun(
                        Long.parseLong(line.group(1)),
                        Double.parseDouble(line.group(2)),
                        Double.parseDouble(line.group(4)),
                        Double.parseDouble(line.group(5)),
                        Double.parseDouble(line.group(6)),
                        Double.parseDouble(line.group(3)));
            }
        }
        throw new IOException("ProducerPerformance has not said how fast it was: " + String.join(" | ", lines));
    }
}
