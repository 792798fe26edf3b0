package io.millrace.server.cli;

import io.millrace.server.config.OptionSources;
import io.millrace.server.node.StartException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code millrace}: parses the command line and runs one command.
 *
 * <p>Exit codes: 0 when all went well, 1 when something failed (with one sentence on standard error), 2 when the command
 * line is wrong.
 */
@Command(
        mixinStandardHelpOptions = true,
        name = "millrace",
        version = "Millrace 0.1.0",
        description = "The Amazon Kinesis family on your own machine.",
        subcommands = {
            DemoCommand.class,
            ServerCommand.class,
            SqlCommand.class,
            QueryCommand.class,
            CommandLine.HelpCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    private static final int EXIT_FAILED = 1;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private Main() {}

    public static void main(String[] arguments) {
        CommandLine command = new CommandLine(new Main()).setExecutionExceptionHandler((e, failed, result) -> {
            if (e instanceof StartException || e instanceof UserException || e instanceof IOException) {
                failed.getErr().println("millrace: " + e.getMessage());
            } else {
                failed.getErr().println("millrace: an unexpected failure; please report it with these lines");
                e.printStackTrace(failed.getErr());
            }
            return EXIT_FAILED;
        });
        try {
            OptionSources sources = OptionSources.of(arguments, System.getenv());
            command.setDefaultValueProvider(sources);
            List<String> unknown = sources.unknownKeys(command);
            if (!unknown.isEmpty()) {
                throw new IOException("--config: no options named %s".formatted(String.join(", ", unknown)));
            }
        } catch (IOException e) {
            System.err.println("millrace: " + e.getMessage());
            System.exit(EXIT_FAILED);
        }
        System.exit(command.execute(arguments));
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(System.out);
        }
    }
}
