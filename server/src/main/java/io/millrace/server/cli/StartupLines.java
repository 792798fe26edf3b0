package io.millrace.server.cli;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.function.Consumer;

/** Prints what happens, each line with the seconds since the process began. Thread-safe. */
public final class StartupLines implements Consumer<String> {
    private final PrintStream out;
    private final long startedEpochMillis = ManagementFactory.getRuntimeMXBean().getStartTime();

    public StartupLines(PrintStream out) {
        this.out = out;
    }

    @Override
    public void accept(String line) {
        double seconds = (System.currentTimeMillis() - startedEpochMillis) / 1000.0;
        out.println(String.format(Locale.ROOT, "%6.1fs  %s", seconds, line));
        out.flush();
    }
}
