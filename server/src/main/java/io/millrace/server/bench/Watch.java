package io.millrace.server.bench;

import io.millrace.server.bench.client.LoadListener;
import io.millrace.server.bench.client.Tally;
import io.millrace.server.bench.host.ProcessFigures;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells how a load goes on, and takes the CPU time that client and server use meanwhile. Confined to one thread. */
class Watch implements LoadListener {
    private final String what;
    private final Consumer<String> lines;
    private final OptionalLong serverPid;
    private double client;
    private double server;
    private long beganNanos;
    private @Nullable Double clientCores;
    private @Nullable Double serverCores;

    /** @param serverPid empty when the server is elsewhere */
    Watch(String what, Consumer<String> lines, OptionalLong serverPid) {
        this.what = what;
        this.lines = lines;
        this.serverPid = serverPid;
    }

    @Override
    public void measuring() throws IOException {
        beganNanos = System.nanoTime();
        client = ProcessFigures.of(ProcessHandle.current().pid()).cpuSeconds();
        server = serverPid.isEmpty()
                ? 0
                : ProcessFigures.of(serverPid.getAsLong()).cpuSeconds();
    }

    @Override
    public void measured() throws IOException {
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        double clientNow = ProcessFigures.of(ProcessHandle.current().pid()).cpuSeconds();
        clientCores = (clientNow - client) / seconds;
        if (serverPid.isPresent()) {
            serverCores = (ProcessFigures.of(serverPid.getAsLong()).cpuSeconds() - server) / seconds;
        }
    }

    @Override
    public void interval(Duration elapsed, boolean warmup, Tally tally) throws IOException {
        lines.accept(String.format(
                Locale.ROOT,
                "%s%s: %s s, %s requests/s, %s records/s, p50 %s ms, p99 %s ms",
                what,
                warmup ? " (warm-up)" : "",
                Shown.count(elapsed.toMillis() / 1e3),
                Shown.count(tally.perSecond(tally.requests())),
                Shown.count(tally.perSecond(tally.records())),
                Shown.millis(tally.millisAt(50)),
                Shown.millis(tally.millisAt(99))));
    }

    @Nullable
    Double clientCores() {
        return clientCores;
    }

    @Nullable
    Double serverCores() {
        return serverCores;
    }
}
