package io.millrace.server.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Where the built project lies: the class path of the Flink process, the jars of jobs and the SQL applications.
 *
 * @param home the project's folder
 */
public record Installation(Path home) {
    /** The key by which the delivery job's jar is known to the jobs. */
    static final String DELIVERY_JAR = "delivery";

    /** Returns the installation that the launcher names by the system property {@code millrace.home}. */
    public static Installation fromLauncher() {
        return new Installation(Path.of(System.getProperty("millrace.home", "."))
                .toAbsolutePath()
                .normalize());
    }

    Path flinkLibraries() {
        return home.resolve("analytics-jobs/runtime/target/lib");
    }

    Map<String, Path> jobJars() {
        return Map.of(DELIVERY_JAR, home.resolve("firehose-sinks/job/target/delivery-job.jar"));
    }

    /** Returns where programs are unpacked that all nodes of this installation share. */
    Path programs() {
        return home.resolve("server/target/programs");
    }

    public Path sqlApplications() {
        return home.resolve("sql");
    }

    /** @throws StartException if something that was to be built is not there */
    void check() throws StartException {
        for (Path needed : jobJars().values()) {
            if (!Files.exists(needed)) {
                throw new StartException(
                        String.format(Locale.ROOT, "%s: is missing; build with 'mvn package -DskipTests'", needed));
            }
        }
    }
}
