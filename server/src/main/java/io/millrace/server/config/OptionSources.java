package io.millrace.server.config;

import io.millrace.analytics.control.NearestName;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Gives options that the command line leaves out: from the environment, else from the YAML file of {@code --config}.
 */
public final class OptionSources implements CommandLine.IDefaultValueProvider {
    private static final String VARIABLE_PREFIX = "MILLRACE_";
    private static final Pattern OPTION_NAME = Pattern.compile("--[a-z0-9]+(-[a-z0-9]+)*");

    private final Map<String, String> environment;
    private final @Nullable ConfigFile file;

    private OptionSources(Map<String, String> environment, @Nullable ConfigFile file) {
        this.environment = environment;
        this.file = file;
    }

    /**
     * Reads the file that the arguments or the environment name, if any.
     *
     * @throws ConfigFileException if the file cannot be read or is not a YAML mapping of options to values
     */
    public static OptionSources of(String[] arguments, Map<String, String> environment) throws ConfigFileException {
        String path = environment.get(VARIABLE_PREFIX + "CONFIG");
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].startsWith("--config=")) {
                path = arguments[i].substring("--config=".length());
            } else if (arguments[i].equals("--config") && i + 1 < arguments.length) {
                path = arguments[i + 1];
            }
        }
        return new OptionSources(environment, path == null ? null : ConfigFile.read(Path.of(path)));
    }

    /**
     * Refuses a key of the file that no option has. Only commands that run a node read all keys, so others refuse none.
     *
     * @throws ConfigFileException naming the first such key, its line, and the option that may have been meant
     */
    public void refuseUnknownKeys(CommandLine command) throws ConfigFileException {
        if (file == null) {
            return;
        }
        Set<String> options = new TreeSet<>();
        for (CommandLine sub : command.getSubcommands().values()) {
            if (sub.getCommandSpec().optionsMap().containsKey("--config")) {
                sub.getCommandSpec().optionsMap().keySet().forEach(name -> options.add(name.replaceFirst("^-+", "")));
            }
        }
        for (Map.Entry<String, Integer> key : file.lines().entrySet()) {
            if (!options.isEmpty() && !options.contains(key.getKey())) {
                String meant = NearestName.to(key.getKey(), options)
                        .map(name -> " (did you mean '" + name + "'?)")
                        .orElse(" (the options are those of './millrace server --help', without dashes)");
                throw new ConfigFileException(
                        file.path() + ":" + key.getValue() + ": unknown option '" + key.getKey() + "'" + meant);
            }
        }
    }

    /**
     * Tells where the options that a message speaks of were set, unless on the command line.
     *
     * @return such as {@code "--port is set in node.yaml:3"}; empty if the command line has them all
     */
    public String originsOf(String message, List<String> arguments) {
        Set<String> origins = new LinkedHashSet<>();
        Matcher names = OPTION_NAME.matcher(message);
        while (names.find()) {
            String option = names.group();
            boolean onCommandLine =
                    arguments.stream().anyMatch(given -> given.equals(option) || given.startsWith(option + "="));
            String name = option.substring(2);
            if (onCommandLine) {
                continue;
            }
            if (environment.containsKey(variableOf(name))) {
                origins.add(option + " is set by " + variableOf(name));
            } else if (file != null && file.lines().containsKey(name)) {
                origins.add(option + " is set in " + file.path() + ":"
                        + file.lines().get(name));
            }
        }
        return String.join("; ", origins);
    }

    private static String variableOf(String name) {
        return VARIABLE_PREFIX + name.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String name = option.longestName().substring(2);
        String variable = environment.get(variableOf(name));
        return variable != null || file == null ? variable : file.values().get(name);
    }
}
