package io.millrace.video.streams;

import io.millrace.protocol.arn.Namespace;

/** What a stream is found by. */
public record StreamKey(Namespace namespace, String name) {}
