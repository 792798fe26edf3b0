package io.millrace.server.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A line of the flights data.
 *
 * @param json the line as it is
 * @param departureEpochMillis its time, read as UTC
 */
record Flight(String json, long departureEpochMillis, int delay, int distance, String origin, String destination) {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm", Locale.ROOT);

    static List<Flight> load(Path file) throws IOException {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            return reader.lines().map(Flight::parse).toList();
        }
    }

    private static Flight parse(String json) {
        JsonNode line = JsonMapper.shared().readTree(json);
        LocalDateTime departure = LocalDateTime.parse(line.path("date").asString(), DATE);
        return new Flight(
                json,
                departure.toInstant(ZoneOffset.UTC).toEpochMilli(),
                line.path("delay").asInt(),
                line.path("distance").asInt(),
                line.path("origin").asString(),
                line.path("destination").asString());
    }
}
