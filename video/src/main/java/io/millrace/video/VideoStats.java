package io.millrace.video;

/**
 * What the video streams of a node have done since they were opened.
 *
 * @param storedFragments those that are durable
 * @param storedBytes of their media
 * @param failedFragments those that could not be stored
 * @param producers open PutMedia connections
 */
public record VideoStats(long storedFragments, long storedBytes, long failedFragments, int producers) {}
