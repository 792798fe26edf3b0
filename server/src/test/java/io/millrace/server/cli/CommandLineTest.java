package io.millrace.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Every command asked for its help, and command lines as people mistype them. */
class CommandLineTest {
    @TempDir
    Path directory;

    private record Run(int exit, String out, String err) {}

    private Run run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.run(arguments, environment, new PrintWriter(out, true), new PrintWriter(err, true));
        return new Run(exit, out.toString(), err.toString());
    }

    private Run runIn(String arguments) {
        return run(Map.of(), arguments.replace("DIR", directory.toString()).split(" ", -1));
    }

    private static CommandLine all() {
        return Main.allCommands(new PrintWriter(new StringWriter()));
    }

    static Stream<CommandLine> commands() {
        List<CommandLine> commands = new ArrayList<>();
        collect(all(), commands);
        return commands.stream().filter(command -> !command.getCommandName().equals("help"));
    }

    private static void collect(CommandLine command, List<CommandLine> into) {
        into.add(command);
        command.getSubcommands().values().forEach(sub -> collect(sub, into));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpSaysInWholeSentencesWhatACommandDoesAndDescribesEachOption(CommandLine command) {
        List<String> arguments = new ArrayList<>(
                List.of(command.getCommandSpec().qualifiedName(" ").split(" ", -1)));
        arguments.set(0, "--help");
        arguments.add(arguments.remove(0));

        Run help = run(Map.of(), arguments.toArray(String[]::new));

        assertThat(help.exit()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).contains("Usage: " + command.getCommandSpec().qualifiedName(" "));
        assertThat(help.out()).doesNotContain("${");
        for (String sentence : command.getCommandSpec().usageMessage().description()) {
            assertThat(sentence).endsWith(".");
        }
        for (CommandLine.Model.OptionSpec option : command.getCommandSpec().options()) {
            assertThat(option.description()).as(option.longestName()).isNotEmpty();
            if (!option.negatable()) { // shown as --[no-]NAME
                assertThat(help.out()).contains(option.longestName());
            }
            if (option.initialValue() != null
                    && !(option.initialValue() instanceof Iterable<?>)
                    && option.arity().max() > 0) {
                // -1 stands for a default that differs from command to command, which the command's own text tells
                String text = option.initialValue().equals(-1) ? help.out() : String.join(" ", option.description());
                assertThat(text)
                        .as("%s has the default %s", option.longestName(), option.initialValue())
                        .contains("default");
            }
        }
    }

    @Test
    void theListOfCommandsHoldsEachWithAWholeSentence() {
        String out = run(Map.of(), "--help").out();
        for (CommandLine command : all().getSubcommands().values()) {
            assertThat(out).contains("  " + command.getCommandName());
        }
        assertThat(out).contains("Runs a script of Flink SQL.");
        assertThat(run(Map.of()).out()).isEqualTo(out);
    }

    @Test
    void theHelpOfTheDemoTellsItsOwnDefaults() {
        String help = run(Map.of(), "demo", "--help").out().replaceAll("\\s+", " ");
        assertThat(help)
                .contains("(default: data/demo, emptied first)", "(default: 4567, or a free one where that is taken");
        assertThat(run(Map.of(), "server", "--help").out().replaceAll("\\s+", " "))
                .contains("Where everything is kept (default: data).");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve | 'serve': unknown command (did you mean 'server'? commands: demo, server, sql, query, keys,"
                        + " env, flink-ui, log, bench, help)",
                "frobnicate --port 1 | 'frobnicate': unknown command (commands: demo, server, sql, query, keys, env,"
                        + " flink-ui, log, bench, help)",
                "keys lst | 'lst': unknown command (did you mean 'list'? commands: add, list, remove)"
                        + " (millrace keys --help shows the options)",
                "keys | Missing required subcommand (millrace keys --help shows the options)",
                "server --prot 4567 | Unknown options: '--prot', '4567'; did you mean '--port'?"
                        + " (millrace server --help shows the options)",
                "server --datadir=x | Unknown option: '--datadir=x'; did you mean '--data-dir'?"
                        + " (millrace server --help shows the options)",
                "server --port many | Invalid value for option '--port': 'many' is not an int"
                        + " (millrace server --help shows the options)",
                "server --config DIR/none.yaml | --config: DIR/none.yaml does not exist",
                "server --config DIR | --config: DIR is a directory",
                "keys list --data-dir DIR/typo | data directory DIR/typo: does not exist; name that of a node with"
                        + " --data-dir",
                "keys remove AKIA --data-dir DIR/typo | data directory DIR/typo: does not exist; name that of a node"
                        + " with --data-dir",
                "keys list --data-dir DIR | data directory DIR: is not that of a node (no file 'format'); name another"
                        + " with --data-dir",
                "log verify DIR/typo | DIR/typo: is not a directory",
                "log verify DIR | DIR: is not the data directory of a node",
                "log dump DIR | DIR: is not the data directory of a node",
                "sql DIR/none.sql | DIR/none.sql: there is no such file",
                "sql DIR | DIR: is a directory (expected: a script of SQL)",
                "query | Missing required parameter: 'SQL' (millrace query --help shows the options)"
            })
    void aMistakeIsToldInOneLineWithExitCodeTwoAndMakesNothing(String arguments, String message) throws IOException {
        Run run = runIn(arguments);

        assertThat(run.err().strip()).isEqualTo("millrace: " + message.replace("DIR", directory.toString()));
        assertThat(run.exit()).isEqualTo(2);
        try (Stream<Path> content = Files.list(directory)) {
            assertThat(content).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prot: 4567 | 2: unknown option 'prot' (did you mean 'port'?)",
                "colour: red | 2: unknown option 'colour' (the options are those of './millrace server --help', without"
                        + " dashes)",
                "port: | 2: port: has no single value",
                "port: [1] | 2: port: has no single value"
            })
    void aWrongKeyOfTheConfigFileIsToldWithItsLine(String line, String message) throws IOException {
        Path file = Files.writeString(directory.resolve("config.yaml"), "# mine\n" + line + "\n");
        for (Run run : List.of(
                run(Map.of(), "server", "--config", file.toString()),
                run(Map.of("MILLRACE_CONFIG", file.toString()), "demo"))) {
            assertThat(run.err().strip()).isEqualTo("millrace: " + file + ":" + message);
            assertThat(run.exit()).isEqualTo(2);
        }
    }

    @Test
    void aWrongValueIsToldWithThePlaceThatSetIt() throws IOException {
        Path file = Files.writeString(directory.resolve("config.yaml"), "# mine\nport: many\nlimits: none\n");
        assertThat(run(Map.of(), "server", "--config", file.toString()).err().strip())
                .isEqualTo("millrace: Invalid value for option '--port': 'many' is not an int (--port is set in " + file
                        + ":2; millrace server --help shows the options)");
        assertThat(run(Map.of("MILLRACE_PORT", "99999"), "server", "--config", file.toString())
                        .err()
                        .strip())
                .isEqualTo("millrace: --port: 99999 (expected: 0 to 65535); --limits: none (expected: off or aws)"
                        + " (--port is set by MILLRACE_PORT; --limits is set in " + file
                        + ":3; millrace server --help shows the options)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# port: 4567\n", "---\n"})
    void aConfigFileMayBeEmpty(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("config.yaml"), text);
        assertThat(run(Map.of(), "server", "--config", file.toString(), "--port", "-1")
                        .err()
                        .strip())
                .isEqualTo("millrace: --port: -1 (expected: 0 to 65535) (millrace server --help shows the options)");
    }

    @ParameterizedTest
    @CsvSource({"'',holds no statement", "'-- only a comment',holds no statement", "';;',holds no statement"})
    void anEmptyScriptIsAMistake(String text, String message) throws IOException {
        Path script = Files.writeString(directory.resolve("empty.sql"), text);

        Run run = run(Map.of(), "sql", script.toString());

        assertThat(run.err().strip()).isEqualTo("millrace: " + script + ": " + message);
        assertThat(run.exit()).isEqualTo(2);
    }

    @Test
    void aNodeThatHasGoneAwayIsToldWithItsAddress() throws IOException {
        Files.writeString(directory.resolve("connections.json"), """
            {"api": "http://127.0.0.1:1", "apiAccess": {"accessKey": "a", "secretKey": "b"}, "flink": "http://127.0.0.1:1",
             "sqlGateway": "http://127.0.0.1:1", "flinkAccess": {}}
            """);
        Path script = Files.writeString(directory.resolve("one.sql"), "SELECT 1;");
        for (List<String> arguments : List.of(
                List.of("sql", "--list", "--data-dir", directory.toString()),
                List.of("sql", script.toString(), "--data-dir", directory.toString()))) {
            Run run = run(Map.of(), arguments.toArray(String[]::new));
            assertThat(run.err().strip())
                    .isEqualTo(
                            "millrace: the node at http://127.0.0.1:1 does not answer; start it with './millrace server"
                                    + " --data-dir " + directory + "', or name another directory with --data-dir");
            assertThat(run.exit()).isEqualTo(1);
        }
    }
}
