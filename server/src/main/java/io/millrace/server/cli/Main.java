package io.millrace.server.cli;

import io.millrace.server.config.ConfigFileException;
import io.millrace.server.config.OptionSources;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code millrace}: parses the command line and runs one command.
 *
 * <p>Exit codes: 0 when all went well, 1 when something failed (with one sentence on standard error), 2 when the
 * command line, or a file that it names, is wrong.
 */
@Command(
        mixinStandardHelpOptions = true,
        name = "millrace",
        version = "Millrace 0.1.0",
        description = "The Amazon Kinesis family on your own machine.",
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_WRONG_COMMAND_LINE = 2;

    /** Made only when asked for: looking through the options of all of them takes a good part of a node's start. */
    private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("demo", DemoCommand::new);
        COMMANDS.put("server", ServerCommand::new);
        COMMANDS.put("sql", SqlCommand::new);
        COMMANDS.put("query", QueryCommand::new);
        COMMANDS.put("keys", KeysCommand::new);
        COMMANDS.put("env", EnvCommand::new);
        COMMANDS.put("flink-ui", FlinkUiCommand::new);
        COMMANDS.put("log", LogCommand::new);
        COMMANDS.put("bench", BenchCommand::new);
        COMMANDS.put("help", CommandLine.HelpCommand::new);
    }

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final PrintWriter out;

    private Main(PrintWriter out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        String level = System.getenv("MILLRACE_LOG_LEVEL");
        if (level != null) {
            System.setProperty("org.slf4j.simpleLogger.log.io.millrace", level.toLowerCase(Locale.ROOT));
        }
        Charset charset = Charset.defaultCharset(); // that of the terminal
        System.exit(run(
                arguments,
                System.getenv(),
                new PrintWriter(System.out, true, charset),
                new PrintWriter(System.err, true, charset)));
    }

    /** Runs one command and returns the exit code. */
    static int run(String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        CommandLine command = new CommandLine(new Main(out));
        if (arguments.length > 0 && !arguments[0].startsWith("-") && !COMMANDS.containsKey(arguments[0])) {
            err.println("millrace: " + Unknown.command(arguments[0], COMMANDS.keySet()));
            return EXIT_WRONG_COMMAND_LINE;
        }
        addCommands(command, arguments);
        command.setOut(out).setErr(err);
        command.setExecutionExceptionHandler((e, failed, result) -> explain(e, failed));
        try {
            OptionSources sources = OptionSources.of(arguments, environment);
            command.setDefaultValueProvider(sources);
            command.setParameterExceptionHandler((e, given) -> refuse(e, sources, List.of(given)));
            sources.refuseUnknownKeys(command);
        } catch (ConfigFileException e) {
            err.println("millrace: " + e.getMessage());
            return EXIT_WRONG_COMMAND_LINE;
        }
        return command.execute(arguments);
    }

    /** Returns the command line with all commands, for tests. */
    static CommandLine allCommands(PrintWriter out) {
        CommandLine command = new CommandLine(new Main(out));
        addCommands(command, new String[0]);
        return command;
    }

    private static void addCommands(CommandLine command, String[] arguments) {
        Supplier<Object> chosen = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        if (chosen == null || arguments[0].equals("help")) {
            COMMANDS.forEach((name, made) -> command.addSubcommand(name, made.get()));
        } else {
            command.addSubcommand(arguments[0], chosen.get());
        }
        CommandLine demo = command.getSubcommands().get("demo");
        if (demo != null) {
            DemoCommand.describeDefaults(demo.getCommandSpec());
        }
    }

    /** One sentence: after the help of all options nobody would see it. */
    private static int refuse(CommandLine.ParameterException wrong, OptionSources sources, List<String> arguments) {
        CommandLine command = wrong.getCommandLine();
        String explained = Unknown.explained(wrong);
        String origins = sources.originsOf(explained, arguments);
        command.getErr()
                .println("millrace: " + explained + " (" + (origins.isEmpty() ? "" : origins + "; ")
                        + command.getCommandSpec().qualifiedName() + " --help shows the options)");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int explain(Exception failure, CommandLine failed) {
        if (failure instanceof UserException user) {
            failed.getErr().println("millrace: " + user.getMessage());
            return user.exitCode();
        }
        if (failure instanceof StartException || failure instanceof IOException) {
            String message = failure.getMessage();
            failed.getErr()
                    .println("millrace: "
                            + (message == null || message.isEmpty()
                                    ? failure.getClass().getSimpleName()
                                    : message));
        } else {
            failed.getErr().println("millrace: an unexpected failure; please report it with these lines");
            failure.printStackTrace(failed.getErr());
        }
        return EXIT_FAILED;
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(out);
        }
    }
}
