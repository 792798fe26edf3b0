package io.millrace.analytics.control;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job that should run: either a jar or a SQL statement.
 *
 * @param name unique on the node; shown in Flink's web UI
 */
public record JobSpec(
        String name, @Nullable JarJob jar, @Nullable SqlJob sql) {
    public JobSpec {
        if ((jar == null) == (sql == null)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "job %s: needs either a jar or a statement", name));
        }
    }

    /**
     * A main class of a jar of ours.
     *
     * @param jar the key under which {@link ManagedJobs} was given the jar, not a path: it may move between starts
     * @param settings Flink settings of this job
     */
    public record JarJob(String jar, String entryClass, List<String> arguments, Map<String, String> settings) {}

    /** A statement that starts a job, and what has to be run before it in the same session. */
    public record SqlJob(List<String> prelude, String statement) {}

    public static JobSpec ofJar(String name, JarJob jar) {
        return new JobSpec(name, jar, null);
    }

    public static JobSpec ofSql(String name, SqlJob sql) {
        return new JobSpec(name, null, sql);
    }
}
