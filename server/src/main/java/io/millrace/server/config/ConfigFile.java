package io.millrace.server.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A YAML file of options.
 *
 * @param values by the option's name without its dashes
 * @param lines on which the names stand, from 1
 */
record ConfigFile(Path path, Map<String, String> values, Map<String, Integer> lines) {
    private static final LoadSettings SETTINGS = LoadSettings.builder().build();

    /** @throws ConfigFileException if it is not there, cannot be read, or is not a mapping of options to values */
    static ConfigFile read(Path path) throws ConfigFileException {
        String text = textOf(path);
        Object content;
        Map<String, Integer> lines;
        try {
            content = new Load(SETTINGS).loadFromString(text);
            lines = linesOf(text);
        } catch (YamlEngineException e) {
            throw new ConfigFileException(path + ": " + e.getMessage());
        }
        if (content == null) { // an empty file, or one of comments only
            return new ConfigFile(path, Map.of(), Map.of());
        }
        if (!(content instanceof Map<?, ?> mapping)) {
            throw new ConfigFileException(path + ": is no YAML mapping of options to values");
        }
        Map<String, String> values = new HashMap<>();
        for (Map.Entry<?, ?> entry : mapping.entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (entry.getValue() == null
                    || entry.getValue() instanceof Map<?, ?>
                    || entry.getValue() instanceof Iterable<?>) {
                throw new ConfigFileException(
                        path + ":" + lines.getOrDefault(name, 1) + ": " + name + ": has no single value");
            }
            values.put(name, String.valueOf(entry.getValue()));
        }
        return new ConfigFile(path, values, lines);
    }

    private static String textOf(Path path) throws ConfigFileException {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException e) {
            throw new ConfigFileException("--config: " + path + " does not exist");
        } catch (CharacterCodingException e) {
            throw new ConfigFileException("--config: " + path + " is not a text in UTF-8");
        } catch (IOException e) {
            throw new ConfigFileException("--config: " + path
                    + (Files.isDirectory(path) ? " is a directory" : " cannot be read (" + e.getMessage() + ")"));
        }
    }

    private static Map<String, Integer> linesOf(String text) {
        Map<String, Integer> lines = new LinkedHashMap<>();
        new Compose(SETTINGS).composeString(text).ifPresent(root -> {
            if (root instanceof MappingNode mapping) {
                for (NodeTuple entry : mapping.getValue()) {
                    if (entry.getKeyNode() instanceof ScalarNode key) {
                        key.getStartMark().ifPresent(mark -> lines.put(key.getValue(), mark.getLine() + 1));
                    }
                }
            }
        });
        return lines;
    }
}
