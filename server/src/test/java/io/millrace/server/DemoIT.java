package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as its user sees it. */
@Timeout(180)
class DemoIT {
    @TempDir
    Path directory;

    @Test
    void everyResultAgreesWithTheDataFile() throws Exception {
        Cli demo = Cli.run(
                "demo",
                "--once",
                "--data-dir",
                directory.resolve("not/there/yet").toString(),
                "--port=0",
                "--s3-port=0",
                "--flink-port=0",
                "--sql-port=0",
                "--warehouse-port=0");

        assertThat(demo.out()).containsPattern("all [1-9][0-9] comparisons agree with the data file");
        assertThat(demo.err()).isEmpty();
        assertThat(demo.exit()).isZero();
    }

    @Test
    void aDirectoryWithContentIsRefused() throws Exception {
        Cli demo = Cli.run("demo", "--once", "--data-dir", Path.of("src").toString());

        assertThat(demo.err())
                .startsWith("millrace: data directory ")
                .endsWith("src: is not empty; the demo begins with an empty one%n".formatted());
        assertThat(demo.exit()).isEqualTo(1);
    }
}
