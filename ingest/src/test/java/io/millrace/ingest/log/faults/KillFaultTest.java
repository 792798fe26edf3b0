package io.millrace.ingest.log.faults;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process of a log is killed again and again, under load and while it recovers. */
@Timeout(1800)
class KillFaultTest {
    @TempDir
    Path temporary;

    @Test
    void everythingAcknowledgedSurvivesEveryKill() throws Exception {
        new CrashCycles("kill -9", temporary.resolve("notes"))
                .run(temporary.resolve("logs"), Experiment.count(3, 200), LogProcess::kill);
    }
}
