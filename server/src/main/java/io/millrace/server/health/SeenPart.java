package io.millrace.server.health;

import java.time.Instant;

/**
 * A part as it counts now.
 *
 * @param ageSeconds how long ago it was seen
 * @param since when it came into its state
 */
public record SeenPart(Part part, double ageSeconds, Instant since) {}
