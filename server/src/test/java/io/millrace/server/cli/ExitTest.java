package io.millrace.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ExitTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(said, true, UTF_8);
    private final List<Integer> codes = new ArrayList<>();

    @Test
    void aThreadThatEndsForWantOfMemoryEndsTheNodeWithAClearWord() {
        new ErrorExit(err, codes::add)
                .uncaughtException(
                        new Thread("fragment-writer"), new OutOfMemoryError("Cannot reserve direct buffer memory"));

        assertThat(codes).containsExactly(3);
        assertThat(said.toString(UTF_8))
                .startsWith("millrace: the node is out of memory (")
                .contains("Cannot reserve direct buffer memory", "in thread fragment-writer");
    }

    @Test
    void anExceptionOfAThreadDoesNotEndTheNode() {
        new ErrorExit(err, codes::add).uncaughtException(new Thread("node-io-1"), new IllegalStateException("odd"));

        assertThat(codes).isEmpty();
    }

    @Test
    void aFailedWriteEndsTheNodeOnce() {
        AtomicReference<String> failure = new AtomicReference<>("");
        DiskFailureExit exit = new DiskFailureExit(failure::get, err, codes::add);
        assertThat(exit.check()).isFalse();
        failure.set("Input/output error");

        assertThat(exit.check()).isTrue();
        assertThat(codes).containsExactly(5);
        assertThat(said.toString(UTF_8)).contains("Input/output error", "--on-disk-failure is exit");
    }
}
