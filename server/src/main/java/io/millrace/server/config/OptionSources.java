package io.millrace.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives options that the command line leaves out: from the environment, else from the YAML file of {@code --config}. */
public final class OptionSources implements CommandLine.IDefaultValueProvider {
    private static final String VARIABLE_PREFIX = "MILLRACE_";

    private final Map<String, String> environment;
    private final Map<String, String> file;

    private OptionSources(Map<String, String> environment, Map<String, String> file) {
        this.environment = environment;
        this.file = file;
    }

    /**
     * Reads the file that the arguments or the environment name, if any.
     *
     * @throws IOException if the file cannot be read or is not a YAML mapping of options to values
     */
    public static OptionSources of(String[] arguments, Map<String, String> environment) throws IOException {
        String path = environment.get(VARIABLE_PREFIX + "CONFIG");
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].startsWith("--config=")) {
                path = arguments[i].substring("--config=".length());
            } else if (arguments[i].equals("--config") && i + 1 < arguments.length) {
                path = arguments[i + 1];
            }
        }
        return new OptionSources(environment, path == null ? Map.of() : read(Path.of(path)));
    }

    private static Map<String, String> read(Path path) throws IOException {
        Object content;
        try {
            content = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(path));
        } catch (YamlEngineException e) {
            throw new IOException("%s: %s".formatted(path, e.getMessage()), e);
        }
        if (!(content instanceof Map<?, ?> mapping)) {
            throw new IOException("%s: is no YAML mapping of options to values".formatted(path));
        }
        Map<String, String> options = new HashMap<>();
        mapping.forEach((key, value) -> options.put(String.valueOf(key), String.valueOf(value)));
        return options;
    }

    /** Returns the keys of the file that no option has, to be refused; only commands that run a node read all keys. */
    public List<String> unknownKeys(CommandLine command) {
        List<CommandLine> readers = command.getSubcommands().values().stream()
                .filter(sub -> sub.getCommandSpec().optionsMap().containsKey("--config"))
                .toList();
        return file.keySet().stream()
                .filter(key -> !readers.isEmpty()
                        && readers.stream()
                                .noneMatch(
                                        sub -> sub.getCommandSpec().optionsMap().containsKey("--" + key)))
                .sorted()
                .toList();
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String name = option.longestName().substring(2);
        String variable =
                environment.get(VARIABLE_PREFIX + name.replace('-', '_').toUpperCase(Locale.ROOT));
        return variable != null ? variable : file.get(name);
    }
}
