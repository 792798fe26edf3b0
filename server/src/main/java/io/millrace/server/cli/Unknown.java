package io.millrace.server.cli;

import io.millrace.analytics.control.NearestName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine;

/** What a command line is told that names a command or an option that there is not. */
final class Unknown {
    private Unknown() {}

    static String command(String written, Collection<String> commands) {
        return "'" + written + "': unknown command (" + nearest(written, commands) + "commands: "
                + String.join(", ", commands) + ")";
    }

    /** Returns the message of the parser, with the names that may have been meant. */
    static String explained(CommandLine.ParameterException wrong) {
        String message = String.valueOf(wrong.getMessage());
        if (!(wrong instanceof CommandLine.UnmatchedArgumentException unmatched)) {
            return message;
        }
        CommandLine command = wrong.getCommandLine();
        String first = unmatched.getUnmatched().get(0);
        if (!first.startsWith("-")) {
            return command.getSubcommands().isEmpty()
                    ? message
                    : command(first, command.getSubcommands().keySet());
        }
        Collection<String> options =
                new TreeSet<>(command.getCommandSpec().optionsMap().keySet());
        List<String> meant = new ArrayList<>();
        for (String argument : unmatched.getUnmatched()) {
            if (argument.startsWith("--")) {
                NearestName.to(argument.split("=", 2)[0], options).ifPresent(option -> meant.add("'" + option + "'"));
            }
        }
        return meant.isEmpty() ? message : message + "; did you mean " + String.join(", ", meant) + "?";
    }

    private static String nearest(String written, Collection<String> names) {
        return NearestName.to(written, names)
                .map(name -> "did you mean '" + name + "'? ")
                .orElse("");
    }
}
