package io.millrace.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Which directories a demo empties. */
class DemoDefaultsTest {
    @TempDir
    Path directory;

    private final List<String> said = new ArrayList<>();
    private Path own;

    @BeforeEach
    void name() {
        own = directory.resolve("data/demo");
    }

    private void begin(String... arguments) throws IOException, UserException {
        CommandLine command = new CommandLine(new DemoCommand());
        CommandLine.ParseResult given = command.parseArgs(arguments);
        new DemoDefaults(given, own, said::add).apply(new NodeOptions().toConfig(command));
    }

    @Test
    void theDirectoryOfAnEarlierDemoIsEmptiedAndThatIsSaid() throws Exception {
        begin();
        assertThat(said).isEmpty();
        assertThat(own).isDirectory();

        Files.writeString(own.resolve("format"), "millrace 1\n");
        begin();
        assertThat(said).containsExactly("Demo       empties " + own + ", which an earlier demo has made");
        assertThat(own.resolve("format")).doesNotExist();
    }

    @Test
    void aDirectoryThatTheDemoHasNotMadeIsLeftAlone() throws Exception {
        Files.createDirectories(own);
        Path node = Files.writeString(own.resolve("format"), "millrace 1\n");

        assertThatThrownBy(this::begin)
                .isInstanceOf(UserException.class)
                .hasMessage("data directory " + own + ": was not made by the demo, which would empty it;"
                        + " move it away or choose another with --data-dir");
        assertThat(node).exists();
        assertThat(said).isEmpty();
    }

    @Test
    void anEmptyDirectoryIsTaken() throws Exception {
        Files.createDirectories(own);
        begin();
        assertThat(said).isEmpty();
        assertThat(own.resolve("demo")).exists();
    }
}
